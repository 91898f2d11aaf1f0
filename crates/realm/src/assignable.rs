//! Which roles may be handed out somewhere: found by trying each, by the rules that judge the command.
//!
//! A role is assignable where some assignment of it would be accepted now: the widest that may be given, and what it
//! must come with. Whom it is for may be left open: then it is somebody new, who belongs there and holds nothing.

use bailiwick_identity::{Instant, Profile, UnitId, UserId};
use bailiwick_membership::{Access, RoleIx, Scope, UnitIx};
use bailiwick_policy::scheme::{Compulsory, Role};

use crate::command::{
    Actor, AssignmentSpec, Body, Command, ManageUser, OptionsSpec, Patch, ScopeSpec, UserChange,
};
use crate::decide::decide;
use crate::facts::{Facts, Person};
use crate::state::State;

/// A role that may be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignable {
    /// Which.
    pub role: RoleIx,
    /// Whether it is given with everything below the unit, or with chosen units only.
    pub scope: Widest,
    /// Whether it is given only with the restriction to the holder's caseload.
    pub caseload: Caseload,
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
    let mut state = state.clone();
    let (user, person, in_place_of) = match to {
        Some(To { user, person, in_place_of }) => (user.clone(), person.clone(), in_place_of),
        None => {
            let Some(user) = nobody(&state) else { return Vec::new() };
            state.world.put_access(&user, Access::new(ix));
            (user, Person::default(), None)
        }
    };
    let held = in_place_of.and_then(|number| held_at(&state, &user, number, now));
    if in_place_of.is_some() && held != Some(ix) {
        return Vec::new();
    }
    let trying = Trying { state, actor, caller, unit, user, person, in_place_of, now };
    let roles = (0_u8..).map(RoleIx).zip(trying.state.scheme.roles());
    let kind = trying.state.world.node(ix).and_then(|node| trying.state.scheme.kind(node.unit.kind));
    let held_there = roles.filter(|(role, _)| kind.is_some_and(|kind| kind.roles.contains(role)));
    held_there.filter_map(|(ix, role)| trying.widest(ix, role)).collect()
}

/// Where an assignment of a user's is held.
fn held_at(state: &State, user: &UserId, number: u32, now: Instant) -> Option<UnitIx> {
    let user = state.world.user(state.world.user_ix(user.as_str())?)?;
    user.assignments().find(|held| held.number == number && held.held(now)).map(|held| held.unit)
}

/// An id that nobody has.
fn nobody(state: &State) -> Option<UserId> {
    let ids = (0_u32..).map(|n| format!("somebody-new-{n}"));
    let free = ids.take(1_000).find(|id| state.world.user_ix(id).is_none())?;
    UserId::parse(&free).ok()
}

struct Trying<'a> {
    state: State,
    actor: &'a Actor,
    caller: &'a str,
    unit: &'a UnitId,
    user: UserId,
    person: Person,
    in_place_of: Option<u32>,
    now: Instant,
}

impl Trying<'_> {
    /// The widest that may be given of a role.
    fn widest(&self, ix: RoleIx, role: &Role) -> Option<Assignable> {
        if let Some(number) = self.in_place_of {
            let options = self.said(role, OptionsSpec::default());
            let change = UserChange::Amend { number, role: Some(role.name.clone()), options };
            return self.would_take(role, change).then_some(Assignable {
                role: ix,
                scope: Widest::All,
                caseload: Caseload::Free,
            });
        }
        let free = [Caseload::Free, Caseload::Bound];
        let chosen = self.chosen();
        let ways = free.into_iter().flat_map(|caseload| {
            let all = (ScopeSpec::All, Widest::All, caseload);
            let chosen = (ScopeSpec::Only(chosen.clone()), Widest::Chosen, caseload);
            [Some(all), Some(chosen).filter(|(scope, ..)| *scope != ScopeSpec::Only(Vec::new()))]
        });
        let mut ways = ways.flatten();
        let (_, scope, caseload) = ways.find(|(scope, _, caseload)| self.is_given(role, scope, *caseload))?;
        Some(Assignable { role: ix, scope, caseload })
    }

    /// The units that the actor's own assignments are restricted to, where one may choose among them.
    fn chosen(&self) -> Vec<UnitId> {
        let Actor::User(actor) = self.actor else { return Vec::new() };
        let world = &self.state.world;
        let Some(actor) = world.user_ix(actor.as_str()).and_then(|ix| world.user(ix)) else {
            return Vec::new();
        };
        let Some(at) = world.unit_ix(self.unit.as_str()) else { return Vec::new() };
        let restricted =
            actor.assignments().filter(|mine| mine.held(self.now)).filter_map(|mine| {
                match &mine.options.scope {
                    Scope::All => None,
                    Scope::Only(chosen) => Some(chosen.iter().copied()),
                }
            });
        let below = restricted.flatten().filter(|&unit| unit != at && world.is_within(unit, at));
        let mut chosen: Vec<UnitId> = below.filter_map(|unit| world.unit_id(unit).cloned()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn is_given(&self, role: &Role, scope: &ScopeSpec, caseload: Caseload) -> bool {
        let options = OptionsSpec {
            scope: Some(scope.clone()),
            caseload_only: Some(caseload == Caseload::Bound),
            note: Patch::Set("tried".to_owned()),
            ..OptionsSpec::default()
        };
        let options = self.said(role, options);
        let spec = AssignmentSpec { unit: self.unit.clone(), role: role.name.clone(), options };
        self.would_take(role, UserChange::Assign(spec))
    }

    /// The same options, with what the role must say.
    fn said(&self, role: &Role, options: OptionsSpec) -> OptionsSpec {
        let user_type = match (role.user_type, self.state.scheme.user_types().first()) {
            (Compulsory::Yes, Some(first)) => Patch::Set(first.clone()),
            (Compulsory::Yes | Compulsory::No, _) => Patch::Keep,
        };
        OptionsSpec { user_type, ..options }
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
            spare: None,
            body: Body::ManageUser(manage),
        };
        decide(&self.state, &self.facts(role), &command, self.now).is_ok()
    }

    /// What is known of whom it is for. Somebody new will have what the role needs.
    fn facts(&self, role: &Role) -> Facts {
        let mut person = self.person.clone();
        if person.profile == Profile::default() {
            let needed = role.required_fields.iter().map(|field| (*field, "-".to_owned()));
            person.profile.fields.extend(needed);
        }
        let people = [(self.user.clone(), person)].into();
        Facts { people, ..Facts::default() }
    }
}
