//! Users and what they hold: `[users]`.

use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change;

use super::fault::At;
use super::places::repeated;
use super::read::{Named, Section};

/// A user of the file.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) at: At,
    pub(super) load: v1::LoadUser,
    /// The units that anything of the user names.
    pub(super) units: Vec<Named>,
    /// The users that must be there before.
    pub(super) before: Vec<Named>,
    /// The customer whose record is the user's own.
    pub(super) own_record: Option<Named>,
    /// What is suspended once it is there.
    pub(super) suspensions: Vec<v1::UserChange>,
    /// The cases.
    pub(super) cases: Vec<Case>,
    /// The grants of systems.
    pub(super) grants: Vec<(At, v1::GrantSystem)>,
}

/// One case of a user's caseload.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) unit: Named,
    pub(super) customer: Named,
}

/// Reads `[users]`.
pub(super) fn users(root: &mut Section<'_>) -> Vec<Person> {
    root.by_id("users").into_iter().map(|(id, section)| user(id, section)).collect()
}

fn user(id: String, mut section: Section<'_>) -> Person {
    let mut person = Person { at: section.at.clone(), ..Person::default() };
    let home = section.required_id("home");
    let line_manager = section.id("line_manager");
    let same_person = section.id("same_person");
    person.own_record = section.id("own_record");
    person.load = v1::LoadUser {
        user: format!("users/{id}"),
        username: section.text("username").unwrap_or_default(),
        home_unit: home.as_ref().map(|home| format!("units/{}", home.id)).unwrap_or_default(),
        profile: Some(profile(&mut section, line_manager.as_ref())),
        assignments: assignments(&mut section, &mut person),
        reporting_role: section.text("reporting_role").unwrap_or_default(),
        own_record: person.own_record.as_ref().map(|own| format!("customers/{}", own.id)).unwrap_or_default(),
        same_person: same_person.as_ref().map(|other| format!("users/{}", other.id)).unwrap_or_default(),
        clearance: section.flag("clearance"),
        disabled: section.flag("disabled"),
    };
    person.units.extend(home);
    person.before.extend(same_person);
    person.before.extend(line_manager);
    person.cases = cases(&mut section);
    grants(&mut section, &mut person);
    section.finish();
    person.id = id;
    person
}

fn profile(section: &mut Section<'_>, line_manager: Option<&Named>) -> v1::Profile {
    let mut text = |key| section.text(key).unwrap_or_default();
    v1::Profile {
        prefix: text("prefix"),
        first_name: text("first_name"),
        middle_initial: text("middle_initial"),
        last_name: text("last_name"),
        suffix: text("suffix"),
        email: text("email"),
        birth_date: text("birth_date"),
        work_phone: text("work_phone"),
        cell_phone: text("cell_phone"),
        pager: text("pager"),
        zip: text("zip"),
        location: text("location"),
        provider_subject: text("provider_subject"),
        line_manager: line_manager.map(|manager| format!("users/{}", manager.id)).unwrap_or_default(),
        external_ids: section.texts("external_ids").into_iter().collect(),
    }
}

fn assignments(section: &mut Section<'_>, person: &mut Person) -> Vec<v1::Assign> {
    let mut made = Vec::new();
    for (number, mut section) in (1_u32..).zip(section.tables("assignments")) {
        made.push(assignment(&mut section, person));
        if let Some((starts_at, ends_at)) = suspension(&mut section) {
            let assignment = format!("assignments/{number}");
            let change = Change::SuspendAssignment(v1::SuspendAssignment { assignment, starts_at, ends_at });
            person.suspensions.push(v1::UserChange { change: Some(change) });
        }
        section.finish();
    }
    made
}

fn assignment(section: &mut Section<'_>, person: &mut Person) -> v1::Assign {
    let unit = section.required_id("unit");
    let scope = scope(section, person);
    let default_unit = section.id("default_unit");
    let exempt = listed(section, "exempt_units", person);
    let own = listed(section, "own_caseload_units", person);
    let others = listed(section, "others_caseload_units", person);
    let user_management = section.choice(
        "user_management",
        &[
            ("none", v1::UserManagement::None),
            ("view", v1::UserManagement::View),
            ("manage", v1::UserManagement::Manage),
        ],
    );
    let options = v1::AssignmentOptions {
        scope,
        default_unit: default_unit.as_ref().map(|unit| format!("units/{}", unit.id)).unwrap_or_default(),
        user_type: section.text("user_type").unwrap_or_default(),
        user_management: user_management.unwrap_or_default().into(),
        caseload_only: section.flag("caseload_only"),
        exempt_units: exempt,
        own_caseload_units: own,
        others_caseload_units: others,
        starts_at: section.instant("starts_at"),
        ends_at: section.instant("ends_at"),
        note: section.text("note").unwrap_or_default(),
    };
    let assign = v1::Assign {
        unit: unit.as_ref().map(|unit| format!("units/{}", unit.id)).unwrap_or_default(),
        role: section.required_text("role"),
        options: (options != v1::AssignmentOptions::default()).then_some(options),
        ..v1::Assign::default()
    };
    person.units.extend(unit);
    person.units.extend(default_unit);
    assign
}

fn scope(section: &mut Section<'_>, person: &mut Person) -> Option<v1::assignment_options::Scope> {
    use v1::assignment_options::Scope;
    let both = section.has("scope") && section.has("only");
    let all = section.choice("scope", &[("all", ())]);
    let only = section.ids("only");
    if both {
        section.faults().add_allowed(&section.at, "has both `scope` and `only`", "one of them");
    }
    match only {
        Some(only) => {
            repeated(&only, section);
            let units = only.iter().map(|unit| format!("units/{}", unit.id)).collect();
            person.units.extend(only);
            Some(Scope::Only(v1::OnlyUnits { units }))
        }
        None => all.map(|()| Scope::All(v1::AllUnits {})),
    }
}

fn listed(section: &mut Section<'_>, key: &'static str, person: &mut Person) -> Vec<String> {
    let units = section.ids(key).unwrap_or_default();
    repeated(&units, section);
    let names = units.iter().map(|unit| format!("units/{}", unit.id)).collect();
    person.units.extend(units);
    names
}

/// From when and until when an assignment or a grant is suspended, if it is.
fn suspension(
    section: &mut Section<'_>,
) -> Option<(Option<prost_types::Timestamp>, Option<prost_types::Timestamp>)> {
    let suspended = section.flag("suspended");
    let from = section.instant("suspended_from");
    let until = section.instant("suspended_until");
    (suspended || from.is_some() || until.is_some()).then_some((from, until))
}

fn cases(section: &mut Section<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (unit, customers) in section.id_lists("caseload") {
        repeated(&customers, section);
        cases.extend(customers.into_iter().map(|customer| Case { unit: unit.clone(), customer }));
    }
    cases
}

fn grants(section: &mut Section<'_>, person: &mut Person) {
    for mut section in section.tables("grants") {
        let system =
            section.required_id("system").map(|named| format!("systems/{}", named.id)).unwrap_or_default();
        let grant = v1::GrantSystem {
            system: system.clone(),
            starts_at: section.instant("starts_at"),
            ends_at: section.instant("ends_at"),
            reason: section.text("reason").unwrap_or_default(),
        };
        if let Some((starts_at, ends_at)) = suspension(&mut section) {
            let change = Change::SuspendGrant(v1::SuspendGrant { system, starts_at, ends_at });
            person.suspensions.push(v1::UserChange { change: Some(change) });
        }
        person.grants.push((section.at.clone(), grant));
        section.finish();
    }
}
