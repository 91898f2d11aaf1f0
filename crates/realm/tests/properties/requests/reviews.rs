//! Reviews: what is in one, who looks at what, and its end.

use bailiwick_identity::ReviewId;
use bailiwick_policy::Reason;
use bailiwick_realm::{
    Actor, Body, ItemVerdict, Looked, OptionsSpec, Refusal, ReviewCommand, ReviewOutcome, ReviewOver,
    Unconfirmed, UserChange, visible_items,
};

use super::office::{DAY, Office, acting, add, end, person, why};
use crate::realm::{unit_id, user_id};

const ETO: &str = include_str!("../../../../../schemes/eto.toml");

pub(super) fn id(review: &str) -> ReviewId {
    ReviewId::parse(review).unwrap()
}

/// Two sites with a manager each; at `n` the staff `a` and `b`, `both` who is staff at both, and `boss`, who is staff there and
/// manages everything.
pub(super) fn sites() -> Office {
    let mut office = Office::of("eto", ETO);
    office.unit("e", "enterprise", "e", None);
    office.unit("n", "site", "North", Some("e"));
    office.unit("s", "site", "South", Some("e"));
    let people: [(&str, &[(&str, &str)]); 7] = [
        ("em", &[("e", "enterprise-manager")]),
        ("smn", &[("n", "site-manager")]),
        ("sms", &[("s", "site-manager")]),
        ("a", &[("n", "staff")]),
        ("b", &[("n", "staff")]),
        ("both", &[("n", "staff"), ("s", "staff")]),
        ("boss", &[("e", "enterprise-manager"), ("n", "staff")]),
    ];
    for (user, held) in people {
        office.user(user, held[0].0, held);
    }
    office
}

impl Office {
    pub(super) fn review_of(
        &mut self,
        opener: &str,
        over: ReviewOver,
        unconfirmed: Unconfirmed,
    ) -> Result<(), Refusal> {
        self.open("v", opener, over, unconfirmed)
    }

    pub(super) fn open_as(&mut self, review: &str, opener: &str, over: ReviewOver) -> Result<(), Refusal> {
        self.open(review, opener, over, Unconfirmed::Listed)
    }

    fn open(
        &mut self,
        review: &str,
        opener: &str,
        over: ReviewOver,
        unconfirmed: Unconfirmed,
    ) -> Result<(), Refusal> {
        let due_at = self.later(30 * DAY);
        let open = ReviewCommand::Open { id: id(review), over, due_at, unconfirmed };
        self.give(acting(opener), Body::Review(Box::new(open)))
    }

    pub(super) fn review_unit(&mut self, opener: &str, unit: &str, unconfirmed: Unconfirmed) {
        self.review_of(opener, at(unit), unconfirmed).unwrap();
    }

    fn look(&mut self, by: &str, user: &str, number: u32, verdict: Looked) -> Result<(), Refusal> {
        let items = vec![ItemVerdict { user: user_id(user), number, verdict }];
        self.give(acting(by), Body::Review(Box::new(ReviewCommand::Decide { id: id("v"), items })))
    }

    fn review_due(&mut self) -> Result<(), Refusal> {
        let users = self.review("v").open().map(|item| item.of.user.clone()).collect();
        let due = ReviewCommand::Due { id: id("v"), users };
        self.give(Actor::Operator, Body::Review(Box::new(due)))
    }

    fn close_review(&mut self, by: &str) -> Result<(), Refusal> {
        self.give(acting(by), Body::Review(Box::new(ReviewCommand::Close(id("v")))))
    }

    /// Whose, and which number.
    pub(super) fn items(&self) -> Vec<(&str, u32)> {
        self.review("v").items.iter().map(|item| (item.of.user.as_str(), item.of.number)).collect()
    }

    pub(super) fn left_out(&self) -> Vec<(&str, Reason)> {
        self.review("v").left_out.iter().map(|left| (left.of.user.as_str(), left.why)).collect()
    }

    fn outcome(&self, user: &str, number: u32) -> ReviewOutcome {
        self.review("v").item(&user_id(user), number).unwrap().outcome.clone()
    }

    fn is_over(&self) -> bool {
        self.review("v").closed_at.is_some()
    }

