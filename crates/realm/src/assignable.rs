//! Which roles may be handed out somewhere: found by trying each, by the rules that judge the command.
//!
//! A role is assignable where some assignment of it would be accepted now: the widest that may be given, and what it
//! must come with. Whom it is for may be left open: then it is somebody new, who belongs there, or at what the actor covers of
//! it, and holds nothing.

use std::sync::Arc;

use bailiwick_identity::{Instant, UnitId, UserId};
use bailiwick_membership::{Access, RoleIx, Scope, UnitIx, UserManagement};
use bailiwick_policy::scheme::{Compulsory, Role};

use crate::command::{
    Actor, AssignmentSpec, Body, Command, ManageUser, OptionsSpec, Patch, ScopeSpec, Seat, Spares, UserChange,
};
use crate::decide::decide;
use crate::facts::{Facts, Person};
use crate::state::State;

/// At so many units somebody new is tried to belong.
const MOST_HOMES: usize = 4;
/// So many units are tried alone, where the actor is restricted to several.
const MOST_TRIED: usize = 64;

/// A role that may be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignable {
    /// Which.
    pub role: RoleIx,
    /// Whether it is given with everything below the unit, or with chosen units only.
    pub scope: Widest,
    /// Whether it is given only with the restriction to the holder's caseload.
    pub caseload: Caseload,
    /// Whether user management may be switched on with it.
    pub user_management: Switchable,
    /// Whether a note must be written.
    pub note: Compulsory,
}

/// Whether user management may be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switchable {
    /// It may be.
    Yes,
    /// It may not.
    No,
}

/// The widest scope with which a role may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widest {
    /// Everything below.
    All,
    /// Chosen units only.
    Chosen,
}

/// Whether a role is given only with a caseload restriction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caseload {
    /// With or without.
    Free,
    /// Only with it: whoever gives it is bound themselves.
    Bound,
}

/// To whom a role is to be given.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// Who.
    pub user: &'a UserId,
    /// What tables know of them.
    pub person: &'a Person,
    /// In place of the role of this assignment, held at the unit; unset: beside what they hold.
    pub in_place_of: Option<u32>,
}

/// The roles that may be handed out at a unit, in the scheme's order: to a user, or to somebody new.
#[must_use]
pub fn assignable(
    state: &State,
    actor: &Actor,
    caller: &str,
    unit: &UnitId,
    to: Option<To<'_>>,
    now: Instant,
) -> Vec<Assignable> {
    let Some(ix) = state.world.unit_ix(unit.as_str()) else { return Vec::new() };
    let is_new = to.is_none();
    let (user, person, in_place_of) = match to {
        Some(To { user, person, in_place_of }) => (user.clone(), person.clone(), in_place_of),
        None => match nobody(state) {
            Some(user) => (user, Person::default(), None),
            None => return Vec::new(),
        },
    };
    let held = in_place_of.and_then(|number| held_at(state, &user, number, now));
    if in_place_of.is_some() && held != Some(ix) {
        return Vec::new();
    }
    let stands_in = state.world.node(ix).is_some_and(|node| node.unit.placeholder);
    let note = if stands_in && in_place_of.is_none() { Compulsory::Yes } else { Compulsory::No };
    let state = state.clone();
    let mut trying = Trying { state, actor, caller, unit, user, person, is_new, in_place_of, note, now };
    let scheme = Arc::clone(&trying.state.scheme);
    let kind = trying.state.world.node(ix).and_then(|node| scheme.kind(node.unit.kind));
    let roles = (0_u8..).map(RoleIx).zip(scheme.roles());
    let held_there = roles.filter(|(role, _)| kind.is_some_and(|kind| kind.roles.contains(role)));
    let homes = trying.homes(ix);
    held_there.filter_map(|(role_ix, role)| trying.widest_from(&homes, role_ix, role)).collect()
}

/// Where an assignment of a user's is held.
fn held_at(state: &State, user: &UserId, number: u32, now: Instant) -> Option<UnitIx> {
    let user = state.world.user(state.world.user_ix(user.as_str())?)?;
    user.assignments().find(|held| held.number == number && held.held(now)).map(|held| held.unit)
}

/// An id that nobody has.
fn nobody(state: &State) -> Option<UserId> {
    let mut ids = (0_u32..).map(|n| format!("somebody-new-{n}"));
    UserId::parse(&ids.find(|id| state.world.user_ix(id).is_none())?).ok()
}

struct Trying<'a> {
    state: State,
    actor: &'a Actor,
    caller: &'a str,
    unit: &'a UnitId,
    user: UserId,
    person: Person,
    is_new: bool,
    in_place_of: Option<u32>,
    note: Compulsory,
    now: Instant,
}

