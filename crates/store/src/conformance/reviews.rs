//! Reviews: kept, listed, found when they are due.

use bailiwick_identity::{Instant, ReviewId};
use bailiwick_policy::Reason;
use bailiwick_realm::{
    Body, ItemVerdict, Looked, Review, ReviewCommand, ReviewOutcome, ReviewOver, Reviewer, Revision,
    Unconfirmed,
};

use super::fixture::{accepted, command, realm, user};
use super::requests::{found, refused};
use crate::{Due, DueOf, ReviewPlace, Store, WhichReviews};

fn id(review: &str) -> ReviewId {
    ReviewId::parse(review).unwrap()
}

fn give(what: ReviewCommand) -> bailiwick_realm::Command {
    command(Body::Review(Box::new(what)))
}

fn open(review: &str, due_at: Instant, role: &str) -> ReviewCommand {
    let over = ReviewOver { unit: None, role: Some(role.to_owned()) };
    ReviewCommand::Open { id: id(review), over, due_at, unconfirmed: Unconfirmed::Ended }
}

async fn read(store: &Store, review: &str) -> Option<Review> {
    store.reviews(&realm(), &[id(review)].into()).await.unwrap().unwrap().reviews.pop()
}

async fn listed(store: &Store, which: WhichReviews) -> Vec<String> {
    let mut all: Vec<ReviewPlace> = Vec::new();
    loop {
        let page = store.review_places(&realm(), which, all.last(), 1).await.unwrap();
        if page.is_empty() {
            return all.into_iter().map(|place| place.review.to_string()).collect();
        }
        all.extend(page);
    }
}

pub(crate) async fn reviews_are_kept(open_store: impl AsyncFn(usize) -> Store) {
    let store = open_store(100).await;
    found(&store).await;
    let from_now = |micros| {
        let now = store.state("r").unwrap().recorded_at.as_micros();
        Instant::from_micros(now + micros).unwrap()
    };
    let (soon, far) = (from_now(800_000), from_now(86_400_000_000));
    accepted(&store, give(open("v-1", soon, "team-leader"))).await;
    accepted(&store, give(open("v-2", far, "segment-manager"))).await;
    assert_eq!(refused(&store, give(open("v-1", far, "team-leader"))).await, Reason::AlreadyExists);
    assert_eq!(read(&store, "v-3").await, None);
    for store in [&store, &open_store(100).await] {
        assert_eq!(listed(store, WhichReviews::Open).await, ["v-2", "v-1"]);
        let review = read(store, "v-1").await.unwrap();
        assert_eq!((review.opener, review.due_at, review.items.len()), (None, soon, 1));
        let due = Due { at: soon, realm: realm(), of: DueOf::Review(id("v-1")) };
        assert_eq!(store.due(soon, None, 10).await.unwrap(), vec![due.clone()]);
        assert_eq!(store.due(soon, Some(&due), 10).await.unwrap(), []);
    }
    let item = |verdict| ItemVerdict { user: user("manager"), number: 1, verdict };
    let decide = ReviewCommand::Decide { id: id("v-2"), items: vec![item(Looked::Confirm)] };
    accepted(&store, give(decide)).await;
    let users = vec![user("leader")];
    let end = || give(ReviewCommand::Due { id: id("v-1"), users: users.clone() });
    assert_eq!(refused(&store, end()).await, Reason::NotDue);
    tokio::time::sleep(std::time::Duration::from_millis(850)).await;
    accepted(&store, end()).await;
    assert_eq!(refused(&store, end()).await, Reason::ReviewClosed);
    for store in [&store, &open_store(100).await] {
        assert_eq!(read(store, "v-1").await.unwrap().items[0].outcome, ReviewOutcome::Lapsed);
        let confirmed = read(store, "v-2").await.unwrap();
        let looked = &confirmed.items[0].outcome;
        assert!(matches!(looked, ReviewOutcome::Confirmed(Reviewer { by: None, .. })), "{looked:?}");
        assert!(confirmed.closed_at.is_some());
        assert_eq!(listed(store, WhichReviews::Open).await, [""; 0]);
        assert_eq!(listed(store, WhichReviews::All).await, ["v-2", "v-1"]);
        assert_eq!(store.due(far, None, 10).await.unwrap(), []);
        let state = store.state("r").unwrap();
        let leader = state.world.user(state.world.user_ix("leader").unwrap()).unwrap();
        assert!(leader.assignments().all(|a| !a.held(state.recorded_at)));
    }
    assert!(store.verify(&realm()).await.is_ok());
}

/// Why something was reviewed goes with each of those it was about.
pub(crate) async fn why_somebody_was_reviewed_goes_with_them(open_store: impl AsyncFn(usize) -> Store) {
    let store = open_store(100).await;
    found(&store).await;
    let now = store.state("r").unwrap().recorded_at.as_micros();
    let due_at = Instant::from_micros(now + 86_400_000_000).unwrap();
    let told =
        |what| bailiwick_realm::Command { reason: Some("asked by Featherstone".to_owned()), ..give(what) };
    accepted(&store, told(open("v-1", due_at, "team-leader"))).await;
    accepted(&store, told(open("v-2", due_at, "segment-manager"))).await;
    let looked = |user_id: &str, verdict| ItemVerdict { user: user(user_id), number: 1, verdict };
    let items = vec![looked("leader", Looked::Confirm)];
    accepted(&store, told(ReviewCommand::Decide { id: id("v-1"), items })).await;
    let before = store.head(&realm()).await.unwrap().unwrap().0;
    accepted(&store, command(Body::EraseUser(user("leader")))).await;
    for store in [&store, &open_store(100).await] {
        let changes = store.changes(&realm(), Revision(before - 3), 3).await.unwrap();
        let reasons: Vec<_> = changes.iter().map(|change| change.reason.is_some()).collect();
        assert_eq!(reasons, [false, true, false], "of v-1, of v-2, of v-1 again");
        assert!(store.verify(&realm()).await.is_ok());
    }
}