    /// What somebody sees of it; none where it is as if there were none.
    fn seen_by(&self, reader: &str) -> Option<(Vec<String>, Vec<String>)> {
        let (items, left) = visible_items(&self.state, self.review("v"), &user_id(reader), self.now)?;
        let items = items.iter().map(|item| item.of.user.to_string()).collect();
        Some((items, left.iter().map(|left| left.of.user.to_string()).collect()))
    }
}

pub(super) fn at(unit: &str) -> ReviewOver {
    ReviewOver { unit: Some(unit_id(unit)), role: None }
}

pub(super) fn with(role: &str) -> ReviewOver {
    ReviewOver { unit: None, role: Some(role.to_owned()) }
}

#[test]
fn whoever_may_manage_an_item_looks_at_it() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    office.look("smn", "a", 1, Looked::Confirm).unwrap();
    // Not only who opened it.
    office.look("em", "b", 1, Looked::Confirm).unwrap();
    assert!(matches!(office.outcome("b", 1), ReviewOutcome::Confirmed(by) if by.by == Some(user_id("em"))));
    assert!(!office.is_over());
    office.look("", "both", 1, Looked::Confirm).unwrap();
    assert!(office.is_over(), "nothing is open any more");
    assert_eq!(why(office.look("smn", "a", 1, Looked::End)), Some(Reason::ReviewClosed));
}

#[test]
fn whoever_may_not_is_told_of_no_review() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    for stranger in ["sms", "a", "both"] {
        for user in ["a", "both", "nobody"] {
            assert_eq!(why(office.look(stranger, user, 1, Looked::Confirm)), Some(Reason::UnknownReview));
        }
        assert_eq!(why(office.close_review(stranger)), Some(Reason::UnknownReview));
        assert_eq!(office.seen_by(stranger), None, "{stranger}");
    }
    assert_eq!(why(office.close_review("em")), Some(Reason::NotAuthor));
}

#[test]
fn nobody_looks_at_their_own() {
    let mut office = sites();
    office.review_unit("em", "e", Unconfirmed::Listed);
    assert!(office.items().contains(&("boss", 1)) && !office.items().contains(&("em", 1)));
    assert_eq!(why(office.look("smn", "smn", 1, Looked::Confirm)), Some(Reason::SelfManagement));
    assert_eq!(why(office.look("boss", "boss", 1, Looked::Confirm)), Some(Reason::SelfManagement));
    office.look("em", "smn", 1, Looked::Confirm).unwrap();
}

#[test]
fn what_is_ended_ends_now_and_once() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    office.look("smn", "a", 1, Looked::End).unwrap();
    assert!(office.holds("a").is_empty());
    assert!(matches!(office.outcome("a", 1), ReviewOutcome::Ended(_)));
    assert_eq!(why(office.look("smn", "a", 1, Looked::Confirm)), Some(Reason::NotHeld));
    office.look("smn", "b", 1, Looked::Confirm).unwrap();
    assert_eq!(why(office.look("em", "b", 1, Looked::End)), Some(Reason::NothingToChange));
    assert_eq!(office.holds("b").len(), 1);
    // What is not in the review is not ended by it, though one may manage it.
    assert_eq!(why(office.look("em", "both", 2, Looked::End)), Some(Reason::NotHeld));
    assert_eq!(office.holds("both").len(), 2);
}

#[test]
fn several_are_looked_at_all_or_none() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    let verdict = |user: &str, verdict| ItemVerdict { user: user_id(user), number: 1, verdict };
    let above = ItemVerdict { number: 2, ..verdict("boss", Looked::End) };
    let items = vec![verdict("a", Looked::End), above];
    let decide = |items| Body::Review(Box::new(ReviewCommand::Decide { id: id("v"), items }));
    let refused = office.give(acting("smn"), decide(items)).unwrap_err();
    assert_eq!((refused.reason, refused.field.as_deref()), (Reason::RankTooLow, Some("items[1]")));
    assert_eq!(office.holds("a").len(), 1);
    let twice = vec![verdict("a", Looked::Confirm), verdict("a", Looked::End)];
    assert_eq!(why(office.give(acting("smn"), decide(twice))), Some(Reason::NothingToChange));
    assert_eq!(why(office.give(acting("smn"), decide(Vec::new()))), Some(Reason::TooMany));
    office.give(acting("smn"), decide(vec![verdict("a", Looked::End), verdict("b", Looked::End)])).unwrap();
    assert!(office.holds("a").is_empty() && office.holds("b").is_empty());
}

