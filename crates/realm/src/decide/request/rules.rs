//! What a scheme says of requests: which kinds fit whom, which changes ask more of author and approvers, what must be filled
//! in and confirmed, and whose desk carries out what.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, AssignmentState, KindIx, RoleIx, UnitIx, UserRef};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::{ChangeKind, ChangeRule, Fulfilment, Occasion, RequestKind, RequestRules};

use super::parts::known;
use crate::command::{ManageUser, NewUser, UserChange};
use crate::decide::Judged;
use crate::decide::user::is_suspended;
use crate::refusal::{Refusal, Refused};
use crate::request::Content;
use crate::state::State;

/// The scheme's rules of requests.
pub(super) fn rules(state: &State) -> Judged<&RequestRules> {
    state.scheme.requests().ok_or_else(|| Refusal::precondition(Reason::NoRequests))
}

/// The scheme's rules that a request's changes come under.
pub(super) fn applying<'s>(state: &'s State, content: &Content, now: Instant) -> Vec<&'s ChangeRule> {
    let rules = state.scheme.requests().map_or(&[][..], |requests| &requests.rules);
    rules.iter().filter(|rule| applies(state, content, &rule.change, now)).collect()
}

fn applies(state: &State, content: &Content, change: &ChangeKind, now: Instant) -> bool {
    let mut people =
        content.people.iter().map(|person| Moves { state, now, person, user: known(state, person) });
    match change {
        ChangeKind::Request(kinds) => kinds.contains(&content.kind),
        ChangeKind::Role(roles) => people.any(|moves| moves.concern(roles)),
        ChangeKind::Move(kind) => people.any(|moves| {
            let (ended, begun) = (moves.ended(*kind), moves.begun(*kind));
            !ended.is_empty() && begun.iter().any(|unit| !ended.contains(unit))
        }),
        ChangeKind::Additional(kind) => people.any(|moves| {
            let (home, begun) = (moves.settled(*kind), moves.begun(*kind));
            !home.is_empty() && begun.iter().any(|unit| !home.contains(unit))
        }),
    }
}

/// Whether a unit receives somebody who holds nothing there yet: under the same unit of the kind that a rule is about, or, where
/// it is about none, at the unit.
pub(super) fn receives(
    state: &State,
    content: &Content,
    rule: &ChangeRule,
    unit: UnitIx,
    now: Instant,
) -> bool {
    let places = |at: UnitIx| match rule.change {
        ChangeKind::Move(kind) | ChangeKind::Additional(kind) => above(state, at, kind),
        ChangeKind::Request(_) | ChangeKind::Role(_) => BTreeSet::from([at]),
    };
    let there = places(unit);
    !there.is_empty()
        && content.people.iter().any(|person| {
            let moves = Moves { state, now, person, user: known(state, person) };
            // Of who holds nothing, the first place is where they come to be.
            let first = || assigned_units(state, person).into_iter().take(1).collect();
            let held: Vec<UnitIx> = moves.held().map(|a| a.unit).collect();
            let settled = if held.is_empty() { first() } else { held };
            !settled.into_iter().any(|at| places(at).iter().any(|place| there.contains(place)))
        })
}

/// The units of a kind that are a unit or lie above it.
fn above(state: &State, unit: UnitIx, kind: KindIx) -> BTreeSet<UnitIx> {
    let world = &state.world;
    let all = world.node(unit).map_or(&[][..], |node| node.with_ancestors());
    let of_kind = |unit: &UnitIx| world.node(*unit).is_some_and(|node| node.unit.kind == kind);
    all.iter().copied().filter(of_kind).collect()
}

/// Where somebody's holdings begin and end by a request.
struct Moves<'t> {
    state: &'t State,
    now: Instant,
    person: &'t ManageUser,
    user: Option<UserRef<'t>>,
}

