//! Faults with their lines, the order of items, the split into commands, and the way back to TOML.

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item as Kind;

use super::{Plan, Step, World, write};

fn faults(text: &str) -> Vec<String> {
    World::parse(text).unwrap_err().iter().map(ToString::to_string).collect()
}

/// The name of what an item is about.
fn name(item: &v1::LoadItem) -> String {
    match item.item.as_ref().unwrap() {
        Kind::Unit(unit) => unit.unit.clone(),
        Kind::User(user) => user.user.clone(),
        Kind::Placement(placement) => format!("{}@{}", placement.customer, placement.unit),
        Kind::CaseloadEntry(entry) => format!("case of {}", entry.user),
        Kind::Grant(grant) => format!("grant of {}", grant.user),
    }
}

fn names(world: &World) -> Vec<String> {
    world.items.iter().map(|item| name(&item.item)).collect()
}

const SMALL: &str = r#"
title = "Acme"
scheme = "eto"

[users.sam]
home = "north"
own_record = "c-1"
same_person = "dana"

[users.dana]
first_name = "Dana"
home = "north"
line_manager = "ruth"
external_ids = { staff_number = "4711" }
assignments = [
  { unit = "north", role = "staff", only = [], note = "say \"hello\"" },
  { unit = "acme", role = "funder", scope = "all", starts_at = "2091-01-01T00:00:00Z", suspended = true },
]
caseload = { jobs = ["c-1"] }
grants = [{ system = "verint", reason = "trial", suspended_until = "2091-02-01T00:00:00Z" }]

[users.ruth]
home = "acme"

[units]
jobs = { kind = "program", in = ["north", "south"], archived = true }
north = { kind = "site", name = "North", in = "acme" }
south = { kind = "site", in = "acme" }
acme = { kind = "enterprise" }

[customers]
c-1 = { enrolled = ["jobs"], dismissed = "south" }
"#;

#[test]
fn nothing_names_what_comes_after_it() {
    let world = World::parse(SMALL).unwrap();
    assert_eq!(
        names(&world),
        [
            "units/acme",
            "units/north",
            "units/south",
            "units/jobs",
            "users/ruth",
            "users/dana",
            "customers/c-1@units/jobs",
            "customers/c-1@units/south",
            "users/sam",
            "case of users/dana",
            "grant of users/dana",
        ]
    );
    let archived: Vec<_> = world.archived.iter().map(|archived| archived.unit.as_str()).collect();
    assert_eq!(archived, ["units/jobs"]);
    assert_eq!(world.suspended.len(), 1);
    assert_eq!(world.suspended[0].changes.len(), 2);
}

#[test]
fn options_are_read_as_they_stand() {
    let world = World::parse(SMALL).unwrap();
    let Some(Kind::User(dana)) = world.items[5].item.item.clone() else { panic!("the sixth item is a user") };
    let options = dana.assignments[0].options.as_ref().unwrap();
    let only = v1::assignment_options::Scope::Only(v1::OnlyUnits { units: Vec::new() });
    assert_eq!(options.scope, Some(only), "`only = []` is not the same as no scope");
    assert_eq!(options.note, "say \"hello\"");
    assert_eq!(dana.profile.unwrap().line_manager, "users/ruth");
}

#[test]
fn every_fault_has_its_line_and_key() {
    let text = r#"colour = "red"
[units]
acme = { kind = "enterprise", in = "nowhere" }
"b d" = { kind = 3 }

[users.dana]
hom = "acme"
ssn = "078-05-1120"
assignments = [
  { unit = "acme", scope = "some", only = ["acme", "acme"], starts_at = "tomorrow" },
  7,
]
caseload = { acme = ["c-9"] }

[customers]
c-1 = {}
"#;
    assert_eq!(
        faults(text),
        [
            "line 1, colour: is no key that is known here; allowed: title, scheme, adds_to_realm, units, users, customers",
            "line 3, units.acme.in: the file has no unit `nowhere`",
            "line 4, units.\"b d\": is no id; allowed: 1 to 128 of `A-Z a-z 0-9 - _ . ~ :`, a letter or digit first",
            "line 4, units.\"b d\".kind: is a number; allowed: a text in quotation marks",
            "line 6, users.dana: `home` is missing",
            USER_KEYS.replace("LINE", "line 7, users.dana.hom").as_str(),
            USER_KEYS.replace("LINE", "line 8, users.dana.ssn").as_str(),
            "line 10, users.dana.assignments[1]: has both `scope` and `only`; allowed: one of them",
            "line 10, users.dana.assignments[1]: `role` is missing",
            "line 10, users.dana.assignments[1].scope: is none of the words known here; allowed: `all`",
            "line 10, users.dana.assignments[1].only[2]: `acme` is named twice",
            "line 10, users.dana.assignments[1].starts_at: is no instant; allowed: an instant in quotation marks: \
             `\"2031-05-06T09:00:00Z\"`",
            "line 11, users.dana.assignments[2]: is a number, not a table",
            "line 13, users.dana.caseload.acme[1]: the file has no customer `c-9`",
            "line 16, customers.c-1: is placed nowhere; allowed: `enrolled` or `dismissed`, with units",
        ]
    );
}

const USER_KEYS: &str = "LINE: is no key that is known here; allowed: home, line_manager, same_person, own_record, \
    username, prefix, first_name, middle_initial, last_name, suffix, email, birth_date, work_phone, cell_phone, \
    pager, zip, location, provider_subject, external_ids, assignments, reporting_role, clearance, disabled, \
    caseload, grants";

