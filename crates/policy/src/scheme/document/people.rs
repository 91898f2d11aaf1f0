//! `[users]`, `[customers]`, `[matching]` and `[credentials]`: what a scheme says of people and their records.

use std::collections::BTreeSet;

use bailiwick_identity::{Field, kept};

use super::keys;
use super::names::check_name;
use super::read::{Section, listed, shown};
use crate::scheme::fault::At;
use crate::scheme::people::{CredentialRules, MatchingRules, OtherPlacements, Passwords};
use crate::scheme::{UserRules, UsernameRule};

const USERNAME: [(&str, UsernameRule); 2] =
    [("initial_and_last_name", UsernameRule::InitialAndLastName), ("email", UsernameRule::Email)];

const OTHER_PLACEMENTS: [(&str, OtherPlacements); 2] =
    [("hidden", OtherPlacements::Hidden), ("named", OtherPlacements::Named)];

const PASSWORDS: [(&str, Passwords); 2] = [("elsewhere", Passwords::Elsewhere), ("kept", Passwords::Kept)];

/// Only `user.identity.edit` changes these once they are set, whatever a scheme says.
const IDENTITY: [Field; 6] = [
    Field::Email,
    Field::FirstName,
    Field::MiddleInitial,
    Field::LastName,
    Field::BirthDate,
    Field::ProviderSubject,
];

/// What belongs to a person's access and is no field: never the person's own to change.
const NO_FIELDS: [&str; 6] =
    ["home_unit", "clearance", "external_ids", "user_type", "reporting_role", "own_record"];

/// Identifiers that a state gives its people.
const NATIONAL: [&str; 6] =
    ["ssn", "social-security-number", "ssn-last-four", "national-id", "national-insurance-number", "tax-id"];

/// A list of fields.
pub(super) fn fields(section: &Section<'_, '_>, key: &str) -> impl Iterator<Item = Field> {
    let words = section.words(key);
    let found: Vec<Field> = words.iter().filter_map(|(word, at)| field(section, word, at)).collect();
    found.into_iter()
}

fn field(section: &Section<'_, '_>, word: &str, at: &At) -> Option<Field> {
    let field = Field::named(word);
    if field.is_none() {
        let allowed = listed(Field::ALL.iter().map(|field| field.name()));
        section.faults().add_allowed(at, format!("unknown field `{}`", shown(word)), allowed);
    }
    field
}

/// `[users]`
pub(super) fn users(root: &Section<'_, '_>, credentials: &CredentialRules) -> UserRules {
    let mut rules = UserRules { locked: IDENTITY.into(), ..UserRules::default() };
    if credentials.second_factor {
        rules.compulsory.extend(&credentials.second_factor_fields);
    }
    let Some(section) = root.section("users", keys::USERS) else {
        rules.compulsory.extend(made_from(rules.username));
        return rules;
    };
    if section.has("fields") {
        let present: BTreeSet<Field> = fields(&section, "fields").collect();
        rules.absent = Field::ALL.into_iter().filter(|field| !present.contains(field)).collect();
    }
    rules.compulsory.extend(fields(&section, "compulsory"));
    rules.locked.extend(fields(&section, "locked"));
    rules.own = own(&section);
    rules.value_lists = value_lists(&section);
    rules.external_ids = section
        .words("external_ids")
        .into_iter()
        .map(|(word, at)| {
            check_name(word, &at, section.faults());
            if NATIONAL.contains(&word) {
                section.faults().add(&at, format!("`{word}`: national identifiers are never stored"));
            }
            word.to_owned()
        })
        .collect();
    for (word, at) in section.words("compulsory_external_ids") {
        external_id(&section, word, &at, &rules.external_ids);
        rules.compulsory_external_ids.insert(word.to_owned());
    }
    rules.phone_country = phone_country(&section);
    rules.username = section.choice("username", &USERNAME).unwrap_or_default();
    rules.compulsory.extend(made_from(rules.username));
    rules.shows_all_assignments = section.flag("shows_all_assignments", false);
    rules.enabled_by_add = section.flag("enabled_by_add", false);
    rules
}

