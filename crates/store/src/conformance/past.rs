//! The past: what was true at a revision, found by seeks.

use std::collections::BTreeSet;

use bailiwick_membership::{Enrolment, UserRef};
use bailiwick_realm::{Revision, State, UserChange};

use super::Behind;
use super::fixture::*;
use crate::{Past, PastAt, PastRange, PastWanted, Store};

fn wanted(users: &[&str], customers: &[&str]) -> PastWanted {
    PastWanted {
        users: users.iter().map(|id| user(id)).collect(),
        units: BTreeSet::new(),
        customers: customers.iter().map(|id| customer(id)).collect(),
    }
}

async fn past(store: &Store, at: PastAt, wanted: &PastWanted) -> Result<Past, PastRange> {
    let present = store.state("r").unwrap();
    store.past(&present, at, wanted).await.unwrap()
}

fn held(state: &State, id: &str) -> Option<usize> {
    let user = state.world.user_ix(id).and_then(|ix| state.world.user(ix))?;
    (!user.is_erased()).then(|| user.assignments().count())
}

/// Users, units and customers are what they were after each revision, and were not before they were made.
pub(crate) async fn the_past_is_as_it_was(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let made = accepted(&store, create_user("a")).await.revision;
    let given = accepted(&store, assign("a", "s1", "staff", Some(&["p1"]))).await.revision;
    let placed = accepted(&store, place("c", "p1")).await.revision;
    accepted(&store, take_case("a", "c", "p1")).await;
    let more = accepted(&store, assign("a", "s2", "staff", None)).await.revision;
    store.close().await;
    let store = open(100).await;
    let about = wanted(&["a", "nobody"], &["c"]);
    let at = async |revision: Revision| past(&store, PastAt::Revision(revision), &about).await.unwrap().state;
    let before = at(Revision(made.0 - 1)).await;
    assert_eq!((held(&before, "a"), before.world.customer_ix("c")), (None, None));
    for (revision, assignments) in [(made, 0), (given, 1), (placed, 1), (more, 2)] {
        let then = at(revision).await;
        assert_eq!((held(&then, "a"), held(&then, "nobody")), (Some(assignments), None));
        assert_eq!(then.revision, revision);
    }
    let then = at(placed).await;
    let c = then.world.customer_ix("c").unwrap();
    let placements: Vec<_> = then.world.placements(c).collect();
    assert_eq!(placements.len(), 1);
    assert_eq!(placements[0].enrolment, Enrolment::Enrolled);
    // What lies above was loaded with it, and the caseload came later.
    let p1 = then.world.node(placements[0].unit).unwrap();
    assert_eq!(p1.with_ancestors().len(), 3);
    let has_case = |state: &State| {
        let user = state.world.user_ix("a").and_then(|ix| state.world.user(ix));
        user.is_some_and(|user: UserRef<'_>| !user.caseload().is_empty())
    };
    assert!(!has_case(&then) && has_case(at(more).await.as_ref()));
    store.close().await;
}

/// A revision that is not there is answered with the range; an instant, by the last revision by then.
pub(crate) async fn the_past_has_ends(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let about = wanted(&[], &[]);
    let last = store.state("r").unwrap().revision;
    for beyond in [0, last.0 + 1].map(Revision) {
        let range = past(&store, PastAt::Revision(beyond), &about).await.unwrap_err();
        assert_eq!((range.first.0, range.last.0), (Revision(1), last));
    }
    let whole = past(&store, PastAt::Revision(Revision(1)), &about).await.unwrap().state;
    let before = bailiwick_identity::Instant::from_micros(whole.recorded_at.as_micros() - 1).unwrap();
    assert!(past(&store, PastAt::Instant(before), &about).await.is_err());
    for revision in 1..=last.0 {
        let state = past(&store, PastAt::Revision(Revision(revision)), &about).await.unwrap().state;
        let by_time = past(&store, PastAt::Instant(state.recorded_at), &about).await.unwrap().state;
        // Several may have been recorded in one instant: the last of them.
        assert!(by_time.revision >= state.revision && by_time.recorded_at == state.recorded_at);
    }
    store.close().await;
}

/// Whose own record a customer was, and who was marked as the same person, is found though nobody is any more.
/// Also where an older version noted nothing of it.
pub(crate) async fn links_are_found_from_the_other_end(
    open: impl AsyncFn(usize) -> Store,
    behind: impl Behind,
) {
    let store = open(100).await;
    found(&store).await;
    for id in ["a", "b", "c"] {
        accepted(&store, create_user(id)).await;
    }
    accepted(&store, place("x", "p1")).await;
    let own = |other: Option<&str>| vec![UserChange::SetOwnRecord(other.map(customer))];
    let same = |other: Option<&str>| vec![UserChange::SetSamePerson(other.map(user))];
    accepted(&store, manage("b", own(Some("x")))).await;
    let marked = accepted(&store, manage("b", same(Some("a")))).await.revision;
    accepted(&store, manage("b", own(None))).await;
    accepted(&store, manage("b", same(None))).await;
    links_are_found(&store, marked).await;
    store.close().await;
    behind.forget_links().await;
    let store = open(100).await;
    links_are_found(&store, marked).await;
    store.close().await;
}

async fn links_are_found(store: &Store, marked: Revision) {
    let about = wanted(&["a"], &["x"]);
    let then = past(store, PastAt::Revision(marked), &about).await.unwrap().state;
    let [a, b] = ["a", "b"].map(|id| then.world.user_ix(id));
    let person = then.world.user(a.unwrap()).and_then(UserRef::person);
    assert!(person.is_some() && person == then.world.user(b.unwrap()).and_then(UserRef::person));
    assert_eq!(then.world.owner_of(then.world.customer_ix("x").unwrap()), b);
    let newest = store.state("r").unwrap().revision;
    let now = past(store, PastAt::Revision(newest), &about).await.unwrap().state;
    assert_eq!(now.world.owner_of(now.world.customer_ix("x").unwrap()), None);
}
