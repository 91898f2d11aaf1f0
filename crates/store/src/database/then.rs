//! A realm as it was at a revision, as far as one question is about it: a world of a few entities, found by seeks.
//!
//! The events name things by id. They are read twice: with the numbers of the present state, to learn what they name, and with
//! those of the world that is being made, once all of that is in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_identity::{CustomerId, Instant, UserId};
use bailiwick_membership::{Access, CaseloadEntry, Placement, Scope, Standing, Unit, UnitIx, UserIx};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{ChainHash, Event, Revision, State};

use super::{Database, Fault, Written};
use crate::api::{Past, PastWanted};
use crate::codec::{self, Names};
use crate::log::tables::LinkKind;
use crate::log::{Damage, EntityKind};

/// The last revision that was recorded by an instant; none, where the first one was recorded later.
pub(crate) async fn last_by(
    conn: &mut impl Database,
    state: &State,
    at: Instant,
) -> Result<Option<Revision>, Fault> {
    // Those up to `low` were recorded by then, those from `high` on were not: instants ascend with revisions.
    let (mut low, mut high) = (0, state.revision.0.saturating_add(1));
    while high - low > 1 {
        let middle = low.midpoint(high);
        let recorded = conn.recorded_at(&state.realm, Revision(middle)).await?;
        if recorded.ok_or(Damage("a revision is missing"))? <= at {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(Some(Revision(low)).filter(|revision| revision.0 > 0))
}

/// So many schemes of the past are kept.
const MOST_KEPT: usize = 32;

/// Schemes of the past that were compiled not long ago: each takes all those before it.
#[derive(Default)]
pub(crate) struct PastSchemes(Mutex<VecDeque<(ChainHash, Arc<Scheme>)>>);

impl PastSchemes {
    /// The scheme that the change of this hash put: the hash stands for all that was before, too.
    fn get(&self, hash: &ChainHash) -> Option<Arc<Scheme>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, _)| of == hash).map(|(_, scheme)| Arc::clone(scheme))
    }

    fn keep(&self, hash: ChainHash, scheme: Arc<Scheme>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(MOST_KEPT - 1);
        kept.push_front((hash, scheme));
    }
}

/// What is known of the past while it is gathered.
struct Then<'p> {
    present: &'p State,
    revision: Revision,
}

/// A realm as a revision left it.
pub(crate) async fn then(
    conn: &mut impl Database,
    present: &State,
    revision: Revision,
    wanted: &PastWanted,
    schemes: &PastSchemes,
) -> Result<Past, Fault> {
    let then = Then { present, revision };
    let before = Revision(revision.0.saturating_sub(1));
    let change = conn.changes(&present.realm, before, 1).await?.pop();
    let change =
        change.filter(|change| change.revision == revision).ok_or(Damage("a revision is missing"))?;
    let mut state = State::unborn(present.realm.clone(), then.scheme(conn, schemes).await?);
    (state.revision, state.hash, state.recorded_at) = (revision, change.hash, change.recorded_at);

    let customers: BTreeSet<String> = wanted.customers.iter().map(ToString::to_string).collect();
    let mut users: BTreeSet<String> = wanted.users.iter().map(ToString::to_string).collect();
    // Whose own record it was decides whether others reach it.
    let owners = conn.linked(&present.realm, LinkKind::OwnRecord, &customers).await?;
    users.extend(owners.iter().map(ToString::to_string));
    let today = wanted.customers.iter().filter_map(|customer| present.world.customer_ix(customer.as_str()));
    let today = today.filter_map(|customer| present.world.owner_of(customer));
    users.extend(today.filter_map(|owner| present.world.user_id_text(owner)).map(str::to_owned));
    let placed = then.newest(conn, EntityKind::Placements, &customers).await?;
    let mut accesses = then.newest(conn, EntityKind::Access, &users).await?;
    accesses.extend(then.same_persons(conn, &accesses, &users).await?);
    let caseloads = then.newest(conn, EntityKind::Caseload, &users).await?;

    let named = then.named(&placed, &accesses)?;
    let mut units: BTreeSet<String> = wanted.units.iter().map(ToString::to_string).collect();
    units.extend(named.units.iter().filter_map(|&unit| Some(present.world.unit_id(unit)?.to_string())));
    then.put_units(conn, &mut state, units).await?;
    for customer in named.customers {
        state.world.put_placements(&customer, Vec::new());
    }
    apply(&mut state, &placed)?;
    // Users whom others are named with count for nothing themselves, and are replaced where they do.
    let any = state.world.units().next().map(|(unit, _)| unit);
    if let Some(home) = any {
        for user in named.users {
            let access = Access { standing: Standing::Erased(Instant::MIN), ..Access::new(home) };
            state.world.put_access(&user, access);
        }
    }
    apply(&mut state, &accesses)?;
    then.put_caseloads(&mut state, &caseloads)?;
    Ok(Past { state: Arc::new(state), held: named.held })
}

