//! Users, as far as the one who reads may see.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, Profile, UserId};
use bailiwick_membership::{Access, Clearance, Standing, UnitIx, UserIx, World};
use bailiwick_policy::Verdict;
use bailiwick_policy::scheme::{Rank, Scheme};
use bailiwick_realm::Person;

use super::answer::{unit_name, verdict};
use super::assignment::{Holder, assignment, grant};
use super::instant::timestamp;
use super::sight::Sight;
use crate::parse::{Collection, etag_of};
use crate::v1;

/// A user with all that is known, and what of it is shown.
#[derive(Debug)]
pub struct UserView<'a> {
    /// Who.
    pub user: &'a UserId,
    /// What they hold.
    pub access: &'a Access,
    /// What tables know.
    pub person: &'a Person,
    /// When created.
    pub created_at: Instant,
    /// When last changed.
    pub updated_at: Instant,
    /// Which assignments are shown; unset: all that there are, ended ones too.
    pub shown: Option<&'a BTreeSet<u32>>,
    /// How many assignments there are beside.
    pub others: usize,
    /// Whether the reader may manage the user.
    pub management: Verdict,
}

/// A user. What is not bound to a unit (grants, the reporting role, ranks, reasons) is shown to whoever sees all that
/// the user holds: it would tell of the rest.
#[must_use]
pub fn user(
    view: &UserView<'_>,
    world: &World,
    scheme: &Scheme,
    sight: &dyn Sight,
    now: Instant,
) -> v1::User {
    let UserView { user, access, person, created_at, updated_at, shown, others, management } = view;
    let Person { profile, notes, etag } = person;
    let holder = Holder { access, notes, world, scheme, now };
    let assignments = access
        .assignments
        .iter()
        .filter(|a| shown.is_none_or(|numbers| numbers.contains(&a.number)))
        .map(|a| assignment(&holder, a))
        .collect();
    let sees_all = *others == 0;
    let (lowest, highest) = if sees_all { ranks(access, scheme, now) } else { (None, None) };
    let grants = access.grants.iter().filter(|_| sees_all);
    let name = Collection::Users.name(user);
    let (management, management_reason) = verdict(*management);
    v1::User {
        username: profile.username.clone(),
        state: match access.standing {
            Standing::Active => v1::UserState::Active.into(),
            Standing::Disabled(_) => v1::UserState::Disabled.into(),
            Standing::Erased(_) => v1::UserState::Erased.into(),
        },
        disabled: disabled(access, notes.disabled.as_deref().filter(|_| sees_all), world, sight),
        home_unit: if sight.unit(access.home) { unit_name(world, access.home) } else { String::new() },
        profile: Some(self::profile(profile, sight)),
        assignments,
        other_assignments: u32::try_from(*others).unwrap_or(u32::MAX),
        grants: grants.map(|g| grant(&holder, g)).collect(),
        reporting_role: access
            .reporting_role
            .filter(|_| sees_all)
            .and_then(|role| scheme.reporting_role(role))
            .map(|role| role.name.clone())
            .unwrap_or_default(),
        own_record: access
            .own_record
            .and_then(|customer| world.customer_id(customer))
            .filter(|customer| sight.customer(customer, None))
            .map(|customer| Collection::Customers.name(customer))
            .unwrap_or_default(),
        same_person: same_person(user, access, world, sight),
        clearance: access.clearance == Clearance::Cleared,
        lowest_rank: lowest.map(|rank| rank.0),
        highest_rank: highest.map(|rank| rank.0),
        create_time: Some(timestamp(*created_at)),
        update_time: Some(timestamp(*updated_at)),
        etag: etag_of(*etag),
        management: management.into(),
        management_reason: management_reason.into(),
        implied_memberships: implied(&holder, *shown, sight),
        name,
    }
}

