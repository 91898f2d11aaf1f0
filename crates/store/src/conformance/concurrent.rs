//! Many at once: groups, cancelled calls, overload, several processes.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_identity::RealmId;
use bailiwick_realm::{Actor, Revision, UserChange};

use super::fixture::*;
use super::people::eventually;
use crate::{Store, SubmitError};

/// Commands that wait together become consecutive revisions, and a refusal among them disturbs nobody.
pub(crate) async fn groups_are_committed(open: impl AsyncFn(usize) -> Store) {
    let store = open(1_000).await;
    found(&store).await;
    let before = store.head(&realm()).await.unwrap().unwrap();
    let together = (0..300).map(|n| {
        // Every third asks for what is there already.
        let id = if n % 3 == 2 { n - 1 } else { n };
        submit(&store, create_user(&format!("u{id}")))
    });
    let answers = futures_util::future::join_all(together).await;
    let revisions: BTreeSet<u64> = answers.iter().flatten().map(|c| c.revision.0).collect();
    assert_eq!(revisions, (before.0 + 1..=before.0 + 200).collect());
    assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(SubmitError::Refused(_)))));
    for committed in answers.iter().flatten() {
        assert_eq!(store.hash_at(&realm(), committed.revision).await.unwrap(), Some(committed.hash));
    }
    assert_eq!(store.verify(&realm()).await, Ok(Revision(before.0 + 200)));
    store.close().await;
}

/// Calls that are dropped at any moment leave nothing half done: every acknowledged write is there.
pub(crate) async fn cancelled_calls_lose_nothing(open: impl AsyncFn(usize) -> Store) {
    let store = open(1_000).await;
    found(&store).await;
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    let mut acknowledged = Vec::new();
    for n in 0..200 {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let patience = Duration::from_micros(chance % 1_500);
        let cancelled = {
            let store = store.clone();
            tokio::spawn(async move {
                let (realm, users) = (realm(), BTreeSet::from([user("u0")]));
                let read = store.users(&realm, &users);
                let write = submit(&store, create_user(&format!("cancelled{n}")));
                tokio::time::timeout(patience, futures_util::future::join(read, write)).await.is_ok()
            })
        };
        let dropped = {
            let store = store.clone();
            tokio::spawn(async move { store.preview(&realm(), &create_user("dropped")).await.is_ok() })
        };
        tokio::time::sleep(Duration::from_micros(chance % 700)).await;
        dropped.abort();
        let id = format!("u{n}");
        acknowledged.push((id.clone(), accepted(&store, create_user(&id)).await));
        let _ = cancelled.await;
    }
    store.close().await;
    let store = open(1_000).await;
    let head = store.verify(&realm()).await.unwrap();
    let state = store.state("r").unwrap();
    assert_eq!(state.revision, head);
    for (id, committed) in acknowledged {
        assert!(state.world.user_ix(&id).is_some(), "{id} was acknowledged");
        assert_eq!(store.hash_at(&realm(), committed.revision).await.unwrap(), Some(committed.hash));
    }
    store.close().await;
}

/// Where too many wait, more are refused at once, and those that were taken in are carried out.
pub(crate) async fn overload_is_answered_at_once(open: impl AsyncFn(usize) -> Store) {
    let store = open(4).await;
    found(&store).await;
    let together = (0..500).map(|n| submit(&store, create_user(&format!("u{n}"))));
    let answers = futures_util::future::join_all(together).await;
    let refused = answers.iter().filter(|a| matches!(a, Err(SubmitError::Overloaded))).count();
    let done = answers.iter().filter(|a| a.is_ok()).count();
    assert_eq!(refused + done, 500, "{:?}", answers.iter().find(|a| a.is_err()));
    assert!(refused > 0 && done > 0, "{refused} refused, {done} done");
    let state = store.state("r").unwrap();
    assert_eq!(state.world.user_count(), done);
    accepted(&store, create_user("later")).await;
    store.close().await;
}

