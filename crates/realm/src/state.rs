//! A realm's state at one revision.

use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_membership::World;
use bailiwick_policy::scheme::Scheme;

use crate::event::Event;

/// The number of a change within its realm: 1, 2, 3 …; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The hash that chains a revision to all before it. All zero before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ChainHash(pub [u8; 32]);

/// Whether a realm takes changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RealmStatus {
    /// It does.
    #[default]
    Active,
    /// It answers questions and takes no change but being thawed.
    Frozen,
}

/// One realm at one revision: all that `check` and `decide` need in memory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Which realm.
    pub realm: RealmId,
    /// A title, for people who read.
    pub title: String,
    /// The revision that this state is at.
    pub revision: Revision,
    /// That revision's chain hash.
    pub hash: ChainHash,
    /// That revision's instant: the `now` of its decision.
    pub recorded_at: Instant,
    /// Active or frozen.
    pub status: RealmStatus,
    /// The rules.
    pub scheme: Arc<Scheme>,
    /// Units, users and customers.
    pub world: World,
}

impl State {
    /// A realm that does not exist yet: the state on which its creation is decided.
    #[must_use]
    pub fn unborn(realm: RealmId, scheme: Arc<Scheme>) -> Self {
        Self {
            realm,
            title: String::new(),
            revision: Revision(0),
            hash: ChainHash::default(),
            recorded_at: Instant::MIN,
            status: RealmStatus::Active,
            scheme,
            world: World::new(),
        }
    }

    /// Takes an event in: the new state of one entity replaces the one before. Cannot fail.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Realm { title, status } => {
                self.title.clone_from(title);
                self.status = *status;
            }
            Event::Scheme(scheme) => self.apply_scheme(scheme),
            Event::Unit(unit) => {
                self.world.put_unit(unit.clone());
            }
            Event::Access { user, access, notes: _ } => {
                self.world.put_access(user, access.clone());
            }
            Event::Caseload { user, entries } => self.world.put_caseload(*user, entries.clone()),
            Event::Placements { customer, placements } => {
                self.world.put_placements(customer, placements.clone());
            }
            // Profiles, credentials, requests and reviews are kept in tables only: no question reads them.
            Event::Profile { .. } | Event::Credentials { .. } | Event::Request(_) | Event::Review(_) => {}
        }
    }

    /// Replaces the rules. Indices of roles and kinds that are held are the same in both schemes, since a scheme is
    /// compiled after the one before it; what is derived from names (placeholders) is derived again.
    fn apply_scheme(&mut self, scheme: &Arc<Scheme>) {
        self.scheme = Arc::clone(scheme);
        let changed: Vec<_> = self
            .world
            .units()
            .filter_map(|(_, node)| {
                let stands_in =
                    scheme.kind(node.unit.kind).is_some_and(|kind| kind.is_placeholder(&node.unit.name));
                (stands_in != node.unit.placeholder).then(|| {
                    let mut unit = node.unit.clone();
                    unit.placeholder = stands_in;
                    unit
                })
            })
            .collect();
        for unit in changed {
            self.world.put_unit(unit);
        }
    }

    /// The instant at which a live question is answered: the system's clock, never before what is recorded.
    #[must_use]
    pub fn live_instant(&self, clock: Instant) -> Instant {
        clock.max(self.recorded_at)
    }
}
