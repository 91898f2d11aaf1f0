//! How many positions one person holds, with and without a clearance.

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Body, Seat, Stage, UserChange};

use super::office::{Office, add, end, form, held, lasting, person, why};

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

/// At the team, at its lowest position that is free.
fn lowest(team: &str) -> UserChange {
    let mut spec = super::office::spec(team, "caseworker");
    spec.seat = Seat::LowestAvailable;
    UserChange::Assign(spec)
}

#[test]
fn lowest_available_takes_the_lowest_free_position_and_fills_gaps() {
    let mut office = office();
    office.user("third", "t11", &[("p3", "caseworker")]);
    for (user, position) in [("new", "p2"), ("other", "p4")] {
        if user == "other" {
            office.user(user, "t11", &[]);
        }
        let id = office.ask("tl11", form(RequestKind::SetUp, user, vec![lowest("t11")])).unwrap();
        assert!(office.approvers(&id).is_empty(), "it is decided");
        office.carry_out("desk", &id).unwrap();
        assert_eq!(office.holds(user), held(&[(position, "caseworker")]));
    }
}

#[test]
fn it_is_found_when_it_takes_effect_and_only_one_gets_the_last() {
    let mut office = Office::new();
    let takers: Vec<String> = (0..32).map(|n| format!("taker-{n}")).collect();
    let mut asked = Vec::new();
    for taker in &takers {
        office.user(taker, "t12", &[]);
        asked.push(office.ask("tl12", form(RequestKind::SetUp, taker, vec![lowest("t12")])).unwrap());
    }
    for id in &asked {
        office.carry_out("desk", id).unwrap();
    }
    let done = asked.iter().filter(|id| office.stage(id) == Stage::Fulfilled).count();
    let failed = asked.iter().filter(|id| office.stage(id) == Stage::Failed(Reason::CapacityFull)).count();
    assert_eq!((done, failed), (1, 31));
    let held: usize = takers.iter().map(|taker| office.holds(taker).len()).sum();
    assert_eq!(held, 1);
}

#[test]
fn it_is_neither_what_stands_in_nor_what_was_held_nor_promised() {
    let mut office = Office::new();
    // `p2` is promised to somebody from the day after tomorrow on; `p1` is one's own until now; `x9` stands in.
    let mut promised = super::office::spec("p2", "caseworker");
    promised.options.starts_at = bailiwick_realm::Patch::Set(office.later(2 * super::office::DAY));
    office.operate(Body::ManageUser(person("new", vec![UserChange::Assign(promised)])));
    let id = office.ask("tl11", form(RequestKind::Amend, "cw", vec![end(1), lowest("t11")])).unwrap();
    office.carry_out("desk", &id).unwrap();
    assert_eq!(office.holds("cw"), held(&[("p3", "caseworker")]));
    office.user("late", "t11", &[("p1", "caseworker")]);
    office.user("last", "t11", &[]);
    let none = form(RequestKind::SetUp, "last", vec![lowest("t11")]);
    assert_eq!(why(office.ask("tl11", none)), Some(Reason::CapacityFull));
    // For a day, what is promised from later on is free.
    let day = lasting(form(RequestKind::SetUp, "last", vec![lowest("t11")]), 1);
    let id = office.ask("tl11", day).unwrap();
    assert!(matches!(office.stage(&id), Stage::Approved { .. }));
}

#[test]
fn what_is_free_is_not_told_to_who_does_not_reach_the_team() {
    let mut office = Office::new();
    office.user("full", "t12", &[("q1", "caseworker")]);
    let full = form(RequestKind::Amend, "cw", vec![lowest("t12")]);
    let direct = Body::ManageUser(person("cw", full.people[0].changes.clone()));
    // By request only, for whoever manages; an operator hears that nothing is free.
    let give = |office: &mut Office, by| why(office.give(super::office::acting(by), direct.clone()));
    assert_eq!(give(&mut office, "tl11"), Some(Reason::RequestRequired));
    assert_eq!(give(&mut office, ""), Some(Reason::CapacityFull));
    // Where nothing goes by request, who reaches the team hears it, and nobody else.
    let all = "only_by_request = [\"create\", \"enable\", \"holdings\", \"grants\"]";
    office.rules(|text| text.replace(all, "only_by_request = []"));
    assert_eq!(give(&mut office, "tl11"), Some(Reason::OutOfReach));
    assert_eq!(give(&mut office, "sm1"), Some(Reason::CapacityFull));
}
