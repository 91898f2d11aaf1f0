//! What an author hears of places that are not theirs: that something is in the way there, and no more.

use bailiwick_identity::Field;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Body, Content, OptionsSpec, Patch, Seat, UserChange};

use super::office::{DAY, Office, add, end, form, person, somebody, spec, why};
use crate::realm::unit_id;

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

/// An assignment that is not seen is not found out by trying instants; nor what a place is by trying it.
#[test]
fn nothing_is_found_out_by_trying() {
    let mut office = Office::new();
    office.rules(|text| text.replace("shows_all_assignments = true", "shows_all_assignments = false"));
    office.user("both", "t11", &[("p2", "caseworker"), ("q1", "caseworker")]);
    let set = |number, starts: i64, ends: i64, office: &Office| UserChange::Amend {
        number,
        role: None,
        options: OptionsSpec {
            starts_at: Patch::Set(office.later(starts * DAY)),
            ends_at: Patch::Set(office.later(ends * DAY)),
            ..OptionsSpec::default()
        },
    };
    for number in [1, 2] {
        office.operate(Body::ManageUser(person("both", vec![set(number, 5, 10, &office)])));
    }
    let at = |number, days, office: &mut Office| {
        let change = UserChange::End { number, at: Some(office.later(days * DAY)) };
        why(office.ask("tl11", form(RequestKind::Remove, "both", vec![change])))
    };
    assert_eq!(at(1, 11, &mut office), Some(Reason::BadInterval));
    assert_eq!(at(2, 11, &mut office), Some(Reason::OutOfReach));
    assert_eq!(at(3, 11, &mut office), Some(Reason::OutOfReach));
    // A stand-in, and a rank that the author is not above.
    office.unit("y9", "position", "CW020", Some("t21"));
    for place in ["r1", "y9", "t21", "nowhere"] {
        let leads = more(add(place, "team-leader"));
        assert_eq!(why(office.ask("tl11", leads)), Some(Reason::RankTooLow), "{place}");
    }
}

#[test]
fn what_is_said_of_whom_the_author_only_found_is_not_said() {
    let mut office = Office::new();
    office.user("far", "t21", &[("r1", "caseworker")]);
    let held = add("t21", "team_leader_permissions");
    office.operate(Body::ManageUser(person("far", vec![held])));
    let third = form(RequestKind::Amend, "far", vec![add("p3", "caseworker")]);
    assert_eq!(why(office.ask("sm2", third.clone())), Some(Reason::PositionRequired));
    let mut found = third;
    found.people[0].handles = vec![office.handle("tl11", "far")];
    assert_eq!(why(office.ask("tl11", found)), Some(Reason::OutOfReach));
}

#[test]
fn nothing_is_heard_of_whom_the_author_only_found() {
    let mut office = Office::new();
    office.user("far", "t21", &[("r1", "caseworker")]);
    let asks = |kind, changes: Vec<UserChange>| {
        let mut content = form(kind, "far", changes);
        content.people[0].handles = vec![office.handle("tl11", "far")];
        let heard = |by| why(office.clone().ask(by, content.clone()));
        (heard("tl11"), heard("sm2"))
    };
    let beside = |change| vec![add("p3", "caseworker"), change];
    let ends = UserChange::EndGrant { system: "tsiem".to_owned(), at: None };
    assert_eq!(asks(RequestKind::Amend, beside(ends)), (Some(Reason::OutOfReach), Some(Reason::NotHeld)));
    let enables = (Some(Reason::OutOfReach), Some(Reason::NothingToChange));
    assert_eq!(asks(RequestKind::Amend, beside(UserChange::Enable)), enables);
    let begins = vec![add("p3", "caseworker")];
    assert_eq!(asks(RequestKind::SetUp, begins), (Some(Reason::OutOfReach), Some(Reason::RequestKind)));
}

#[test]
fn of_several_people_and_changes_each_is_told_of_its_own_place() {
    let mut office = Office::new();
    office.user("two", "t11", &[("p2", "caseworker")]);
    office.user("other", "t12", &[("q1", "caseworker")]);
    let asks = |first: Vec<UserChange>, second: Vec<UserChange>| {
        let mut content = form(RequestKind::Amend, "cw", first);
        content.people.push(person("two", second));
        content
    };
    let own = || add("p3", "caseworker");
    let refused = |content| office.clone().ask("tl11", content).unwrap_err();
    // What is wrong is at one's own place, whatever else is asked for; and the other way round.
    let elsewhere = || add("r1", "caseworker");
    let again = refused(asks(vec![own(), elsewhere()], vec![elsewhere(), add("p2", "caseworker")]));
    assert_eq!((again.reason, again.person, again.change), (Reason::AlreadyInGroup, Some(1), Some(1)));
    let there = refused(asks(vec![own()], vec![own(), add("nowhere", "caseworker")]));
    assert_eq!((there.reason, there.person, there.change), (Reason::OutOfReach, Some(1), Some(1)));
    let there = refused(asks(vec![lowest("t12")], vec![add("p3", "caseworker")]));
    assert_eq!((there.reason, there.person, there.change), (Reason::OutOfReach, Some(0), Some(0)));
    // What is about all of them together is told to whoever reaches all of it.
    let full = refused(asks(vec![own()], vec![own()]));
    assert_eq!((full.reason, full.person), (Reason::CapacityFull, None));
    let full = refused(asks(vec![own()], vec![own(), add("r1", "caseworker")]));
    assert_eq!((full.reason, full.person), (Reason::OutOfReach, None));
}

#[test]
fn a_home_and_where_somebody_is_suspended_are_places() {
    let office = Office::new();
    let heard = |kind, user: &str, changes| why(office.clone().ask("tl11", form(kind, user, changes)));
    let home = |unit: &str| vec![UserChange::SetHome(unit_id(unit)), add("p3", "caseworker")];
    assert_eq!(heard(RequestKind::Amend, "cw", home("t12")), None);
    assert_eq!(heard(RequestKind::Amend, "cw", home("nowhere")), Some(Reason::OutOfReach));
    let suspends = |unit: &str| vec![UserChange::SuspendAt { unit: unit_id(unit) }];
    assert_eq!(heard(RequestKind::Suspend, "cw", suspends("t11")), None);
    assert_eq!(heard(RequestKind::Suspend, "cw", suspends("t12")), Some(Reason::OutOfReach));
    let made = |home: &str| vec![UserChange::Create(somebody("pia", home)), add("p3", "caseworker")];
    assert_eq!(heard(RequestKind::SetUp, "pia", made("nowhere")), Some(Reason::OutOfReach));
    // Who somebody new is, is the author's to write, wherever they are to belong.
    let mut unnamed = somebody("pia", "t21");
    unnamed.fields.insert(Field::Email, "no address".to_owned());
    let unnamed = vec![UserChange::Create(unnamed), add("p3", "caseworker")];
    assert_eq!(heard(RequestKind::SetUp, "pia", unnamed), Some(Reason::FieldInvalid));
}