#[test]
fn what_was_changed_since_is_not_confirmed_unseen() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Ended);
    let role = Some("intake".to_owned());
    let amend = UserChange::Amend { number: 1, role, options: OptionsSpec::default() };
    office.give(acting("smn"), Body::ManageUser(person("a", vec![amend]))).unwrap();
    assert_eq!(why(office.look("smn", "a", 1, Looked::Confirm)), Some(Reason::EtagMismatch));
    office.wait(31 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("a", 1), ReviewOutcome::NotHeld);
    assert_eq!(office.holds("a").len(), 1, "it is another than was reviewed");
}

#[test]
fn at_its_end_what_nobody_confirmed_is_listed() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    office.look("smn", "a", 1, Looked::Confirm).unwrap();
    office.give(acting("smn"), Body::ManageUser(person("b", vec![end(1)]))).unwrap();
    assert_eq!(why(office.review_due()), Some(Reason::NotDue));
    office.wait(30 * DAY);
    assert_eq!(why(office.look("smn", "both", 1, Looked::Confirm)), Some(Reason::ReviewClosed));
    office.review_due().unwrap();
    assert!(office.is_over());
    assert!(matches!(office.outcome("a", 1), ReviewOutcome::Confirmed(_)));
    assert_eq!(office.outcome("b", 1), ReviewOutcome::NotHeld);
    assert_eq!(office.outcome("both", 1), ReviewOutcome::Unconfirmed);
    assert_eq!(office.holds("both").len(), 2);
    assert_eq!(why(office.review_due()), Some(Reason::ReviewClosed));
}

#[test]
fn at_its_end_what_nobody_confirmed_ends_where_it_says_so() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Ended);
    office.look("smn", "a", 1, Looked::Confirm).unwrap();
    // The rules are asked again: whoever has risen above the opener keeps it.
    office.operate(Body::ManageUser(person("b", vec![add("e", "enterprise-manager")])));
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("both", 1), ReviewOutcome::Lapsed);
    assert_eq!(office.outcome("b", 1), ReviewOutcome::Kept(Reason::RankTooLow));
    assert_eq!((office.holds("a").len(), office.holds("b").len(), office.holds("both").len()), (1, 2, 1));
}

#[test]
fn whose_opener_may_not_act_any_more_ends_nothing() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Ended);
    office.operate(Body::ManageUser(person("smn", vec![UserChange::Disable])));
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("a", 1), ReviewOutcome::Kept(Reason::UserDisabled));
    assert_eq!(office.holds("a").len(), 1);
}

#[test]
fn the_end_of_a_review_knows_whom_it_is_about() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Ended);
    office.wait(30 * DAY);
    let due = ReviewCommand::Due { id: id("v"), users: vec![user_id("a")] };
    assert_eq!(why(office.give(Actor::Operator, Body::Review(Box::new(due)))), Some(Reason::EtagMismatch));
}

#[test]
fn the_last_manager_is_not_reviewed_away() {
    let mut office = sites();
    office.operate(Body::ManageUser(person("boss", vec![end(1)])));
    office.review_of("", with("enterprise-manager"), Unconfirmed::Ended).unwrap();
    assert_eq!(why(office.look("", "em", 1, Looked::End)), Some(Reason::LastManager));
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("em", 1), ReviewOutcome::Kept(Reason::LastManager));
}

#[test]
fn a_minimum_is_in_no_reviews_way() {
    let minimum = "[kinds.site]\nminimum = { role = \"funder\", count = 1 }\n";
    let mut office = Office::of("eto", &ETO.replace("[kinds.site]\n", minimum));
    office.unit("e", "enterprise", "e", None);
    office.unit("n", "site", "North", Some("e"));
    office.user("em", "e", &[("e", "enterprise-manager")]);
    office.user("p", "n", &[("n", "funder")]);
    let ends = Body::ManageUser(person("p", vec![end(1)]));
    assert_eq!(why(office.give(acting("em"), ends)), Some(Reason::BelowMinimum));
    office.review_unit("em", "n", Unconfirmed::Ended);
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("p", 1), ReviewOutcome::Lapsed);
    assert!(office.holds("p").is_empty());
}