impl Moves<'_> {
    fn held(&self) -> impl Iterator<Item = AssignmentRef<'_>> {
        let now = self.now;
        self.user.into_iter().flat_map(|user| user.assignments()).filter(move |a| a.held(now))
    }

    /// Whether the end of an assignment is set by it, now or for later.
    fn is_ended(&self, number: u32) -> bool {
        let changes = self.person.changes.iter().filter(|change| change.assignment() == Some(number));
        changes.into_iter().any(UserChange::sets_end)
    }

    /// Whether an assignment is over with it.
    fn is_over(&self, number: u32) -> bool {
        let changes = self.person.changes.iter().filter(|change| change.assignment() == Some(number));
        changes
            .into_iter()
            .any(|change| matches!(change, UserChange::End { at: None, .. } | UserChange::Remove { .. }))
    }

    fn ended(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let ended = self.held().filter(|a| self.is_ended(a.number));
        ended.flat_map(|a| above(self.state, a.unit, kind)).collect()
    }

    /// Where they stay; where nothing stays, where the first of what is added is.
    fn settled(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let stays = self.held().filter(|a| !self.is_over(a.number));
        let stays: BTreeSet<UnitIx> = stays.flat_map(|a| above(self.state, a.unit, kind)).collect();
        let first = || assigned_units(self.state, self.person).into_iter().take(1);
        if stays.is_empty() {
            first().flat_map(|unit| above(self.state, unit, kind)).collect()
        } else {
            stays
        }
    }

    fn begun(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let units = assigned_units(self.state, self.person);
        units.into_iter().flat_map(|unit| above(self.state, unit, kind)).collect()
    }

    /// Whether one of these roles is handed out or taken away.
    fn concern(&self, roles: &BTreeSet<RoleIx>) -> bool {
        let named = |name: &str| self.state.scheme.role_named(name).is_some_and(|role| roles.contains(&role));
        let holds = |number: u32| self.held().any(|a| a.number == number && roles.contains(&a.role));
        self.person.changes.iter().any(|change| {
            change.assignment().is_some_and(holds)
                || matches!(change, UserChange::Assign(spec) if named(&spec.role))
                || matches!(change, UserChange::Amend { role: Some(role), .. } if named(role))
        })
    }
}

/// The units at which a person is to be added.
fn assigned_units(state: &State, person: &ManageUser) -> Vec<UnitIx> {
    let assigned = person.changes.iter().filter_map(|change| {
        let UserChange::Assign(spec) = change else { return None };
        state.world.unit_ix(spec.unit.as_str())
    });
    assigned.collect()
}

/// Whether the kind of a request fits what everybody it is about holds, and what is asked for.
pub(super) fn kind_fits(state: &State, content: &Content, now: Instant) -> Judged {
    let mismatch = |why: &str| Err(Refusal::precondition(Reason::RequestKind).because(why));
    for person in &content.people {
        let user = known(state, person);
        let held = || user.into_iter().flat_map(|user| user.assignments()).filter(|a| a.held(now));
        let grants = || user.into_iter().flat_map(|user| user.grants().to_vec()).filter(|g| g.held(now));
        let exclusive = |a: &AssignmentRef<'_>| state.scheme.role(a.role).is_some_and(|role| role.exclusive);
        let suspended = |state: &AssignmentState| is_suspended(state, now);
        let fits = match content.kind {
            RequestKind::SetUp => held().all(|a| exclusive(&a)),
            RequestKind::Amend | RequestKind::Remove => held().next().is_some() || grants().next().is_some(),
            RequestKind::Suspend => {
                held().any(|a| !suspended(&a.options.state)) || grants().any(|g| !suspended(&g.state))
            }
            RequestKind::Reinstate => {
                held().any(|a| suspended(&a.options.state)) || grants().any(|g| suspended(&g.state))
            }
        };
        if !fits {
            return mismatch("what the person holds is of another kind of request");
        }
    }
    Ok(())
}

/// Whether every change is one that requests of this kind make. Nobody but an operator brings a username along.
pub(super) fn changes_belong(content: &Content) -> Judged {
    for person in &content.people {
        if let Some(index) = person.changes.iter().position(|change| !belongs(content.kind, change)) {
            let refusal = Refusal::new(Refused::Invalid, Reason::RequestKind).at_change(index);
            return Err(refusal.because("this change belongs to another kind of request, or to none"));
        }
        let brings_username =
            |change: &UserChange| matches!(change, UserChange::Create(NewUser { username: Some(_), .. }));
        if person.changes.iter().any(brings_username) {
            return Err(Refusal::new(Refused::Invalid, Reason::FieldLocked).at_field("username"));
        }
    }
    Ok(())
}

