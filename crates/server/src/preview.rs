//! What a command would change for whom: the state before it compared with the one after it, on a thread of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bailiwick_identity::{Instant as At, UserId};
use bailiwick_membership::{CustomerIx, UnitIx, UserIx};
use bailiwick_policy::Onlooker;
use bailiwick_policy::impact::{Comparison, Holdings, Meter, Named, Side, Touched, Unfinished};
use bailiwick_policy::list::ResourceIx;
use bailiwick_proto::render::{self, Compared};
use bailiwick_proto::v1;
use bailiwick_realm::Body;
use prost::Message;
use tokio::sync::OwnedSemaphorePermit;

use crate::backend::{Backend, apart};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::{Reader, Sees};

/// So many questions are asked at once: some hundredths of a second's worth. What takes more waits for its turn.
const FEW_QUESTIONS: u64 = 200_000;
/// So many questions are asked for one preview: some ten seconds' worth.
const MOST_QUESTIONS: u64 = 20_000_000;
/// The longest preview, in bytes: a reply must fit into the 4 MiB that many clients take.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How much of a call's time is kept back for saying that it did not suffice.
const TO_ANSWER: Duration = Duration::from_millis(50);

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A user.
    User(UserId),
    /// A unit, by id.
    Unit(String),
    /// A customer, by id.
    Customer(String),
    /// The rules.
    Rules,
}

impl About {
    /// What a command is about; nothing, where there is no preview of it.
    pub(crate) fn of(what: &Body) -> Option<Self> {
        match what {
            Body::ManageUser(manage) => Some(Self::User(manage.user.clone())),
            Body::UpdateCaseload { user, .. } => Some(Self::User(user.clone())),
            Body::CreateUnit(new) => Some(Self::Unit(new.id.as_str().to_owned())),
            Body::UpdateUnit { unit, .. }
            | Body::MoveUnit { unit, .. }
            | Body::ArchiveUnit(unit)
            | Body::RestoreUnit(unit) => Some(Self::Unit(unit.as_str().to_owned())),
            Body::PlaceCustomer { customer, .. }
            | Body::DismissCustomer { customer, .. }
            | Body::RemovePlacement { customer, .. } => Some(Self::Customer(customer.as_str().to_owned())),
            Body::PutScheme(_) => Some(Self::Rules),
            Body::CreateRealm { .. }
            | Body::SetStatus(_)
            | Body::EraseUser(_)
            | Body::IssueSecret(_)
            | Body::RedeemSecret(_)
            | Body::Load(_)
            | Body::ImportUsers(_)
            | Body::Request(_)
            | Body::Review(_) => None,
        }
    }
}

/// Two states, of which a command made the second.
#[derive(Clone)]
pub(crate) struct Previewed {
    pub(crate) about: About,
    /// The one who reads, of the state before.
    pub(crate) before: Reader,
    /// The same, of the state after.
    pub(crate) after: Reader,
    /// The instant at which they are compared.
    pub(crate) now: At,
    pub(crate) touched: Touched,
}

impl Backend {
    /// What a command would change for whom. A small preview is made at once; a large one when no other is.
    pub(crate) async fn preview(&self, caller: &Caller, previewed: Previewed) -> Result<v1::Preview, Fault> {
        let until = Instant::now() + caller.time_left().saturating_sub(TO_ANSWER);
        let place = self.place_to_look().await?;
        match compared(place, previewed.clone(), FEW_QUESTIONS, until).await? {
            Err(Unfinished::TooMuch) => {}
            done => return told(done),
        }
        let waiting =
            Arc::clone(&self.waiting_to_preview).try_acquire_owned().map_err(|_| Fault::Overloaded)?;
        let place = Arc::clone(&self.previewing).acquire_owned().await;
        let place = place.map_err(|_| Fault::Internal("nobody may compare"))?;
        drop(waiting);
        told(compared(place, previewed, MOST_QUESTIONS, until).await?)
    }
}

/// Compares on a thread that serves nobody, as long as somebody waits, at most until an instant.
async fn compared(
    place: OwnedSemaphorePermit,
    previewed: Previewed,
    most: u64,
    until: Instant,
) -> Result<Result<v1::Preview, Unfinished>, Fault> {
    let wanted = Wanted::default();
    let still = Arc::clone(&wanted.0);
    apart(place, move || {
        let is_wanted = || still.load(Ordering::Relaxed) && Instant::now() < until;
        previewed.compared(&Meter::new(most, &is_wanted))
    })
    .await
}

fn told(done: Result<v1::Preview, Unfinished>) -> Result<v1::Preview, Fault> {
    match done {
        Ok(preview) if preview.encoded_len() <= MOST_BYTES => Ok(preview),
        // One who is gone reads nothing; one who waits learns that the time does not suffice.
        Ok(_) | Err(Unfinished::TooMuch | Unfinished::Stopped) => Err(Fault::PreviewTooLarge),
    }
}

