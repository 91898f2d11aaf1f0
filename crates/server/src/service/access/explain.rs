//! ExplainAccess: how an answer came about, as far as the reader may see it.

use std::sync::Arc;

use bailiwick_identity::{CustomerId, UserId};
use bailiwick_membership::{UnitIx, World};
use bailiwick_policy::{Question, Reason, Remedy, SeenOf, Target, Verdict, explain, world_shown};
use bailiwick_proto::render::{self, Explained, Shows, Sight};
use bailiwick_proto::{parse, v1};

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::past::{Onlooker, When, wanted};
use crate::reader::{Reader, Sees};

pub(super) async fn explain_access(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ExplainAccessRequest,
) -> Result<v1::ExplainAccessResponse, Fault> {
    let about = || wanted([&request.subject, &request.resource, &request.unit].map(String::as_str));
    let when = backend.when(caller, &request.realm, request.freshness.as_ref(), about).await?;
    let today = backend.reader_of(caller, &when, &request.actor)?;
    let (state, request) = (Arc::clone(&when.state), request.clone());
    let mut told = backend.look_at(&state, move |_| explained(&request, &when, today)).await??;
    told.token = backend.token(&state);
    Ok(told)
}

/// The explanation, without its token.
fn explained(
    request: &v1::ExplainAccessRequest,
    when: &When,
    reader: Reader,
) -> Result<v1::ExplainAccessResponse, Fault> {
    let onlooker = Onlooker::of(reader, when);
    let scheme = &*when.state.scheme;
    let question = parse::explain_access(request, scheme)?;
    let mut view = View::of(&onlooker, &question)?;
    let shown = view.world(&question);
    let world = shown.as_ref().unwrap_or(&when.state.world);
    // Nothing of the past can be changed.
    let may_be_told = |remedy: &Remedy| !when.is_past() && view.remedy(remedy);
    let explanation = explain(world, scheme, &question, when.now, may_be_told);
    let too_low = explanation.answer.verdict == Verdict::Denied(Reason::RankTooLow);
    view.rank_numbers |= too_low && request.actor == request.subject;
    let system = match question.resource {
        Target::System(system) => scheme.system(system).map_or("", |system| &system.name),
        Target::Unit(_) | Target::Customer(_) | Target::User(_) => "",
    };
    let explained = Explained {
        explanation: &explanation,
        world,
        scheme,
        subject: world.user_ix(question.subject).and_then(|ix| world.user(ix)),
        system,
        shows: &view,
    };
    let revision = when.state.revision.0;
    Ok(v1::ExplainAccessResponse { revision, ..render::explanation(&explained) })
}

/// What the reader sees of those whom a question is about.
struct View<'r> {
    onlooker: &'r Onlooker<'r>,
    /// The subject; unset for nobody.
    subject: Option<Sees>,
    /// The user asked about; unset where it is about none.
    other: Option<Sees>,
    /// The customer asked about.
    customer: Option<CustomerId>,
    /// Whether the subject is the one who reads: what others hold decides about them, seen or not.
    of_oneself: bool,
    /// Whether ranks are told of what is not seen, too.
    rank_numbers: bool,
}

impl<'r> View<'r> {
    /// # Errors
    /// An actor is told of somebody, or something, out of sight as of nobody and nothing.
    fn of(onlooker: &'r Onlooker<'r>, question: &Question<'_>) -> Result<Self, Fault> {
        let all = onlooker.reader.sees_all();
        let find = |id: &str| UserId::parse(id).ok().and_then(|user| onlooker.sees(&user));
        let unseen = |found: bool, reason| if found || all { Ok(()) } else { Err(not_found(reason)) };
        let mut view = Self {
            onlooker,
            subject: find(question.subject),
            other: None,
            customer: None,
            of_oneself: UserId::parse(question.subject).is_ok_and(|id| onlooker.reader.is_actor(&id)),
            rank_numbers: all,
        };
        unseen(view.subject.is_some(), Reason::UnknownUser)?;
        match question.resource {
            Target::Unit(unit) => unseen(view.sees_unit(unit), Reason::UnknownUnit)?,
            Target::User(other) => {
                view.other = find(other);
                unseen(view.other.is_some(), Reason::UnknownUser)?;
            }
            Target::Customer(id) => {
                view.customer = CustomerId::parse(id).ok();
                unseen(view.sees_customer(question.at), Reason::UnknownCustomer)?;
            }
            Target::System(_) => {}
        }
        Ok(view)
    }

    /// The world of the question as the reader sees it, where that is not all of it.
    fn world(&self, question: &Question<'_>) -> Option<World> {
        if self.onlooker.reader.sees_all() {
            return None;
        }
        let world = &self.onlooker.when.state.world;
        let other = match question.resource {
            Target::User(other) if !self.of_oneself => world.user_ix(other),
            Target::User(_) | Target::Unit(_) | Target::Customer(_) | Target::System(_) => None,
        };
        let seen = SeenOf {
            subject: world.user_ix(question.subject),
            held: self.subject.as_ref().and_then(Sees::part),
            other: other.zip(self.other.as_ref().and_then(Sees::part)),
            customer: self.customer.as_ref().and_then(|customer| world.customer_ix(customer.as_str())),
        };
        world_shown(world, &seen, self.onlooker)
    }

    fn sees_unit(&self, unit: &str) -> bool {
        let found = self.onlooker.when.state.world.unit_ix(unit);
        found.is_some_and(|unit| self.onlooker.unit(unit))
    }

    /// Whether the customer is seen; at a unit, where one is named.
    fn sees_customer(&self, at: Option<&str>) -> bool {
        let world = &self.onlooker.when.state.world;
        let at = at.map(|at| world.unit_ix(at));
        // A unit that is not there shows nobody.
        if at.is_some_and(|at| at.is_none()) {
            return false;
        }
        self.customer.as_ref().is_some_and(|customer| self.onlooker.customer(customer, at.flatten()))
    }
}

impl Shows for View<'_> {
    fn theirs(&self, number: u32) -> bool {
        self.other.as_ref().is_none_or(|sees| sees.assignment(number))
    }

    fn unit(&self, unit: UnitIx) -> bool {
        self.onlooker.unit(unit)
    }

    fn is_of_what_is_seen(&self) -> bool {
        !self.of_oneself || self.other.as_ref().is_none_or(|sees| sees.part().is_none())
    }

    fn rank_numbers(&self) -> bool {
        self.rank_numbers
    }

    fn in_part(&self) -> bool {
        [&self.subject, &self.other].into_iter().flatten().any(|sees| sees.part().is_some())
    }

    fn other_assignments(&self) -> usize {
        match &self.subject {
            Some(Sees::Some(seen)) => seen.others,
            Some(Sees::All) | None => 0,
        }
    }
}
