//! Which state answers a question, and at which instant: the newest, a past one, or the newest as it will be.

use std::sync::Arc;

use bailiwick_identity::{CustomerId, Instant, RealmId, UnitId, UserId};
use bailiwick_membership::{Access, CustomerIx, Placement, UnitIx, UserIx};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::{self as policy, Seen};
use bailiwick_proto::parse::{self, Collection};
use bailiwick_proto::render::Sight;
use bailiwick_proto::v1::{self, freshness::Requirement};
use bailiwick_realm::{Revision, State};
use bailiwick_store::{Past, PastAt, PastWanted};

use crate::backend::{Backend, live, realm_id};
use crate::caller::Caller;
use crate::clock;
use crate::fault::Fault;
use crate::reader::{Reader, Sees};

/// A state, and the instant at which it is asked.
pub(crate) struct When {
    /// What answers: for the past, what the question is about.
    pub(crate) state: Arc<State>,
    /// At which instant.
    pub(crate) now: Instant,
    /// Of the past, what is needed to show it to somebody of today.
    pub(crate) then: Option<Then>,
}

/// A past state, beside the present one.
pub(crate) struct Then {
    /// The present state, by whose rules the past is shown.
    pub(crate) present: Arc<State>,
    /// What was.
    pub(crate) past: Past,
}

impl When {
    /// Whether the question is about the past: nothing of it can be changed.
    pub(crate) fn is_past(&self) -> bool {
        self.then.is_some()
    }

    /// Where those whom the question is about were placed, in the units of a present state.
    fn placements(&self, present: &State) -> Vec<(CustomerId, Vec<Placement>)> {
        let world = &self.state.world;
        let today = |placed: Placement| {
            let unit = present.world.unit_ix(world.unit_id(placed.unit)?.as_str())?;
            Some(Placement { unit, ..placed })
        };
        let count = u32::try_from(world.customer_count()).unwrap_or(u32::MAX);
        let placed = (0..count).map(CustomerIx).filter_map(|ix| {
            let mut placements: Vec<Placement> = world.placements(ix).filter_map(today).collect();
            placements.sort_unstable();
            Some((world.customer_id(ix)?, placements))
        });
        placed.collect()
    }
}

/// One who reads what a question was answered from, with the rights of today.
pub(crate) struct Onlooker<'w> {
    pub(crate) reader: Reader,
    pub(crate) when: &'w When,
    /// Of the past: the same reader, of a state in which the customers asked about are still placed where they were then.
    then: Option<Reader>,
}

impl<'w> Onlooker<'w> {
    /// A reader of today.
    pub(crate) fn of(reader: Reader, when: &'w When) -> Self {
        let then = when.then.as_ref().filter(|_| !reader.sees_all());
        let then = then.map(|then| reader.with_placements(when.placements(&then.present)));
        Self { reader, when, then }
    }
}

impl Onlooker<'_> {
    /// What is seen of a user, of what they hold in the state that answers.
    pub(crate) fn sees(&self, user: &UserId) -> Option<Sees> {
        match &self.when.then {
            None => self.reader.sees(self.when.state.world.user_ix(user.as_str())?),
            Some(then) => {
                let held = then.past.held.get(user)?;
                let sees = self.reader.sees_once(user, &self.held_still(held))?;
                Some(self.with_all_others(sees, held))
            }
        }
    }

    /// What was held then, as if it had not ended since: it is seen by where it was.
    fn held_still(&self, held: &Access) -> Access {
        let mut held = held.clone();
        for one in held.assignments.iter_mut().filter(|one| one.options.held(self.when.now)) {
            one.options.ends_at = None;
        }
        held
    }

    /// What was held then and is none that the reader sees today counts among the others.
    fn with_all_others(&self, sees: Sees, held: &Access) -> Sees {
        match sees {
            Sees::All => Sees::All,
            Sees::Some(seen) => {
                let held = held.assignments.iter().filter(|held| held.options.held(self.when.now));
                let others = held.filter(|held| !seen.assignments.contains(&held.number)).count();
                Sees::Some(Seen { others, ..seen })
            }
        }
    }

    /// A unit of the state that answers, in that of today.
    fn today(&self, unit: UnitIx) -> Option<UnitIx> {
        match &self.when.then {
            None => Some(unit),
            Some(then) => then.present.world.unit_ix(self.when.state.world.unit_id(unit)?.as_str()),
        }
    }
}

impl Sight for Onlooker<'_> {
    fn unit(&self, unit: UnitIx) -> bool {
        self.today(unit).is_some_and(|unit| self.reader.unit(unit))
    }

    fn user(&self, user: &UserId) -> bool {
        self.reader.user(user)
    }

    fn customer(&self, customer: &CustomerId, at: Option<UnitIx>) -> bool {
        let today = match at.map(|at| self.today(at)) {
            Some(None) => return false,
            Some(Some(at)) => Some(at),
            None => None,
        };
        let Some(then) = &self.then else { return self.reader.customer(customer, today) };
        // By the rights of today somebody who is seen today is seen where they were. Who was nowhere in sight is as one who was
        // not there.
        let was_there = self.when.state.world.customer_ix(customer.as_str()).is_some();
        was_there && self.reader.customer(customer, None) && then.customer(customer, today)
    }
}