/// Two processes write to one database: revisions stay dense, each sees the other's writes and decides on them.
pub(crate) async fn two_processes_share_a_database(open: impl AsyncFn(usize) -> Store) {
    let (one, two) = (open(1_000).await, open(1_000).await);
    found(&one).await;
    let both = (0..100).map(|n| {
        let store = if n % 2 == 0 { &one } else { &two };
        submit(store, create_user(&format!("u{}", n / 2)))
    });
    let answers = futures_util::future::join_all(both).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 50, "each user is created once");
    let head = one.head(&realm()).await.unwrap().unwrap();
    assert_eq!(head, Revision(6 + 50));
    for store in [&one, &two] {
        eventually(|| store.state("r").is_some_and(|state| state.revision == head)).await;
        assert_eq!(store.verify(&realm()).await, Ok(head));
    }
    assert_eq!(portrait(&one.state("r").unwrap()), portrait(&two.state("r").unwrap()));
    // A dry run looks at what is in the database, not at what was.
    accepted(&one, create_user("fresh")).await;
    assert!(matches!(two.preview(&realm(), &create_user("fresh")).await, Err(SubmitError::Refused(_))));
    // A realm that another process makes appears.
    let other = RealmId::parse("other").unwrap();
    one.submit(other, create_realm(), None).await.unwrap();
    eventually(|| two.state("other").is_some()).await;
    one.close().await;
    two.close().await;
}

/// Two managers who take each other's role at once, in two processes: one remains.
pub(crate) async fn two_managers_cannot_end_each_other(open: impl AsyncFn(usize) -> Store) {
    let (one, two) = (open(1_000).await, open(1_000).await);
    found(&one).await;
    for id in ["a", "b"] {
        accepted(&one, create_user(id)).await;
        accepted(&one, assign(id, "e", "enterprise-manager", None)).await;
    }
    let end = |actor: &str, subject: &str| {
        let mut command = manage(subject, vec![UserChange::Disable]);
        command.actor = Actor::User(user(actor));
        command
    };
    for _ in 0..10 {
        let (first, second) = tokio::join!(submit(&one, end("a", "b")), submit(&two, end("b", "a")));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let back = if first.is_ok() { "b" } else { "a" };
        accepted(&one, manage(back, vec![UserChange::Enable])).await;
    }
    one.close().await;
    two.close().await;
}

/// Closing carries out what waits and takes no more; nothing acknowledged is lost.
pub(crate) async fn closing_drains(open: impl AsyncFn(usize) -> Store) {
    let store = open(1_000).await;
    found(&store).await;
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { submit(&store, create_user(&format!("u{n}"))).await.is_ok() })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;
    let mut done = BTreeSet::new();
    for (n, call) in calls.into_iter().enumerate() {
        if call.await.unwrap() {
            done.insert(format!("u{n}"));
        }
    }
    assert!(!store.is_writable());
    assert!(matches!(submit(&store, create_user("late")).await, Err(SubmitError::Unavailable)));
    store.close().await;
    let store = open(1_000).await;
    let state = store.state("r").unwrap();
    let there: BTreeSet<String> =
        state.world.users().filter_map(|(ix, _)| state.world.user_id(ix)).map(|id| id.to_string()).collect();
    assert_eq!(there, done);
    store.close().await;
}

/// Commands and what is done beside them take turns: however much waits of the one, the other does not wait for all of it.
pub(crate) async fn nobody_is_kept_waiting(open: impl AsyncFn(usize) -> Store) {
    let store = open(2_000).await;
    found(&store).await;
    let (realm, asker) = (realm(), user("asker"));
    // There is always a question to be counted.
    let asking = (0..50).map(|_| async {
        loop {
            store.count_question(&realm, &asker).await.unwrap();
        }
    });
    let writing = async {
        for n in 0..20 {
            accepted(&store, create_user(&format!("among{n}"))).await;
        }
    };
    tokio::select! {
        _ = futures_util::future::join_all(asking) => {}
        written = tokio::time::timeout(Duration::from_secs(30), writing) => {
            written.expect("commands have their turn");
        }
    }
    // Questions of those who no longer wait are counted before this one.
    store.count_question(&realm, &asker).await.unwrap();
    let revision = |store: &Store| store.state("r").unwrap().revision.0;
    let before = revision(&store);
    let counted = tokio::spawn({
        let store = store.clone();
        async move {
            // Once commands are under way.
            while revision(&store) == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            store.count_question(&realm, &asker).await.unwrap();
            revision(&store) - before
        }
    });
    let commands = (0..1_900).map(|n| submit(&store, create_user(&format!("many{n}"))));
    let answers = futures_util::future::join_all(commands).await;
    assert!(answers.iter().all(Result::is_ok));
    let went_first = counted.await.unwrap();
    assert!(went_first < 1_500, "{went_first} commands went first");
    store.close().await;
}
