//! What an author hears of places that are not theirs: that something is in the way there, and no more.

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Content, Seat, UserChange};

use super::office::{Office, add, end, form, spec, why};

/// Another place for who is at `p1`.
fn more(change: UserChange) -> Content {
    form(RequestKind::Amend, "cw", vec![change])
}

fn lowest(team: &str) -> UserChange {
    let mut spec = spec(team, "caseworker");
    spec.seat = Seat::LowestAvailable;
    UserChange::Assign(spec)
}

/// What a team leader of `t11` hears, who asks for each of these.
fn heard(office: &Office, changes: [UserChange; 3]) -> [Option<Reason>; 3] {
    changes.map(|change| why(office.clone().ask("tl11", more(change))))
}

#[test]
fn a_place_of_another_team_is_asked_for_and_told_of_by_nothing_but_that() {
    let mut office = Office::new();
    let there = || [add("q1", "caseworker"), lowest("t12"), add("nowhere", "caseworker")];
    assert_eq!(heard(&office, there()), [None, None, Some(Reason::OutOfReach)]);
    office.user("other", "t12", &[("q1", "caseworker")]);
    assert_eq!(heard(&office, there()), [Some(Reason::OutOfReach); 3]);
    // Who reaches it hears what is in the way.
    assert_eq!(why(office.ask("sm1", more(lowest("t12")))), Some(Reason::CapacityFull));
    assert_eq!(why(office.ask("sm1", more(add("q1", "caseworker")))), Some(Reason::CapacityFull));
    assert_eq!(why(office.ask("sm1", more(add("nowhere", "caseworker")))), Some(Reason::OutOfReach));
}

#[test]
fn that_somebody_is_at_a_place_already_is_told_to_who_reaches_it() {
    let mut office = Office::new();
    office.user("both", "t11", &[("p2", "caseworker"), ("q1", "caseworker")]);
    let again = |unit: &str| form(RequestKind::Amend, "both", vec![add(unit, "caseworker")]);
    assert_eq!(why(office.ask("tl11", again("q1"))), Some(Reason::OutOfReach));
    assert_eq!(why(office.ask("tl11", again("p2"))), Some(Reason::AlreadyInGroup));
    assert_eq!(why(office.ask("sm1", again("q1"))), Some(Reason::AlreadyInGroup));
}

#[test]
fn that_nothing_is_held_by_a_number_is_told_to_who_sees_all_that_is_held() {
    let hides = |text: &str| text.replace("shows_all_assignments = true", "shows_all_assignments = false");
    let mut office = Office::new();
    office.rules(hides);
    let ends = |user: &str, number| form(RequestKind::Remove, user, vec![end(number)]);
    assert_eq!(why(office.ask("tl11", ends("cw", 2))), Some(Reason::NotHeld));
    office.user("both", "t11", &[("p2", "caseworker"), ("q1", "caseworker")]);
    assert_eq!(why(office.ask("tl11", ends("both", 3))), Some(Reason::OutOfReach));
    assert_eq!(why(office.ask("sm1", ends("both", 3))), Some(Reason::NotHeld));
}