/// That somebody waits for a preview: until this is dropped.
struct Wanted(Arc<AtomicBool>);

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Previewed {
    fn compared(&self, meter: &Meter<'_>) -> Result<v1::Preview, Unfinished> {
        let [was, is] = [&self.before, &self.after]
            .map(|reader| Side { world: &reader.state.world, scheme: &reader.state.scheme });
        let comparison = Comparison::new(was, is, self.now);
        let compared = Compared { comparison: &comparison, world: is.world, scheme: is.scheme };
        let mut preview = v1::Preview::default();
        let mut named = Named::default();
        match &self.about {
            About::User(id) => {
                if let Some(user) = is.world.user_ix(id.as_str()) {
                    named = Named { user: Some(user), resource: Some(ResourceIx::User(user)) };
                    self.user(user, &compared, meter, &mut preview)?;
                }
            }
            About::Unit(id) => {
                if let Some(unit) = is.world.unit_ix(id) {
                    named.resource = Some(ResourceIx::Unit(unit));
                    preview.holders = self.holders(ResourceIx::Unit(unit), &compared, meter)?;
                }
            }
            About::Customer(id) => {
                if let Some(customer) = is.world.customer_ix(id) {
                    preview.holders = self.holders(ResourceIx::Customer(customer), &compared, meter)?;
                }
                // All that a placement and its cases decide is about the customer: everybody concerned is told.
                return Ok(preview);
            }
            About::Rules => {}
        }
        let others = comparison.of_others(&self.touched, named, self.onlooker(), meter)?;
        preview.others = compared.others(&others);
        preview.examples = compared.examples(&others);
        Ok(preview)
    }

    /// What a user gains and loses, and who sees and manages them.
    fn user(
        &self,
        user: UserIx,
        compared: &Compared<'_>,
        meter: &Meter<'_>,
        preview: &mut v1::Preview,
    ) -> Result<(), Unfinished> {
        let seen = self.seen(user);
        let holdings = match &seen {
            None => Holdings::All,
            Some(numbers) => Holdings::Only(numbers),
        };
        let found = compared.comparison.of_subject(user, holdings, self.onlooker(), meter)?;
        preview.access = compared.access(&found, self.onlooker(), meter)?;
        preview.in_part = seen.is_some();
        if !preview.in_part {
            preview.valid_until = compared.comparison.next_turn(user).map(render::timestamp);
            preview.holders = self.holders(ResourceIx::User(user), compared, meter)?;
        }
        Ok(())
    }

    /// Who gains and loses something over a resource.
    fn holders(
        &self,
        resource: ResourceIx,
        compared: &Compared<'_>,
        meter: &Meter<'_>,
    ) -> Result<Vec<v1::HolderChange>, Unfinished> {
        Ok(compared.holders(&compared.comparison.of_resource(resource, self.onlooker(), meter)?))
    }

    /// The assignments of a user that the reader sees, and those that the command adds; nothing, where that is all.
    fn seen(&self, user: UserIx) -> Option<BTreeSet<u32>> {
        let before = self.before.state.world.user(user)?;
        match self.before.sees(user) {
            Some(Sees::All) => None,
            Some(Sees::Some(seen)) if seen.others == 0 => None,
            Some(Sees::Some(seen)) => {
                let after = self.after.state.world.user(user);
                let last = before.assignments().map(|held| held.number).max().unwrap_or(0);
                let added = after.into_iter().flat_map(|user| user.assignments().map(|held| held.number));
                Some(seen.assignments.into_iter().chain(added.filter(|&number| number > last)).collect())
            }
            None => Some(BTreeSet::new()),
        }
    }

    /// The one who is told; unset: an operator, who sees everything.
    fn onlooker(&self) -> Option<&dyn Onlooker> {
        if self.before.sees_all() { None } else { Some(self) }
    }

    /// The reader of what is there now; of what the command brings into being, the reader after it.
    fn reader(&self, is_there_before: bool) -> &Reader {
        if is_there_before { &self.before } else { &self.after }
    }
}

impl Onlooker for Previewed {
    fn is(&self, user: UserIx) -> bool {
        self.before.is(user)
    }

    fn sees_whole(&self, user: UserIx) -> bool {
        self.reader(self.before.state.world.user(user).is_some()).sees_whole(user)
    }

    fn sees(&self, what: ResourceIx) -> bool {
        let world = &self.before.state.world;
        match what {
            ResourceIx::Unit(unit) => Onlooker::sees(self.reader(world.node(unit).is_some()), what),
            ResourceIx::User(user) => Onlooker::sees(self.reader(world.user(user).is_some()), what),
            // Somebody may be seen only where they are then, or no more.
            ResourceIx::Customer(_) => {
                [&self.before, &self.after].into_iter().any(|it| Onlooker::sees(it, what))
            }
            ResourceIx::System(_) => true,
        }
    }

    fn sees_placement(&self, customer: CustomerIx, unit: UnitIx) -> bool {
        let mut placed = self.before.state.world.placements(customer);
        self.reader(placed.any(|placement| placement.unit == unit)).sees_placement(customer, unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_whole_or_none() {
        let long = v1::AccessChange { resources: vec!["x".repeat(1_000); 2_500], ..Default::default() };
        let long = v1::Preview { access: vec![long], ..Default::default() };
        for done in [Ok(long), Err(Unfinished::TooMuch), Err(Unfinished::Stopped)] {
            assert!(matches!(told(done), Err(Fault::PreviewTooLarge)));
        }
        assert!(told(Ok(v1::Preview::default())).is_ok());
    }
}
