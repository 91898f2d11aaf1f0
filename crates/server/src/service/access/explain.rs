//! ExplainAccess: how an answer came about, as far as the reader may see it.

use bailiwick_identity::CustomerId;
use bailiwick_membership::{UnitIx, UserRef};
use bailiwick_policy::{Question, Reason, Target, explain};
use bailiwick_proto::render::{self, Explained, Shows, Sight};
use bailiwick_proto::{parse, v1};
use bailiwick_realm::State;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::{Reader, Sees};

pub(super) async fn explain_access(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ExplainAccessRequest,
) -> Result<v1::ExplainAccessResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let State { world, scheme, .. } = &*reader.state;
    let question = parse::explain_access(request, scheme)?;
    let view = View::of(&reader, &question)?;
    let explanation = explain(world, scheme, &question, reader.now, |remedy| view.remedy(remedy));
    let system = match question.resource {
        Target::System(system) => scheme.system(system).map_or("", |system| &system.name),
        Target::Unit(_) | Target::Customer(_) | Target::User(_) => "",
    };
    let explained = Explained {
        explanation: &explanation,
        world,
        scheme,
        subject: view.subject.as_ref().map(|(user, _)| *user),
        system,
        shows: &view,
    };
    let token = backend.token(&reader.state);
    let revision = reader.state.revision.0;
    Ok(v1::ExplainAccessResponse { token, revision, ..render::explanation(&explained) })
}

/// What the reader sees of those whom a question is about.
struct View<'r> {
    reader: &'r Reader,
    /// The subject; unset for nobody.
    subject: Option<(UserRef<'r>, Sees)>,
    /// The user asked about; unset where it is about none.
    other: Option<Sees>,
    /// The customer asked about.
    customer: Option<CustomerId>,
}

impl<'r> View<'r> {
    /// # Errors
    /// An actor is told of somebody, or something, out of sight as of nobody and nothing.
    fn of(reader: &'r Reader, question: &Question<'_>) -> Result<Self, Fault> {
        let world = &reader.state.world;
        let find = |id: &str| world.user_ix(id).and_then(|ix| Some((world.user(ix)?, reader.sees(ix)?)));
        let subject = find(question.subject);
        let all = reader.sees_all();
        if subject.is_none() && !all {
            return Err(not_found(Reason::UnknownUser));
        }
        let mut view = Self { reader, subject, other: None, customer: None };
        match question.resource {
            Target::Unit(unit) if !view.sees_unit(unit) => return Err(not_found(Reason::UnknownUnit)),
            Target::User(other) => {
                view.other = find(other).map(|(_, sees)| sees);
                if view.other.is_none() && !all {
                    return Err(not_found(Reason::UnknownUser));
                }
            }
            Target::Customer(customer) => {
                let at = question.at.filter(|_| !all);
                let at = at.map(|at| world.unit_ix(at).ok_or_else(|| not_found(Reason::UnknownCustomer)));
                let customer = CustomerId::parse(customer).map_err(|_| not_found(Reason::UnknownCustomer))?;
                if !reader.customer(&customer, at.transpose()?) {
                    return Err(not_found(Reason::UnknownCustomer));
                }
                view.customer = Some(customer);
            }
            Target::Unit(_) | Target::System(_) => {}
        }
        Ok(view)
    }

    fn sees_unit(&self, unit: &str) -> bool {
        let found = self.reader.state.world.unit_ix(unit);
        self.reader.sees_all() || found.is_some_and(|unit| self.reader.unit(unit))
    }
}

impl Shows for View<'_> {
    fn own(&self, number: u32) -> bool {
        self.subject.as_ref().is_some_and(|(_, sees)| sees.assignment(number))
    }

    fn theirs(&self, number: u32) -> bool {
        self.other.as_ref().is_some_and(|sees| sees.assignment(number))
    }

    fn placement(&self, unit: UnitIx) -> bool {
        self.customer.as_ref().is_some_and(|customer| self.reader.customer(customer, Some(unit)))
    }

    fn unit(&self, unit: UnitIx) -> bool {
        self.reader.unit(unit)
    }

    fn other_assignments(&self) -> usize {
        match &self.subject {
            Some((_, Sees::Some(seen))) => seen.others,
            Some((_, Sees::All)) | None => 0,
        }
    }
}