#[test]
fn circles_are_faults() {
    let text = "[units]\na = { kind = \"k\", in = \"b\" }\nb = { kind = \"k\", in = \"a\" }\n\
        [users.x]\nhome = \"a\"\nsame_person = \"x\"\n";
    assert_eq!(
        faults(text),
        [
            "line 2, units.a: lies below itself",
            "line 3, units.b: lies below itself",
            "line 4, users.x: comes, by `same_person` or `line_manager`, before itself",
        ]
    );
}

#[test]
fn a_case_needs_an_enrolled_customer() {
    let text = "[units]\na = { kind = \"k\" }\n[users.x]\nhome = \"a\"\ncaseload = { a = [\"c\"] }\n\
        [customers]\nc = { dismissed = [\"a\"] }\n";
    assert_eq!(faults(text), ["line 5, users.x.caseload.a[1]: `c` is not enrolled in `a`"]);
}

#[test]
fn what_is_no_toml_is_one_fault_with_its_line() {
    let found = faults("[units]\nacme = {\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("line "), "{found:?}");
    let found = faults("[units]\na = { kind = \"k\" }\na = { kind = \"k\" }\n");
    assert!(found[0].starts_with("line 3"), "{found:?}");
}

#[test]
fn no_document_brings_the_reader_down() {
    let bare = "[units]\na = { kind = \"k\" }\n";
    let hostile = [
        "a.b = 1\n[[a]]\nc = 1\n".to_owned(),
        "[[users]]\n[users]\n".to_owned(),
        "units = 1".to_owned(),
        "[users]\nx = [[[1]]]".to_owned(),
        format!("{bare}x = {}", "[".repeat(100_000)),
        format!("{bare}x = {}", "{ a = ".repeat(100_000)),
        format!("[{}]", "a.".repeat(100_000)),
        "\u{feff}\u{feff}[units]".to_owned(),
        "[units]\r\n\0".to_owned(),
    ];
    for text in hostile {
        assert!(World::parse(&text).is_err(), "{}", text.chars().take(40).collect::<String>());
    }
}

#[test]
fn a_file_may_add_to_a_realm() {
    let text = "adds_to_realm = true\n[units]\nannex = { kind = \"site\", in = \"acme\" }\n";
    assert_eq!(names(&World::parse(text).unwrap()), ["units/annex"]);
}

#[test]
fn commands_hold_at_most_a_thousand_changes_and_keep_their_names() {
    let mut text = String::from("[units]\na = { kind = \"k\" }\n");
    for user in 0..900 {
        let held = r#"[{ unit = "a", role = "r" }, { unit = "a", role = "s" }]"#;
        text.push_str(&format!("[users.u-{user}]\nhome = \"a\"\nassignments = {held}\n"));
    }
    let world = World::parse(&text).unwrap();
    let plan = Plan::new(&world, "realms/x");
    // One unit and 333 users of three changes each make 1,000; the other 567 users make 999 and 702.
    let sizes: Vec<_> = plan.steps.iter().map(Step::size).collect();
    assert_eq!(sizes, [334, 333, 234]);
    let ids: Vec<_> = plan.steps.iter().map(|step| step.request_id().to_owned()).collect();
    assert_eq!(ids[2], format!("load:{}:3", world.digest));
    assert_eq!(world.digest.len(), 64);
    assert_eq!(
        plan,
        Plan::new(&World::parse(&text).unwrap(), "realms/x"),
        "the same file gives the same commands"
    );
    let Step::Load { lines, .. } = &plan.steps[0] else { panic!("the first step loads") };
    assert_eq!(lines[..3], [2, 3, 6]);
}

#[test]
fn commands_stay_within_what_a_server_takes() {
    let mut text = String::from("[units]\na = { kind = \"k\" }\n");
    let note = "x".repeat(10_000);
    for user in 0..200 {
        let held = format!(r#"[{{ unit = "a", role = "r", note = "{note}" }}]"#);
        text.push_str(&format!("[users.u-{user}]\nhome = \"a\"\nassignments = {held}\n"));
    }
    let plan = Plan::new(&World::parse(&text).unwrap(), "realms/x");
    assert_eq!(plan.steps.len(), 3, "two megabytes in commands of less than one");
}

#[test]
fn a_refusal_leads_back_to_its_line() {
    let plan = Plan::new(&World::parse(SMALL).unwrap(), "realms/x");
    let mut error = crate::Error::usage("no");
    assert_eq!(plan.steps[0].line(&error), None);
    error
        .fields
        .push(crate::FieldViolation { field: "items[4].user.profile.email".into(), problem: "no".into() });
    assert_eq!(plan.steps[0].line(&error), Some(22), "the fifth item is ruth");
    error.index = Some(0);
    assert_eq!(plan.steps[0].line(&error), Some(29), "the first item is acme");
}

#[test]
fn suspensions_and_archives_are_the_last_steps() {
    let plan = Plan::new(&World::parse(SMALL).unwrap(), "realms/x");
    assert!(matches!(
        plan.steps.as_slice(),
        [Step::Load { .. }, Step::Suspend { line: 10, .. }, Step::Archive { line: 26, .. }]
    ));
}

#[test]
fn a_written_world_reads_the_same() {
    let world = World::parse(SMALL).unwrap();
    let items: Vec<_> = world.items.iter().map(|item| item.item.clone()).collect();
    let again = World::parse(&write(&world.title, &world.scheme, &items)).unwrap();
    let items_again: Vec<_> = again.items.iter().map(|item| item.item.clone()).collect();
    assert_eq!(items, items_again);
    assert_eq!((again.title, again.scheme), (world.title, world.scheme));
}