impl Trying<'_> {
    /// Where somebody new may belong: at the unit; or, where the actor covers only chosen units of it, at one of these.
    fn homes(&self, unit: UnitIx) -> Vec<UnitIx> {
        if !self.is_new {
            return Vec::new();
        }
        let chosen = self.restricted();
        let chosen = chosen.iter().filter_map(|units| self.state.world.unit_ix(units.first()?.as_str()));
        std::iter::once(unit).chain(chosen).take(MOST_HOMES).collect()
    }

    /// The widest that may be given of a role, to somebody new who belongs where it may be given at all.
    fn widest_from(&mut self, homes: &[UnitIx], ix: RoleIx, role: &Role) -> Option<Assignable> {
        if homes.is_empty() {
            return self.widest(ix, role);
        }
        homes.iter().find_map(|&home| {
            self.state.world.put_access(&self.user, Access::new(home));
            self.widest(ix, role)
        })
    }

    /// The widest that may be given of a role.
    fn widest(&self, ix: RoleIx, role: &Role) -> Option<Assignable> {
        let mut ways = self.ways().into_iter();
        let (scope, caseload) = ways
            .find(|(scope, caseload)| self.is_given(role, scope.as_ref(), *caseload, UserManagement::None))?;
        let switched = self.is_given(role, scope.as_ref(), caseload, UserManagement::Manage);
        Some(Assignable {
            role: ix,
            scope: if matches!(scope, Some(ScopeSpec::Only(_))) { Widest::Chosen } else { Widest::All },
            caseload,
            user_management: if switched { Switchable::Yes } else { Switchable::No },
            note: self.note,
        })
    }

    /// What is tried, the widest first. In place of an assignment its own scope and restriction stay.
    fn ways(&self) -> Vec<(Option<ScopeSpec>, Caseload)> {
        if self.in_place_of.is_some() {
            return vec![(None, Caseload::Free)];
        }
        let restricted = self.restricted();
        let mut each: Vec<UnitId> = restricted.concat();
        each.sort_unstable();
        each.dedup();
        let alone = each.into_iter().take(MOST_TRIED).map(|unit| vec![unit]);
        let only = restricted.into_iter().chain(alone).map(ScopeSpec::Only);
        let scopes = std::iter::once(ScopeSpec::All).chain(only);
        let both = |scope: ScopeSpec| {
            [Caseload::Free, Caseload::Bound].map(|caseload| (Some(scope.clone()), caseload))
        };
        scopes.flat_map(both).collect()
    }

    /// What each of the actor's own assignments is restricted to there.
    fn restricted(&self) -> Vec<Vec<UnitId>> {
        let Actor::User(actor) = self.actor else { return Vec::new() };
        let world = &self.state.world;
        let Some(actor) = world.user_ix(actor.as_str()).and_then(|ix| world.user(ix)) else {
            return Vec::new();
        };
        let Some(at) = world.unit_ix(self.unit.as_str()) else { return Vec::new() };
        let there = |unit: &UnitIx| *unit != at && world.is_within(*unit, at) && !world.is_closed(*unit);
        let chosen = actor.assignments().filter(|mine| mine.held(self.now)).filter_map(|mine| {
            let Scope::Only(chosen) = &mine.options.scope else { return None };
            let there = chosen.iter().copied().filter(there);
            Some(there.filter_map(|unit| world.unit_id(unit).cloned()).collect::<Vec<_>>())
        });
        chosen.filter(|chosen| !chosen.is_empty()).collect()
    }

    fn is_given(
        &self,
        role: &Role,
        scope: Option<&ScopeSpec>,
        caseload: Caseload,
        user_management: UserManagement,
    ) -> bool {
        // One that an earlier version of the scheme had is none that can be said.
        let scheme = &self.state.scheme;
        let mut said = scheme.user_types().iter().filter(|name| scheme.user_type_named(name).is_some());
        let user_type = match (role.user_type, said.next()) {
            (Compulsory::Yes, Some(first)) => Patch::Set(first.clone()),
            (Compulsory::Yes | Compulsory::No, _) => Patch::Keep,
        };
        let options = OptionsSpec {
            scope: scope.cloned(),
            user_type,
            user_management: Some(user_management),
            ..OptionsSpec::default()
        };
        let change = match self.in_place_of {
            Some(number) => UserChange::Amend { number, role: Some(role.name.clone()), options },
            None => UserChange::Assign(AssignmentSpec {
                seat: Seat::There,
                unit: self.unit.clone(),
                role: role.name.clone(),
                options: OptionsSpec {
                    caseload_only: Some(caseload == Caseload::Bound),
                    note: Patch::Set("tried".to_owned()),
                    ..options
                },
            }),
        };
        self.would_take(role, change)
    }

    fn would_take(&self, role: &Role, change: UserChange) -> bool {
        let manage =
            ManageUser { user: self.user.clone(), etag: None, handles: Vec::new(), changes: vec![change] };
        let command = Command {
            actor: self.actor.clone(),
            caller: self.caller.to_owned(),
            reason: Some("tried".to_owned()),
            may_remove_last_manager: false,
            expects: None,
            spares: Spares::default(),
            body: Body::ManageUser(manage),
        };
        decide(&self.state, &self.facts(role), &command, self.now).is_ok()
    }

    /// What is known of whom it is for. Somebody new will have what the role needs.
    fn facts(&self, role: &Role) -> Facts {
        let mut person = self.person.clone();
        if self.is_new {
            let needed = role.required_fields.iter().map(|field| (*field, "-".to_owned()));
            person.profile.fields.extend(needed);
        }
        let people = [(self.user.clone(), person)].into();
        Facts { people, ..Facts::default() }
    }
}