/// What events name, beside what they are about.
#[derive(Default)]
struct Named {
    units: BTreeSet<UnitIx>,
    users: BTreeSet<UserId>,
    customers: BTreeSet<CustomerId>,
    /// What users held, in the numbers of the present.
    held: BTreeMap<UserId, Access>,
}

impl Then<'_> {
    async fn newest(
        &self,
        conn: &mut impl Database,
        kind: EntityKind,
        entities: &BTreeSet<String>,
    ) -> Result<Vec<Written>, Fault> {
        if entities.is_empty() {
            return Ok(Vec::new());
        }
        conn.newest_of(&self.present.realm, kind, entities, self.revision).await
    }

    /// Those who were marked as the same person as one of these users, beside them.
    async fn same_persons(
        &self,
        conn: &mut impl Database,
        accesses: &[Written],
        users: &BTreeSet<String>,
    ) -> Result<Vec<Written>, Fault> {
        let named = self.named(&[], accesses)?;
        let persons = named.held.values().filter_map(|access| access.person);
        let persons: BTreeSet<UserIx> = persons.collect();
        if persons.is_empty() {
            return Ok(Vec::new());
        }
        let world = &self.present.world;
        let today = persons.iter().flat_map(|&person| world.same_person(person));
        let mut members: BTreeSet<String> =
            today.filter_map(|&member| Some(world.user_id_text(member)?.to_owned())).collect();
        let persons = persons.iter().filter_map(|&person| Some(world.user_id_text(person)?.to_owned()));
        let linked = conn.linked(&self.present.realm, LinkKind::Person, &persons.collect()).await?;
        members.extend(linked.iter().map(ToString::to_string));
        members.retain(|member| !users.contains(member));
        self.newest(conn, EntityKind::Access, &members).await
    }

    /// The rules of then. They are seldom others than now.
    async fn scheme(&self, conn: &mut impl Database, schemes: &PastSchemes) -> Result<Arc<Scheme>, Fault> {
        let realm = &self.present.realm;
        let then = newest_scheme(conn, realm, self.revision).await?;
        let then = then.ok_or(Damage("a realm has no scheme"))?;
        if Some(then) == newest_scheme(conn, realm, self.present.revision).await? {
            return Ok(Arc::clone(&self.present.scheme));
        }
        let put = conn.changes(realm, Revision(then.0.saturating_sub(1)), 1).await?.pop();
        let hash = put.ok_or(Damage("a revision is missing"))?.hash;
        if let Some(scheme) = schemes.get(&hash) {
            return Ok(scheme);
        }
        let mut scheme = None;
        for body in conn.schemes(realm, self.revision).await? {
            scheme = Some(codec::compile(&codec::scheme_source(&body)?, scheme.as_deref())?);
        }
        let scheme = scheme.ok_or(Damage("a realm has no scheme"))?;
        schemes.keep(hash, Arc::clone(&scheme));
        Ok(scheme)
    }

    fn named(&self, placed: &[Written], accesses: &[Written]) -> Result<Named, Fault> {
        let (names, mut named) = (Names::of(self.present), Named::default());
        for written in placed.iter().chain(accesses) {
            match codec::decode(&written.event, &names)? {
                Event::Placements { customer: _, placements } => {
                    named.units.extend(placements.iter().map(|placement: &Placement| placement.unit));
                }
                Event::Access { user, access, notes: _ } => {
                    named.units.extend(units_of(&access));
                    let by = match access.standing {
                        Standing::Disabled(disabled) => disabled.by,
                        Standing::Active | Standing::Erased(_) => None,
                    };
                    let users = [access.person, by].into_iter().flatten();
                    named.users.extend(users.filter_map(|user| self.present.world.user_id(user)));
                    let own = access.own_record.and_then(|own| self.present.world.customer_id(own));
                    named.customers.extend(own);
                    named.held.insert(user, access);
                }
                Event::Realm { .. }
                | Event::Scheme(_)
                | Event::Unit(_)
                | Event::Profile { .. }
                | Event::Credentials { .. }
                | Event::Caseload { .. }
                | Event::Request(_)
                | Event::Review(_) => {
                    return Err(Damage("an event is filed under another kind than its own").into());
                }
            }
        }
        Ok(named)
    }

    /// Puts units, and all that were above them then, those above first.
    async fn put_units(
        &self,
        conn: &mut impl Database,
        state: &mut State,
        mut wanted: BTreeSet<String>,
    ) -> Result<(), Fault> {
        let mut found: BTreeMap<String, (Unit, Written)> = BTreeMap::new();
        while !wanted.is_empty() {
            let mut above = BTreeSet::new();
            for written in self.newest(conn, EntityKind::Unit, &wanted).await? {
                let Event::Unit(unit) = codec::decode(&written.event, &Names::of(self.present))? else {
                    return Err(Damage("an event is filed under another kind than its own").into());
                };
                let parents = unit.parents.iter().filter_map(|&unit| self.present.world.unit_id(unit));
                above.extend(parents.map(ToString::to_string));
                found.insert(unit.id.to_string(), (unit, written));
            }
            above.retain(|unit| !found.contains_key(unit));
            wanted = above;
        }
        while !found.is_empty() {
            let waiting = found.len();
            let is_put = |state: &State, unit: UnitIx| {
                let id = self.present.world.unit_id(unit);
                id.is_some_and(|id| state.world.unit_ix(id.as_str()).is_some())
            };
            let ready =
                found.extract_if(.., |_, (unit, _)| unit.parents.iter().all(|&parent| is_put(state, parent)));
            let ready: Vec<Written> = ready.map(|(_, (_, written))| written).collect();
            apply(state, &ready)?;
            if found.len() == waiting {
                return Err(Damage("units lie below themselves").into());
            }
        }
        Ok(())
    }

    /// Of caseloads only what is of a customer and at a unit that are here counts.
    fn put_caseloads(&self, state: &mut State, caseloads: &[Written]) -> Result<(), Fault> {
        let (names, present) = (Names::of(self.present), &self.present.world);
        for written in caseloads {
            let Event::Caseload { user, entries } = codec::decode(&written.event, &names)? else { continue };
            let here = |entry: &CaseloadEntry| {
                let customer = state.world.customer_ix(present.customer_id_text(entry.customer)?)?;
                let unit = state.world.unit_ix(present.unit_id(entry.unit)?.as_str())?;
                Some(CaseloadEntry { customer, unit })
            };
            let entries: Vec<CaseloadEntry> = entries.iter().filter_map(here).collect();
            if let Some(user) = present.user_id_text(user).and_then(|user| state.world.user_ix(user)) {
                state.world.put_caseload(user, entries);
            }
        }
        Ok(())
    }
}

/// The revision of the rules that hold at a revision.
async fn newest_scheme(
    conn: &mut impl Database,
    realm: &bailiwick_identity::RealmId,
    revision: Revision,
) -> Result<Option<Revision>, Fault> {
    Ok(conn.newest(realm, EntityKind::Scheme, "", revision).await?.map(|written| written.revision))
}

/// Every unit that an access names.
fn units_of(access: &Access) -> BTreeSet<UnitIx> {
    let mut units = BTreeSet::from([access.home]);
    for held in &access.assignments {
        let options = &held.options;
        units.insert(held.unit);
        units.extend(options.default_unit);
        if let Scope::Only(chosen) = &options.scope {
            units.extend(chosen);
        }
        let caseload = &options.caseload;
        units.extend([&caseload.exempt, &caseload.own, &caseload.others].into_iter().flatten());
    }
    units
}

fn apply(state: &mut State, written: &[Written]) -> Result<(), Fault> {
    for written in written {
        let event = codec::decode(&written.event, &Names::of(state))?;
        state.apply(&event);
    }
    Ok(())
}
