//! Several requests that are submitted together.

use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;

use super::office::{Office, add, end, form, why};

#[test]
fn a_move_is_not_asked_for_in_two_forms() {
    let mut office = Office::new();
    let added = office.draft("tl11", form(RequestKind::Amend, "cw", vec![add("q1", "caseworker")])).unwrap();
    let ended = office.draft("tl11", form(RequestKind::Remove, "cw", vec![end(1)])).unwrap();
    for pair in [[&*added, &*ended], [&*ended, &*added]] {
        assert_eq!(why(office.submit("tl11", &pair)), Some(Reason::RequestKind));
    }
    // Each alone is what a team leader asks for.
    office.submit("tl11", &[&added]).unwrap();
    office.submit("tl11", &[&ended]).unwrap();
}

#[test]
fn within_a_team_two_forms_are_two_changes() {
    let mut office = Office::new();
    let added = office.draft("tl11", form(RequestKind::Amend, "cw", vec![add("p2", "caseworker")])).unwrap();
    let ended = office.draft("tl11", form(RequestKind::Remove, "cw", vec![end(1)])).unwrap();
    office.submit("tl11", &[&added, &ended]).unwrap();
}

#[test]
fn what_is_asked_for_others_makes_no_move() {
    let mut office = Office::new();
    office.user("other", "t11", &[("p2", "caseworker")]);
    let added = office.draft("tl11", form(RequestKind::Amend, "cw", vec![add("q1", "caseworker")])).unwrap();
    let ended = office.draft("tl11", form(RequestKind::Remove, "other", vec![end(1)])).unwrap();
    office.submit("tl11", &[&added, &ended]).unwrap();
}
