//! `[requests]`: changes that wait for their approvers.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::names::{Names, check_name};
use super::read::{Section, listed, shown};
use super::{keys, systems};
use crate::scheme::requests::{
    ChangeKind, ChangeRule, Confirmation, Occasion, Positions, RequestField, RequestKind, RequestRules,
};
use crate::scheme::role::{Rank, Role};
use crate::scheme::{ByRequest, Compulsory};

const KINDS: [(&str, RequestKind); 5] = [
    ("set_up", RequestKind::SetUp),
    ("amend", RequestKind::Amend),
    ("remove", RequestKind::Remove),
    ("suspend", RequestKind::Suspend),
    ("reinstate", RequestKind::Reinstate),
];

const BY_REQUEST: [(&str, ByRequest); 4] = [
    ("create", ByRequest::Create),
    ("enable", ByRequest::Enable),
    ("holdings", ByRequest::Holdings),
    ("grants", ByRequest::Grants),
];

/// The sorts of change that a rule can be about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Request,
    Move,
    Additional,
    Role,
}

const SORTS: [(&str, Sort); 4] = [
    ("request", Sort::Request),
    ("move", Sort::Move),
    ("additional", Sort::Additional),
    ("role", Sort::Role),
];

/// A fortnight: how long a request waits where the scheme says nothing.
const TIME_ALLOWED: Duration = Duration::from_secs(14 * 86_400);

/// `[requests]`; none where the scheme has none.
pub(super) fn read(root: &Section<'_, '_>, names: &Names, roles: &[Role]) -> Option<RequestRules> {
    let section = root.section("requests", keys::REQUESTS)?;
    if !section.has("kinds") {
        section.fault("kinds", "must be there");
    } else if section.is_list("kinds") && section.words("kinds").is_empty() {
        section.fault("kinds", "must name at least one kind of request");
    }
    let kinds: BTreeSet<RequestKind> = set(&section, "kinds", &KINDS);
    let mut self_request = BTreeSet::new();
    for (kind, at) in section.choices("self_request", &KINDS) {
        if !kinds.contains(&kind) {
            section.faults().add(&at, "is no kind of request of this scheme: name it under `kinds` too");
        }
        self_request.insert(kind);
    }
    let rules = rules(&section, names, roles, &kinds);
    let rule_names: HashMap<&str, usize> = rules.iter().map(|r| r.name.as_str()).zip(0..).collect();
    let fields = section.entries("fields", keys::REQUEST_FIELD);
    let field_names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let known = Known { kinds: &kinds, rules: &rule_names, fields: &field_names };
    let fields = fields.iter().map(|(name, s)| request_field(name, s, names, &known)).collect();
    let confirmations = section.entries("confirmations", keys::CONFIRMATION).into_iter().map(|(name, s)| {
        check_name(name, s.at(), s.faults());
        if !s.has("title") {
            s.fault("title", "must be there: the sentence that is confirmed");
        }
        let compulsory = occasion(&s, names, &known);
        Confirmation { name: name.to_owned(), title: s.text_or("title", name), compulsory }
    });
    let confirmations = confirmations.collect();
    Some(RequestRules {
        only_by_request: set(&section, "only_by_request", &BY_REQUEST),
        self_request,
        rejection_reason: compulsory(section.flag("rejection_reason", false)),
        time_allowed: section.duration("time_allowed").unwrap_or(TIME_ALLOWED),
        fulfilment: systems::fulfilment(&section, names),
        positions: positions(&section, names),
        rules,
        fields,
        confirmations,
        kinds,
    })
}

fn set<T: Copy + Ord>(section: &Section<'_, '_>, key: &str, choices: &[(&str, T)]) -> BTreeSet<T> {
    section.choices(key, choices).into_iter().map(|(choice, _)| choice).collect()
}

fn compulsory(yes: bool) -> Compulsory {
    if yes { Compulsory::Yes } else { Compulsory::No }
}

/// `[requests.positions]`
fn positions(section: &Section<'_, '_>, names: &Names) -> Option<Positions> {
    let inner = section.section("positions", keys::POSITIONS)?;
    for key in keys::POSITIONS {
        if !inner.has(key) {
            inner.fault(key, "must be there");
        }
    }
    let words = inner.words("kinds");
    if inner.is_list("kinds") && words.is_empty() {
        inner.fault("kinds", "must name at least one kind");
    }
    let kinds = names.kind_set(&words, inner.faults());
    let without_clearance = inner.number("without_clearance", 1);
    let additional = inner.number("additional", 0);
    Some(Positions { kinds, without_clearance: without_clearance?, additional: additional? })
}

