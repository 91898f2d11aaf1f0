//! What a scheme says of requests: which changes ask more of author and approvers, what must be filled in and confirmed, and
//! whose desk carries out what.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{KindIx, UnitIx};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::{ChangeKind, ChangeRule, Fulfilment, Occasion, RequestRules};

use super::moves::above;
use super::person::Person;
use crate::command::{ManageUser, UserChange};
use crate::decide::Judged;
use crate::refusal::{Refusal, Refused};
use crate::request::{Content, ReadRequest};
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
    let mut people = Person::all(state, content, now);
    match change {
        ChangeKind::Request(kinds) => kinds.contains(&content.kind),
        ChangeKind::Role(roles) => people.any(|person| person.is_concerned(roles)),
        ChangeKind::Move(kind) => people.any(|person| person.moves(*kind)),
        ChangeKind::Additional(kind) => people.any(|person| {
            let (home, begun) = (person.settled(*kind), person.begun(*kind));
            !home.is_empty() && begun.iter().any(|unit| !home.contains(unit))
        }),
    }
}

/// Whether each move is in one form, of several that are submitted together: what is asked more of it, is asked of that form.
pub(super) fn moves_are_whole(state: &State, forms: &[ReadRequest], now: Instant) -> Judged {
    let kinds = rules(state)?.rules.iter().filter_map(|rule| match rule.change {
        ChangeKind::Move(kind) => Some(kind),
        ChangeKind::Request(_) | ChangeKind::Additional(_) | ChangeKind::Role(_) => None,
    });
    let kinds: BTreeSet<KindIx> = kinds.collect();
    let mut together: BTreeMap<&UserId, ManageUser> = BTreeMap::new();
    for (index, form) in forms.iter().enumerate() {
        for person in Person::all(state, &form.content, now) {
            let moved = |asked: &ManageUser| {
                kinds
                    .iter()
                    .filter(|&&kind| Person { state, now, asked, user: person.user }.moves(kind))
                    .count()
            };
            let nothing = || ManageUser { changes: Vec::new(), ..person.asked.clone() };
            let all = together.entry(&person.asked.user).or_insert_with(nothing);
            let apart = moved(all) + moved(person.asked);
            all.changes.extend(person.asked.changes.iter().cloned());
            if moved(all) > apart {
                let refusal =
                    Refusal::precondition(Reason::RequestKind).at_field(format!("requests[{index}]"));
                return Err(refusal.because(
                    "what ends in one form and begins in another is a move: ask for it in one form",
                ));
            }
        }
    }
    Ok(())
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
        && Person::all(state, content, now).any(|person| {
            // Of who holds nothing, the first place is where they come to be.
            let held: Vec<UnitIx> = person.held().map(|a| a.unit).collect();
            let settled = match held.is_empty() {
                true => person.added_at().into_iter().take(1).collect(),
                false => held,
            };
            !settled.into_iter().any(|at| places(at).iter().any(|place| there.contains(place)))
        })
}

/// Whether all is filled in and confirmed that the scheme asks of a request such as this; and nothing that it does not know.
pub(super) fn is_complete(state: &State, content: &Content, now: Instant) -> Judged {
    let rules = rules(state)?;
    let applying = applying(state, content, now);
    let placeholder = stands_in(state, content, now);
    let asked = |occasion: &Occasion| {
        is_asked(state, content, occasion, rules, &applying) || (occasion.placeholder && placeholder)
    };
    for field in rules.fields.iter().filter(|field| field.compulsory.as_ref().is_some_and(asked)) {
        if !is_filled_in(content, &field.name) {
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
    let by_field = || occasion.fields.iter().any(|field| is_filled_in(content, field));
    occasion.is_always() || occasion.kinds.contains(&content.kind) || by_rule() || by_system() || by_field()
}

fn is_filled_in(content: &Content, field: &str) -> bool {
    content.fields.get(field).is_some_and(|value| !value.trim().is_empty())
}

/// Whether somebody is to be added at a placeholder.
fn stands_in(state: &State, content: &Content, now: Instant) -> bool {
    let mut units = Person::all(state, content, now).flat_map(|person| person.added_at());
    units.any(|unit| state.world.node(unit).is_some_and(|node| node.unit.placeholder))
}

/// The system to which a change entitles somebody.
pub(super) fn granted(change: &UserChange) -> Option<&str> {
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