/// Where the shown assignments imply a membership, as far as the unit is seen: each once, for the oldest of them.
fn implied(
    holder: &Holder<'_>,
    shown: Option<&BTreeSet<u32>>,
    sight: &dyn Sight,
) -> Vec<v1::ImpliedMembership> {
    let Holder { access, notes: _, world, scheme, now } = holder;
    let mut units: Vec<(UnitIx, u32)> = Vec::new();
    let seen = |number: u32| shown.is_none_or(|numbers| numbers.contains(&number));
    for held in access.assignments.iter().filter(|a| a.options.held(*now) && seen(a.number)) {
        let Some(unit) = world.node(held.unit).map(|node| &node.unit) else { continue };
        let Some(kind) = scheme.kind(unit.kind) else { continue };
        for &above in &unit.parents {
            let implies = world.node(above).is_some_and(|node| kind.implied_at.contains(node.unit.kind));
            if implies && sight.unit(above) && units.iter().all(|(unit, _)| *unit != above) {
                units.push((above, held.number));
            }
        }
    }
    let membership = |(unit, number)| v1::ImpliedMembership {
        unit: unit_name(world, unit),
        assignment: Collection::Assignments.name(number),
    };
    units.into_iter().map(membership).collect()
}

/// Least and greatest rank over all held, ranked assignments.
fn ranks(access: &Access, scheme: &Scheme, now: Instant) -> (Option<Rank>, Option<Rank>) {
    let held =
        || access.assignments.iter().filter(|a| a.options.held(now)).filter_map(|a| scheme.rank(a.role));
    (held().min(), held().max())
}

fn disabled(access: &Access, reason: Option<&str>, world: &World, sight: &dyn Sight) -> Option<v1::Disabled> {
    match &access.standing {
        Standing::Active | Standing::Erased(_) => None,
        Standing::Disabled(disabled) => Some(v1::Disabled {
            by: disabled.by.map(|by| seen_user(by, world, sight)).unwrap_or_default(),
            at: Some(timestamp(disabled.at)),
            reason: reason.unwrap_or_default().to_owned(),
        }),
    }
}

fn same_person(user: &UserId, access: &Access, world: &World, sight: &dyn Sight) -> Vec<String> {
    let Some(person) = access.person else { return Vec::new() };
    world
        .same_person(person)
        .iter()
        .filter_map(|&other| world.user_id(other))
        .filter(|other| other != user && sight.user(other))
        .map(|other| Collection::Users.name(other))
        .collect()
}

fn seen_user(user: UserIx, world: &World, sight: &dyn Sight) -> String {
    let seen = world.user_id(user).filter(|user| sight.user(user));
    seen.map(|user| Collection::Users.name(user)).unwrap_or_default()
}

/// Who somebody is to be, as it was given.
pub(super) fn given_profile(
    fields: &BTreeMap<Field, String>,
    external_ids: &BTreeMap<String, String>,
) -> v1::Profile {
    let given = Profile { fields: fields.clone(), external_ids: external_ids.clone(), ..Profile::default() };
    profile_with(&given, |_| true)
}

fn profile(profile: &Profile, sight: &dyn Sight) -> v1::Profile {
    profile_with(profile, |line_manager| sight.user(line_manager))
}

fn profile_with(profile: &Profile, is_seen: impl Fn(&UserId) -> bool) -> v1::Profile {
    let Profile { username: _, fields: _, external_ids } = profile;
    let of = |field: Field| profile.get(field).unwrap_or_default().to_owned();
    let line_manager = profile.get(Field::LineManager).and_then(|id| UserId::parse(id).ok());
    let line_manager = line_manager.filter(is_seen);
    v1::Profile {
        prefix: of(Field::Prefix),
        first_name: of(Field::FirstName),
        middle_initial: of(Field::MiddleInitial),
        last_name: of(Field::LastName),
        suffix: of(Field::Suffix),
        email: of(Field::Email),
        birth_date: of(Field::BirthDate),
        work_phone: of(Field::WorkPhone),
        cell_phone: of(Field::CellPhone),
        pager: of(Field::Pager),
        zip: of(Field::Zip),
        location: of(Field::Location),
        line_manager: line_manager.map(|id| Collection::Users.name(&id)).unwrap_or_default(),
        provider_subject: of(Field::ProviderSubject),
        external_ids: external_ids.clone(),
    }
}