/// `[requests.rules.NAME]`
fn rules(
    section: &Section<'_, '_>,
    names: &Names,
    roles: &[Role],
    known: &BTreeSet<RequestKind>,
) -> Vec<ChangeRule> {
    let mut rules = Vec::new();
    for (name, s) in section.entries("rules", keys::RULE) {
        check_name(name, s.at(), s.faults());
        if !["author", "approver", "receiving_approver"].iter().any(|key| s.has(key)) {
            s.fault("approver", "a rule asks something: `author`, `approver` or `receiving_approver`");
        }
        let rank = |key| rank(&s, key, names, roles);
        rules.push(ChangeRule {
            name: name.to_owned(),
            title: s.text_or("title", name),
            author: rank("author"),
            approver: rank("approver"),
            receiving_approver: rank("receiving_approver"),
            change: change(&s, names, known),
        });
    }
    rules
}

/// The changes that a rule is about.
fn change(section: &Section<'_, '_>, names: &Names, known: &BTreeSet<RequestKind>) -> ChangeKind {
    let sort = section.choice("change", &SORTS);
    if !section.has("change") {
        let allowed = listed(SORTS.iter().map(|(name, _)| name));
        section.faults().add_allowed(&section.at_key("change"), "must be there", allowed);
    }
    for (key, sorts) in [
        ("kinds", &[Sort::Request][..]),
        ("across", &[Sort::Move, Sort::Additional]),
        ("roles", &[Sort::Role]),
    ] {
        let Some(sort) = sort else { break };
        match (sorts.contains(&sort), section.has(key)) {
            (true, false) => section.fault(key, "must be there for this sort of change"),
            (false, true) => section.fault(key, "does not go with this sort of change"),
            (true, true) | (false, false) => {}
        }
    }
    let across = section.word("across").and_then(|(word, at)| names.kind(word, &at, section.faults()));
    let kinds = request_kinds(section, known);
    let roles = names.role_list(&section.words("roles"), section.faults()).into_iter().collect();
    match (sort, across) {
        (Some(Sort::Move), Some(kind)) => ChangeKind::Move(kind),
        (Some(Sort::Additional), Some(kind)) => ChangeKind::Additional(kind),
        (Some(Sort::Role), _) => ChangeKind::Role(roles),
        (Some(Sort::Request | Sort::Move | Sort::Additional) | None, _) => ChangeKind::Request(kinds),
    }
}

fn request_kinds(section: &Section<'_, '_>, known: &BTreeSet<RequestKind>) -> BTreeSet<RequestKind> {
    let mut kinds = BTreeSet::new();
    for (kind, at) in section.choices("kinds", &KINDS) {
        if !known.contains(&kind) {
            section.faults().add(&at, "is no kind of request of this scheme");
        }
        kinds.insert(kind);
    }
    kinds
}

/// A rank, named by a role that has it.
fn rank(section: &Section<'_, '_>, key: &str, names: &Names, roles: &[Role]) -> Option<Rank> {
    let (word, at) = section.word(key)?;
    let role = names.role(word, &at, section.faults())?;
    let rank = roles.get(usize::from(role.0)).and_then(|role| role.rank);
    if rank.is_none() && !section.faults().within(&format!("roles.{word}")) {
        let problem = format!("`{}` is unranked: a least rank is named by a ranked role", shown(word));
        section.faults().add(&at, problem);
    }
    rank
}

/// What an occasion may name beside what the whole scheme names.
struct Known<'k> {
    kinds: &'k BTreeSet<RequestKind>,
    rules: &'k HashMap<&'k str, usize>,
    fields: &'k [&'k str],
}

/// `[requests.fields.NAME]`
fn request_field(name: &str, section: &Section<'_, '_>, names: &Names, known: &Known<'_>) -> RequestField {
    check_name(name, section.at(), section.faults());
    let occasion = occasion(section, names, known);
    let is_optional = section.flag("optional", false);
    if is_optional && !occasion.is_always() {
        section.fault("optional", "what is optional is compulsory nowhere: name no occasion");
    }
    let compulsory = (!is_optional).then_some(occasion);
    RequestField { name: name.to_owned(), title: section.text_or("title", name), compulsory }
}

/// When a field or confirmation is compulsory.
fn occasion(section: &Section<'_, '_>, names: &Names, known: &Known<'_>) -> Occasion {
    let faults = section.faults();
    let mut places = BTreeSet::new();
    for (word, at) in section.words("rules") {
        match known.rules.get(word) {
            Some(&place) => {
                places.insert(place);
            }
            None => {
                let mut all: Vec<_> = known.rules.iter().collect();
                all.sort_by_key(|(_, place)| **place);
                let allowed = listed(all.into_iter().map(|(name, _)| name));
                faults.add_allowed(&at, format!("unknown rule `{}`", shown(word)), allowed);
            }
        }
    }
    let mut fields = BTreeSet::new();
    for (word, at) in section.words("fields") {
        if !known.fields.contains(&word) {
            faults.add_allowed(&at, format!("unknown field `{}`", shown(word)), listed(known.fields));
        }
        fields.insert(word.to_owned());
    }
    Occasion {
        kinds: request_kinds(section, known.kinds),
        rules: places,
        systems: names.system_set(&section.words("systems"), faults),
        placeholder: section.flag("placeholder", false),
        fields,
    }
}