/// Whether a change is made by requests of a kind. Who somebody is, whose record is theirs, and a clearance are changed by
/// none.
fn belongs(kind: RequestKind, change: &UserChange) -> bool {
    match change {
        UserChange::SetOwnRecord(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SetClearance(_)
        | UserChange::UpdateProfile(_) => false,
        UserChange::Create(_) => kind == RequestKind::SetUp,
        UserChange::Assign(_) | UserChange::Grant(_) | UserChange::Enable => {
            matches!(kind, RequestKind::SetUp | RequestKind::Amend)
                || (kind == RequestKind::Reinstate && matches!(change, UserChange::Enable))
        }
        UserChange::SetHome(_) | UserChange::SetReportingRole(_) => {
            matches!(kind, RequestKind::SetUp | RequestKind::Amend)
        }
        UserChange::Amend { .. } | UserChange::AmendGrant(_) => kind == RequestKind::Amend,
        UserChange::End { .. } | UserChange::Remove { .. } | UserChange::EndGrant { .. } => {
            matches!(kind, RequestKind::Amend | RequestKind::Remove)
        }
        UserChange::Disable => matches!(kind, RequestKind::Remove | RequestKind::Suspend),
        UserChange::Suspend { .. } | UserChange::SuspendAt { .. } | UserChange::SuspendGrant { .. } => {
            kind == RequestKind::Suspend
        }
        UserChange::Reinstate { .. } | UserChange::ReinstateGrant { .. } => kind == RequestKind::Reinstate,
    }
}

/// Whether all is filled in and confirmed that the scheme asks of a request such as this; and nothing that it does not know.
pub(super) fn is_complete(state: &State, content: &Content, now: Instant) -> Judged {
    let rules = rules(state)?;
    let applying = applying(state, content, now);
    let asked = |occasion: &Occasion| is_asked(state, content, occasion, rules, &applying);
    for field in rules.fields.iter().filter(|field| asked(&field.compulsory)) {
        if content.fields.get(&field.name).is_none_or(|value| value.trim().is_empty()) {
            let refusal = Refusal::new(Refused::Invalid, Reason::FieldRequired);
            return Err(refusal.at_field(format!("fields.{}", field.name)).because(field.title.clone()));
        }
    }
    for sentence in rules.confirmations.iter().filter(|sentence| asked(&sentence.compulsory)) {
        if !content.confirmed.contains(&sentence.name) {
            let refusal = Refusal::new(Refused::Invalid, Reason::ConfirmationRequired);
            return Err(refusal
                .at_field(format!("confirmed.{}", sentence.name))
                .because(sentence.title.clone()));
        }
    }
    Ok(())
}

/// Refuses fields and confirmations that the scheme does not know.
pub(super) fn names_are_known(state: &State, content: &Content) -> Judged {
    let rules = rules(state)?;
    let unknown = |field: &str, known: Vec<&str>| {
        let refusal = Refusal::new(Refused::Invalid, Reason::UnknownName).at_field(field);
        Err(refusal.because(format!("one of: {}", known.join(", "))))
    };
    let fields: Vec<&str> = rules.fields.iter().map(|field| field.name.as_str()).collect();
    if content.fields.keys().any(|name| !fields.contains(&name.as_str())) {
        return unknown("fields", fields);
    }
    let sentences: Vec<&str> = rules.confirmations.iter().map(|one| one.name.as_str()).collect();
    if content.confirmed.iter().any(|name| !sentences.contains(&name.as_str())) {
        return unknown("confirmed", sentences);
    }
    Ok(())
}

fn is_asked(
    state: &State,
    content: &Content,
    occasion: &Occasion,
    rules: &RequestRules,
    applying: &[&ChangeRule],
) -> bool {
    let by_rule = || {
        let named = occasion.rules.iter().filter_map(|&rule| rules.rules.get(rule));
        named.into_iter().any(|rule| applying.iter().any(|other| other.name == rule.name))
    };
    let by_system = || {
        let systems = content.people.iter().flat_map(|person| &person.changes).filter_map(granted);
        let systems = systems.filter_map(|name| state.scheme.system_named(name));
        systems.into_iter().any(|system| occasion.systems.contains(system))
    };
    let by_placeholder = || {
        let units = content.people.iter().flat_map(|person| assigned_units(state, person));
        let stands_in = |unit| state.world.node(unit).is_some_and(|node| node.unit.placeholder);
        occasion.placeholder && units.into_iter().any(stands_in)
    };
    occasion.is_always()
        || occasion.kinds.contains(&content.kind)
        || by_rule()
        || by_system()
        || by_placeholder()
}

/// The system to which a change entitles somebody.
fn granted(change: &UserChange) -> Option<&str> {
    let takes_away = matches!(change, UserChange::SuspendGrant { .. } | UserChange::EndGrant { .. });
    change.system().filter(|_| !takes_away)
}

/// The desks that carry a request out by hand; none where it takes effect by itself.
pub(super) fn desks(state: &State, content: &Content) -> BTreeSet<String> {
    let usual = state.scheme.requests().map(|rules| &rules.fulfilment);
    let mut desks = BTreeSet::new();
    for change in content.people.iter().flat_map(|person| &person.changes) {
        let system = change.system().and_then(|name| state.scheme.system_named(name));
        let by =
            system.and_then(|ix| state.scheme.system(ix)).map_or(usual, |system| Some(&system.fulfilment));
        if let Some(Fulfilment::ByHand(desk)) = by {
            desks.insert(desk.clone());
        }
    }
    desks
}