/// By the numbers of the state that answers.
impl policy::Onlooker for Onlooker<'_> {
    fn is(&self, user: UserIx) -> bool {
        self.when.state.world.user_id(user).is_some_and(|id| self.reader.is_actor(&id))
    }

    fn sees_whole(&self, user: UserIx) -> bool {
        let sees = self.when.state.world.user_id(user).and_then(|id| self.sees(&id));
        sees.is_some_and(|sees| sees.part().is_none())
    }

    fn sees(&self, what: ResourceIx) -> bool {
        match what {
            ResourceIx::Unit(unit) => self.unit(unit),
            ResourceIx::User(user) => {
                self.when.state.world.user_id(user).is_some_and(|id| Self::sees(self, &id).is_some())
            }
            ResourceIx::Customer(_) | ResourceIx::System(_) => true,
        }
    }

    fn sees_placement(&self, customer: CustomerIx, unit: UnitIx) -> bool {
        let id = self.when.state.world.customer_id(customer);
        id.is_some_and(|id| self.customer(&id, Some(unit)))
    }
}

/// What a question of these names is about. Names that are malformed are none of anything.
pub(crate) fn wanted<'n>(names: impl IntoIterator<Item = &'n str>) -> PastWanted {
    let mut wanted = PastWanted::default();
    for name in names {
        let id = |of| parse::named(of, name).ok();
        wanted.users.extend(id(Collection::Users).and_then(|id| UserId::parse(id).ok()));
        wanted.units.extend(id(Collection::Units).and_then(|id| UnitId::parse(id).ok()));
        wanted.customers.extend(id(Collection::Customers).and_then(|id| CustomerId::parse(id).ok()));
    }
    wanted
}

impl Backend {
    /// The state that answers a question about some things, and the instant at which it does.
    pub(crate) async fn when(
        &self,
        caller: &Caller,
        realm: &str,
        freshness: Option<&v1::Freshness>,
        wanted: impl FnOnce() -> PastWanted,
    ) -> Result<When, Fault> {
        let asked = freshness.and_then(|freshness| freshness.requirement.as_ref());
        if let None | Some(Requirement::MinimizeLatency(true)) = asked {
            let state = self.newest(caller, realm)?;
            return Ok(When { now: live(&state), state, then: None });
        }
        // What may wait is large, and few questions do: the others need not carry it along.
        Box::pin(self.when_it_is(caller, realm, freshness, wanted)).await
    }

    async fn when_it_is(
        &self,
        caller: &Caller,
        realm: &str,
        freshness: Option<&v1::Freshness>,
        wanted: impl FnOnce() -> PastWanted,
    ) -> Result<When, Fault> {
        match freshness.and_then(|freshness| freshness.requirement.as_ref()) {
            Some(Requirement::AtRevision(revision)) => {
                let present = self.head(caller, realm).await?;
                self.then(present, PastAt::Revision(Revision(*revision)), &wanted()).await
            }
            Some(Requirement::AtTime(at)) => {
                let field = "freshness.at_time";
                let wrong = || Fault::field(field, "must lie within the years 1 to 9999");
                let at = parse::instant(at).ok_or_else(wrong)?;
                let present = self.head(caller, realm).await?;
                if at > clock::now() {
                    return Ok(When { now: present.live_instant(at), state: present, then: None });
                }
                self.then(present, PastAt::Instant(at), &wanted()).await
            }
            _ => {
                let state = self.fresh(caller, realm, freshness).await?;
                Ok(When { now: live(&state), state, then: None })
            }
        }
    }

    /// The one who reads what answers: an operator, or an actor of today.
    pub(crate) fn onlooker<'w>(
        &self,
        caller: &Caller,
        when: &'w When,
        actor: &str,
    ) -> Result<Onlooker<'w>, Fault> {
        Ok(Onlooker::of(self.reader_of(caller, when, actor)?, when))
    }

    /// The same, of the present.
    pub(crate) fn reader_of(&self, caller: &Caller, when: &When, actor: &str) -> Result<Reader, Fault> {
        let today = when.then.as_ref().map_or(&when.state, |then| &then.present);
        self.reader(caller, Arc::clone(today), actor)
    }

    /// A state of no revision before the newest in the database: whether something lies in the past is decided by that.
    async fn head(&self, caller: &Caller, realm: &str) -> Result<Arc<State>, Fault> {
        let id = RealmId::parse(realm_id(realm)?).map_err(|_| caller.unknown_realm())?;
        caller.enter(id.as_str())?;
        let head = self.store.head(&id).await?.ok_or_else(|| caller.unknown_realm())?;
        self.reach(caller, realm, head.0).await
    }

    async fn then(&self, present: Arc<State>, at: PastAt, wanted: &PastWanted) -> Result<When, Fault> {
        let past = self.store.past(&present, at, wanted).await?.map_err(Fault::NotInLog)?;
        let state = Arc::clone(&past.state);
        let now = match at {
            PastAt::Revision(_) => state.recorded_at,
            PastAt::Instant(at) => at,
        };
        Ok(When { state, now, then: Some(Then { present, past }) })
    }
}
