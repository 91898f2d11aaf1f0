//! What is in a review, and what is left out of it.

use bailiwick_policy::Reason;
use bailiwick_realm::{Body, ReviewCommand, ReviewOver, Unconfirmed};

use super::office::{DAY, Office, acting, why};
use super::reviews::{at, id, sites, with};
use crate::realm::unit_id;

#[test]
fn its_items_are_what_its_opener_may_manage() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    assert_eq!(office.items(), [("a", 1), ("b", 1), ("both", 1)]);
    assert_eq!(office.left_out(), [("boss", Reason::RankTooLow), ("smn", Reason::SelfManagement)]);
}

#[test]
fn what_its_opener_does_not_see_is_not_in_it() {
    let mut office = sites();
    office.user("c", "s", &[("s", "staff")]);
    // Whoever holds nothing here is not told of; of who does, the scheme shows everything.
    office.review_of("smn", with("staff"), Unconfirmed::Listed).unwrap();
    assert_eq!(office.items(), [("a", 1), ("b", 1), ("both", 1)]);
    assert_eq!(office.left_out(), [("boss", Reason::RankTooLow), ("both", Reason::OutOfReach)]);
}

#[test]
fn an_operator_reviews_everything() {
    let mut office = sites();
    office.review_of("", with("staff"), Unconfirmed::Listed).unwrap();
    assert_eq!(office.items(), [("a", 1), ("b", 1), ("boss", 2), ("both", 1), ("both", 2)]);
    assert_eq!(office.left_out(), []);
}

#[test]
fn who_manages_nothing_there_opens_none() {
    let mut office = sites();
    assert_eq!(why(office.review_of("sms", at("n"), Unconfirmed::Listed)), Some(Reason::OutOfReach));
    assert_eq!(why(office.review_of("a", at("n"), Unconfirmed::Listed)), Some(Reason::NoManagementRight));
    assert_eq!(why(office.review_of("nobody", at("n"), Unconfirmed::Listed)), Some(Reason::UnknownUser));
    assert_eq!(why(office.review_of("sms", at("none"), Unconfirmed::Listed)), Some(Reason::OutOfReach));
    let nothing = with("funder");
    assert_eq!(why(office.review_of("smn", nothing, Unconfirmed::Listed)), Some(Reason::NothingToChange));
}

#[test]
fn what_is_no_review_is_refused() {
    let mut office = sites();
    let listed = Unconfirmed::Listed;
    let neither = ReviewOver::default();
    assert_eq!(why(office.review_of("smn", neither, listed)), Some(Reason::FieldInvalid));
    assert_eq!(why(office.review_of("smn", with("wizard"), listed)), Some(Reason::UnknownName));
    let due_at = office.now;
    let past = ReviewCommand::Open { id: id("v"), over: at("n"), due_at, unconfirmed: listed };
    assert_eq!(why(office.give(acting("smn"), Body::Review(Box::new(past)))), Some(Reason::BadInterval));
    let due_at = office.later(2_000 * DAY);
    let far = ReviewCommand::Open { id: id("v"), over: at("n"), due_at, unconfirmed: listed };
    assert_eq!(why(office.give(acting("smn"), Body::Review(Box::new(far)))), Some(Reason::BadInterval));
    office.review_unit("smn", "n", listed);
    assert_eq!(why(office.review_of("smn", at("n"), listed)), Some(Reason::AlreadyExists));
}

#[test]
fn what_many_have_elsewhere_is_in_nobodys_way() {
    let mut office = sites();
    for n in 0..1_000 {
        office.user(&format!("u{n}"), "s", &[("s", "staff")]);
    }
    let what = |office: &Office| {
        let owned = |all: Vec<(&str, Reason)>| all.iter().map(|(u, why)| ((*u).to_owned(), *why)).collect();
        let left: Vec<(String, Reason)> = owned(office.left_out());
        (office.items().iter().map(|(user, _)| (*user).to_owned()).collect::<Vec<_>>(), left)
    };
    office.review_of("smn", with("staff"), Unconfirmed::Listed).unwrap();
    let by_role = what(&office);
    let left = |user: &str, why| (user.to_owned(), why);
    assert_eq!(by_role.0, ["a", "b", "both"]);
    assert_eq!(by_role.1, [left("boss", Reason::RankTooLow), left("both", Reason::OutOfReach)]);
    // Over a unit of which they manage only a part, the same.
    let over = ReviewOver { unit: Some(unit_id("e")), role: Some("staff".to_owned()) };
    let opened = office.open_as("w", "smn", over);
    assert!(opened.is_ok(), "{opened:?}");
    let second = office.review("w");
    assert_eq!(second.items, office.review("v").items);
    assert_eq!(second.left_out, office.review("v").left_out);
    // Whom they do not see is not counted, either.
    office.user("hidden", "s", &[("s", "staff")]);
    office.open_as("y", "smn", with("staff")).unwrap();
    // Whoever manages them all is told to look at less.
    assert_eq!(why(office.open_as("x", "em", with("staff"))), Some(Reason::TooMany));
    assert_eq!(why(office.open_as("x", "", with("staff"))), Some(Reason::TooMany));
    let narrow = ReviewOver { unit: Some(unit_id("n")), role: Some("staff".to_owned()) };
    office.open_as("x", "em", narrow).unwrap();
    assert_eq!(office.review("x").items.len(), 4, "boss, too");
}

#[test]
fn a_review_is_of_a_thousand_at_most() {
    let mut office = sites();
    for n in 0..998 {
        office.user(&format!("u{n}"), "n", &[("n", "staff")]);
    }
    // Three are there already; two are left out.
    let over = at("n");
    assert_eq!(why(office.review_of("smn", over, Unconfirmed::Listed)), Some(Reason::TooMany));
    let role = Some("staff".to_owned());
    let narrow = ReviewOver { unit: Some(unit_id("s")), role };
    office.review_of("sms", narrow, Unconfirmed::Listed).unwrap();
    assert_eq!(office.items(), [("both", 2)]);
}

/// Of a thousand who may be told of, one more out of sight is not told.
#[test]
fn who_is_out_of_sight_is_not_counted() {
    for hidden in [false, true] {
        let mut office = sites();
        // With `a`, `b`, `both` and `boss`, who are there, a thousand assignments are seen: `both` has two.
        for n in 0..995 {
            office.user(&format!("u{n}"), "n", &[("n", "staff")]);
        }
        if hidden {
            office.user("hidden", "s", &[("s", "staff")]);
        }
        office.review_of("smn", with("staff"), Unconfirmed::Listed).unwrap();
        assert_eq!(office.items().len() + office.left_out().len(), 1_000, "{hidden}");
    }
}
