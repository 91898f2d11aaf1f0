//! How many positions one person holds, with and without a clearance.

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Body, Stage, UserChange};

use super::office::{Office, add, end, form, lasting, person, why};

fn office() -> Office {
    let mut office = Office::new();
    for number in 4..=15 {
        office.unit(&format!("p{number}"), "position", &format!("CW{number:03}"), Some("t11"));
    }
    office
}

fn cleared(office: &mut Office, user: &str) {
    office.operate(Body::ManageUser(person(user, vec![UserChange::SetClearance(true)])));
}

#[test]
fn a_third_position_needs_a_clearance() {
    let mut office = office();
    let more = |positions: &[&str]| {
        let changes = positions.iter().map(|position| add(position, "caseworker")).collect();
        form(RequestKind::Amend, "cw", changes)
    };
    assert_eq!(why(office.ask("tl11", more(&["p2"]))), None);
    assert_eq!(why(office.ask("tl11", more(&["p2", "p3"]))), Some(Reason::ClearanceRequired));
    // Nor by any other way: an operator is bound by limits, too.
    let direct = vec![add("p2", "caseworker"), add("p3", "caseworker")];
    let direct = Body::ManageUser(person("cw", direct));
    assert_eq!(why(office.give(super::office::acting(""), direct)), Some(Reason::ClearanceRequired));
    cleared(&mut office, "cw");
    let id = office.ask("tl11", more(&["p2", "p3"])).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.stage(&id), Stage::Fulfilled);
}

#[test]
fn a_clearance_is_in_no_request() {
    let mut office = office();
    let with = vec![UserChange::SetClearance(true), add("p2", "caseworker"), add("p3", "caseworker")];
    assert_eq!(why(office.draft("sm1", form(RequestKind::Amend, "cw", with))), Some(Reason::RequestKind));
}

#[test]
fn ten_additional_positions_are_the_most() {
    let mut office = office();
    cleared(&mut office, "cw");
    let more = |count: u32| {
        let changes = (2..2 + count).map(|number| add(&format!("p{number}"), "caseworker")).collect();
        form(RequestKind::Amend, "cw", changes)
    };
    assert_eq!(why(office.ask("tl11", more(11))), Some(Reason::PositionLimit));
    assert_eq!(why(office.ask("tl11", more(10))), None);
}

#[test]
fn positions_are_counted_at_every_instant() {
    let mut office = office();
    cleared(&mut office, "cw");
    let (far, farther) = (office.later(30 * super::office::DAY), office.later(31 * super::office::DAY));
    let mut third = super::office::spec("p3", "caseworker");
    third.options.starts_at = bailiwick_realm::Patch::Set(far);
    third.options.ends_at = bailiwick_realm::Patch::Set(farther);
    let more = vec![add("p2", "caseworker"), UserChange::Assign(third)];
    office.operate(Body::ManageUser(person("cw", more)));
    office.operate(Body::ManageUser(person("cw", vec![UserChange::SetClearance(false)])));
    // That there will be three one day lets nobody hold three until then.
    let until = lasting(form(RequestKind::Amend, "cw", vec![add("p4", "caseworker")]), 29);
    assert_eq!(why(office.ask("tl11", until)), Some(Reason::ClearanceRequired));
    // Nor is anything else refused for it.
    office.operate(Body::ManageUser(person("cw", vec![UserChange::Disable])));
}

#[test]
fn one_after_the_other_is_one_at_a_time() {
    let mut office = office();
    let moves =
        form(RequestKind::Amend, "cw", vec![end(1), add("p2", "caseworker"), add("p3", "caseworker")]);
    assert_eq!(why(office.ask("tl11", moves)), None);
}