#[test]
fn a_review_is_no_way_around_requests() {
    let mut office = Office::new();
    office.review_unit("sm1", "s1", Unconfirmed::Ended);
    assert!(office.items().contains(&("cw", 1)));
    office.look("sm1", "tl11", 1, Looked::Confirm).unwrap();
    assert_eq!(why(office.look("sm1", "cw", 1, Looked::End)), Some(Reason::RequestRequired));
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("cw", 1), ReviewOutcome::Kept(Reason::RequestRequired));
    assert_eq!(office.holds("cw").len(), 1);
}

#[test]
fn what_is_kept_for_what_ends_with_it_ends_too() {
    let mut office = Office::new();
    // A position is not taken from somebody with team-leader permissions: these come after it, and go first.
    office.operate(Body::ManageUser(person("cw", vec![add("t11", "team_leader_permissions")])));
    let ends = Body::ManageUser(person("cw", vec![end(1)]));
    assert_eq!(why(office.give(Actor::Operator, ends)), Some(Reason::PositionRequired));
    office.review_of("", at("t11"), Unconfirmed::Ended).unwrap();
    assert!(office.items().starts_with(&[("cw", 1), ("cw", 2)]));
    office.wait(30 * DAY);
    office.review_due().unwrap();
    assert_eq!(office.outcome("cw", 1), ReviewOutcome::Lapsed);
    assert_eq!(office.outcome("cw", 2), ReviewOutcome::Lapsed);
    assert!(office.holds("cw").is_empty());
}

#[test]
fn what_stands_beside_something_is_ended_with_it_whichever_is_named_first() {
    for order in [[1, 2], [2, 1]] {
        let mut office = Office::new();
        office.rules(|text| text.replace("\"holdings\", ", ""));
        office.operate(Body::ManageUser(person("cw", vec![add("t11", "team_leader_permissions")])));
        office.review_unit("sm1", "t11", Unconfirmed::Listed);
        assert_eq!(why(office.look("sm1", "cw", 1, Looked::End)), Some(Reason::PositionRequired));
        let item = |number| ItemVerdict { user: user_id("cw"), number, verdict: Looked::End };
        let items = order.map(item).to_vec();
        let both = Body::Review(Box::new(ReviewCommand::Decide { id: id("v"), items }));
        office.give(acting("sm1"), both).unwrap();
        assert!(office.holds("cw").is_empty());
    }
}

#[test]
fn before_its_time_it_ends_nothing() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Ended);
    office.close_review("smn").unwrap();
    assert_eq!(office.outcome("a", 1), ReviewOutcome::Unconfirmed);
    assert_eq!(office.holds("a").len(), 1);
    assert_eq!(why(office.close_review("smn")), Some(Reason::ReviewClosed));
}

#[test]
fn each_sees_of_it_what_concerns_them() {
    let mut office = sites();
    office.review_unit("smn", "n", Unconfirmed::Listed);
    let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(office.seen_by("smn"), Some((all(&["a", "b", "both"]), all(&["boss", "smn"]))));
    // Whoever may manage them sees the items, and not what was left out of another's review.
    assert_eq!(office.seen_by("em"), Some((all(&["a", "b", "both"]), Vec::new())));
    office.look("em", "a", 1, Looked::Confirm).unwrap();
    office.look("smn", "b", 1, Looked::Confirm).unwrap();
    assert_eq!(office.seen_by("em"), Some((all(&["a", "both"]), Vec::new())), "what they looked at, or may");
    // What is over is still told of there.
    office.operate(Body::ManageUser(person("a", vec![add("s", "funder"), end(1)])));
    office.wait(1);
    assert_eq!(office.seen_by("smn").unwrap().0, all(&["a", "b", "both"]));
    // Who manages there no more is told nothing, though they opened it.
    office.operate(Body::ManageUser(person("smn", vec![add("s", "site-manager"), end(1)])));
    office.wait(1);
    // But what they looked at, who is at the other site too, and their own.
    assert_eq!(office.seen_by("smn"), Some((all(&["b", "both"]), all(&["smn"]))));
}
