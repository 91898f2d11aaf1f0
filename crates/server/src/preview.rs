//! What a command would change for whom: the state before it compared with the one after it, on a thread of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::UserIx;
use bailiwick_policy::impact::{Comparison, Holdings, Meter, Named, Side, Tellable, Touched, Unfinished};
use bailiwick_policy::list::ResourceIx;
use bailiwick_proto::render::{self, Compared, Sight};
use bailiwick_proto::v1;
use bailiwick_realm::{Body, State};
use prost::Message;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::{Reader, Sees};

/// So many questions are asked for one preview: some ten seconds' worth.
const MOST_QUESTIONS: u64 = 50_000_000;
/// The longest preview, in bytes: a reply must fit into the 4 MiB that many clients take.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A user.
    User(UserId),
    /// A unit, a customer, by id.
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
            | Body::ImportUsers(_) => None,
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
    pub(crate) now: Instant,
    pub(crate) touched: Touched,
}

impl Backend {
    /// What a command would change for whom.
    pub(crate) async fn preview(&self, previewed: Previewed) -> Result<v1::Preview, Fault> {
        let place = Arc::clone(&self.previewing).acquire_owned().await;
        let place = place.map_err(|_| Fault::Internal("nobody may compare"))?;
        let wanted = Wanted::default();
        let still = Arc::clone(&wanted.0);
        let comparing = tokio::task::spawn_blocking(move || {
            // Kept to the end, though the caller be gone: no more compare at once than there are places.
            let _place = place;
            let is_wanted = || still.load(Ordering::Relaxed);
            previewed.compared(&Meter::new(MOST_QUESTIONS, &is_wanted))
        });
        let compared = comparing.await.map_err(|_| Fault::Internal("a preview did not end"))?;
        let preview = compared.map_err(|unfinished| match unfinished {
            Unfinished::TooMuch => Fault::PreviewTooLarge,
            Unfinished::Stopped => Fault::DeadlineExceeded,
        })?;
        if preview.encoded_len() > MOST_BYTES { Err(Fault::PreviewTooLarge) } else { Ok(preview) }
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
        let side = |reader: &'_ Reader| -> Arc<State> { Arc::clone(&reader.state) };
        let (before, after) = (side(&self.before), side(&self.after));
        let [was, is] = [&before, &after].map(|state| Side { world: &state.world, scheme: &state.scheme });
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
                    self.holders(ResourceIx::Unit(unit), &compared, meter, &mut preview)?;
                }
            }
            About::Customer(id) => {
                if let Some(customer) = is.world.customer_ix(id) {
                    self.holders(ResourceIx::Customer(customer), &compared, meter, &mut preview)?;
                }
                // All that a placement and its cases decide is about the customer: everybody concerned is told.
                return Ok(preview);
            }
            About::Rules => {}
        }
        let told = |user, resource| self.tells_of(user) && self.shows(resource);
        let tellable: Tellable<'_> = if self.before.sees_all() { None } else { Some(&told) };
        let others = comparison.of_others(&self.touched, named, tellable, meter)?;
        preview.others = compared.others(&others);
        preview.examples = compared.examples(&others);
        preview.has_unseen |= others.has_unseen;
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
        let mut turned = compared.comparison.of_subject(user, holdings, meter)?;
        let all = turned.len();
        turned.retain(|turned| self.shows(turned.what));
        preview.has_unseen |= turned.len() < all;
        preview.access = compared.access(&turned, |unit| self.shows(ResourceIx::Unit(unit)));
        preview.in_part = seen.is_some();
        if !preview.in_part {
            preview.valid_until = compared.comparison.next_turn(user).map(render::timestamp);
            self.holders(ResourceIx::User(user), compared, meter, preview)?;
        }
        Ok(())
    }

    /// Who gains and loses something over a resource.
    fn holders(
        &self,
        resource: ResourceIx,
        compared: &Compared<'_>,
        meter: &Meter<'_>,
        preview: &mut v1::Preview,
    ) -> Result<(), Unfinished> {
        let mut turned = compared.comparison.of_resource(resource, meter)?;
        let all = turned.len();
        let is_shown = self.shows(resource);
        turned.retain(|turned| is_shown && self.tells_of(turned.what));
        preview.has_unseen |= turned.len() < all;
        preview.holders = compared.holders(&turned);
        Ok(())
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

    /// Whether the reader is told what a user gains and loses: who sees all that they hold.
    fn tells_of(&self, user: UserIx) -> bool {
        let sees_all = |reader: &Reader| match reader.sees(user) {
            Some(Sees::All) => true,
            Some(Sees::Some(seen)) => seen.others == 0,
            None => false,
        };
        if self.before.state.world.user(user).is_some() {
            sees_all(&self.before)
        } else {
            sees_all(&self.after)
        }
    }

    /// Whether the reader is told of a resource: now, or, where the command brings it into being, after it.
    fn shows(&self, resource: ResourceIx) -> bool {
        let world = &self.before.state.world;
        match resource {
            ResourceIx::Unit(unit) => self.reader(world.node(unit).is_some()).unit(unit),
            ResourceIx::User(user) => {
                let reader = self.reader(world.user(user).is_some());
                reader.state.world.user_id(user).is_some_and(|id| reader.user(&id))
            }
            ResourceIx::Customer(customer) => {
                let reader = self.reader(world.customer_id_text(customer).is_some());
                reader.state.world.customer_id(customer).is_some_and(|id| reader.customer(&id, None))
            }
            ResourceIx::System(_) => true,
        }
    }

    fn reader(&self, is_there_before: bool) -> &Reader {
        if is_there_before { &self.before } else { &self.after }
    }
}