/// The country of telephone numbers that name none.
fn phone_country(section: &Section<'_, '_>) -> Option<String> {
    let country = section.text("phone_country")?;
    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Some(country);
    }
    section.fault("phone_country", "must be a country's two capital letters, such as `US`");
    None
}

/// The fields that a username is made from: nobody is created without.
pub(in crate::scheme) fn made_from(rule: UsernameRule) -> &'static [Field] {
    match rule {
        UsernameRule::InitialAndLastName => &[Field::FirstName, Field::LastName],
        UsernameRule::Email => &[Field::Email],
    }
}

/// The fields that a person changes on itself.
fn own(section: &Section<'_, '_>) -> BTreeSet<Field> {
    let mut own = BTreeSet::new();
    for (word, at) in section.words("own") {
        let never = NO_FIELDS.contains(&word) || IDENTITY.iter().any(|field| field.name() == word);
        if never {
            section.faults().add(&at, format!("`{word}` is never a person's own to change"));
        } else {
            own.extend(field(section, word, &at));
        }
    }
    own
}

fn value_lists(section: &Section<'_, '_>) -> Vec<(Field, Vec<String>)> {
    let names = section.names("value_lists");
    let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    let Some(lists) = section.section("value_lists", &known) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, _) in names {
        let Some(field) = Field::named(name) else { continue };
        let texts = lists.texts(name);
        if texts.is_empty() && lists.is_list(name) && !lists.is_wrong(name) {
            lists.fault(name, "must have at least one value");
        }
        for (text, at) in &texts {
            if kept(field, text).as_ref() != Ok(text) {
                lists.faults().add(at, format!("`{}` is no value that this field can have", shown(text)));
            }
        }
        found.push((field, texts.into_iter().map(|(text, _)| text).collect()));
    }
    found
}

fn external_id(section: &Section<'_, '_>, word: &str, at: &At, known: &BTreeSet<String>) {
    if !known.contains(word) {
        section.faults().add_allowed(at, format!("unknown external id `{}`", shown(word)), listed(known));
    }
}

/// `[customers]`
pub(super) fn other_placements(root: &Section<'_, '_>) -> OtherPlacements {
    let section = root.section("customers", keys::CUSTOMERS);
    section.and_then(|s| s.choice("other_placements", &OTHER_PLACEMENTS)).unwrap_or_default()
}

/// `[matching]`
pub(super) fn matching(root: &Section<'_, '_>, users: &UserRules) -> MatchingRules {
    let mut rules = MatchingRules { external_ids: users.external_ids.clone(), ..MatchingRules::default() };
    let Some(section) = root.section("matching", keys::MATCHING) else { return rules };
    if section.has("external_ids") {
        rules.external_ids.clear();
    }
    for (word, at) in section.words("external_ids") {
        external_id(&section, word, &at, &users.external_ids);
        rules.external_ids.insert(word.to_owned());
    }
    rules.per_hour = section.number("per_hour", 1).unwrap_or(rules.per_hour);
    rules
}

/// `[credentials]`
pub(super) fn credentials(root: &Section<'_, '_>) -> CredentialRules {
    let usual = CredentialRules::default();
    let Some(section) = root.section("credentials", keys::CREDENTIALS) else { return usual };
    CredentialRules {
        passwords: section.choice("passwords", &PASSWORDS).unwrap_or_default(),
        shown_to_manager: section.flag("shown_to_manager", false),
        activation_mailed: section.flag("activation_mailed", false),
        activation_valid: section.duration("activation_valid").unwrap_or(usual.activation_valid),
        reset_valid: section.duration("reset_valid").unwrap_or(usual.reset_valid),
        minimum_length: section.number("minimum_length", 8).unwrap_or(usual.minimum_length),
        second_factor: section.flag("second_factor", false),
        second_factor_fields: fields(&section, "second_factor_fields").collect(),
    }
}
