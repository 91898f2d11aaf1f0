//! Credentials, attempts to sign in, and what is to be mailed.

use std::collections::BTreeSet;

use bailiwick_identity::{
    Credentials, Field, KeptSecrets, PasswordHash, PasswordStanding, SealedSecret, SecretDigest, SecretKind,
};
use bailiwick_policy::Reason;
use bailiwick_realm::{
    Actor, Body, Command, Event, FieldChange, Issue, IssueSecret, Notice, Proof, RedeemSecret, Revision,
    Spares, UserChange,
};

use super::fixture::*;
use crate::{Login, LoginStep, Store, SubmitError, UserKey};

fn digest(n: u8) -> SecretDigest {
    SecretDigest([n; 32])
}

fn sealed(n: u8) -> SealedSecret {
    SealedSecret { digest: digest(n), sealed: format!("sealed-{n}") }
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash(format!("$argon2id${text}"))
}

fn issue(id: &str, issue: Issue) -> Command {
    command(Body::IssueSecret(IssueSecret { user: user(id), etag: None, issue }))
}

fn mail(id: &str, n: u8) -> Command {
    issue(id, Issue::Mail(SecretKind::Reset, sealed(n)))
}

fn redeem(id: &str, proof: Proof, password: &str) -> Command {
    let body = Body::RedeemSecret(RedeemSecret { user: user(id), proof, password: hash(password) });
    Command { actor: Actor::User(user(id)), ..command(body) }
}

fn not_good(answer: &Result<crate::Committed, SubmitError>) -> bool {
    matches!(answer, Err(SubmitError::Refused(refusal)) if refusal.reason == Reason::SecretNotGood)
}

async fn messages(store: &Store, after: u64) -> Vec<(u64, String)> {
    let rows = store.outbox(&realm(), after, 100).await.unwrap();
    let sealed = |notice| match notice {
        Notice::Secret { kind: _, sealed } => sealed,
        Notice::ToApprove(_) | Notice::Decided(_) => panic!("no secret"),
    };
    rows.into_iter().map(|row| (row.id, sealed(row.message.notice))).collect()
}

/// Of many who redeem a secret at once, one does; the present password is a proof as long as it is the present one; and
/// nothing that was compared with before is kept.
pub(crate) async fn secrets_are_used_up_once(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, create_user("a")).await;
    assert_eq!(store.credentials(&realm(), &user("a")).await.unwrap(), None);
    let etag = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap().person.etag;
    accepted(&store, mail("a", 1)).await;
    accepted(&store, mail("a", 2)).await;
    assert_eq!(store.owner_of_secret(&realm(), &digest(1)).await.unwrap(), None);
    assert_eq!(store.owner_of_secret(&realm(), &digest(2)).await.unwrap(), Some(user("a")));
    assert!(not_good(&submit(&store, redeem("a", Proof::Secret(digest(1)), "one")).await));
    let together = (0..8).map(|_| submit(&store, redeem("a", Proof::Secret(digest(2)), "first")));
    let answers = futures_util::future::join_all(together).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.is_ok() || not_good(answer)), "{answers:?}");
    let steps = ["second", "third"].map(|next| redeem("a", Proof::Password(hash("first")), next));
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers[0].is_ok() && not_good(&answers[1]), "{answers:?}");
    store.close().await;

    let store = open(100).await;
    let kept = store.credentials(&realm(), &user("a")).await.unwrap().unwrap();
    assert_eq!(kept.standing, PasswordStanding::Chosen);
    assert_eq!(kept.kept, KeptSecrets { password: Some(hash("second")), secret: None });
    assert_eq!(messages(&store, 0).await, [], "a secret that was used up is mailed to nobody");
    let changes = store.changes(&realm(), Revision(0), 100).await.unwrap();
    let written: Vec<_> = changes.iter().flat_map(|change| &change.events).filter_map(credentials).collect();
    assert_eq!(written.len(), 4);
    assert!(written[..3].iter().all(|old| old.kept == KeptSecrets::default()), "{written:?}");
    assert_eq!(store.verify(&realm()).await.unwrap(), changes.last().unwrap().revision);
    let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
    assert_eq!(row.person.etag, etag, "whoever signs in disturbs no editor");
    let past = store.user_versions(&realm(), &user("a"), Revision(0), 100).await.unwrap();
    assert_eq!(past.len(), 5);
    let last = past.last().unwrap().credentials.clone().unwrap();
    assert_eq!((last.standing, last.kept), (PasswordStanding::Chosen, KeptSecrets::default()));
    store.close().await;
}

fn credentials(event: &Event) -> Option<&Credentials> {
    match event {
        Event::Credentials { user: _, credentials } => Some(credentials),
        Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => None,
    }
}

/// What is to be mailed comes in the order of changes until it is acknowledged, or of no use any more.
pub(crate) async fn messages_wait_until_they_are_delivered(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    for (n, id) in (1..).zip(["a", "b", "c", "d"]) {
        accepted(&store, create_user(id)).await;
        accepted(&store, mail(id, n)).await;
    }
    let waiting = messages(&store, 0).await;
    let sealed: Vec<_> = waiting.iter().map(|(_, sealed)| sealed.as_str()).collect();
    assert_eq!(sealed, ["sealed-1", "sealed-2", "sealed-3", "sealed-4"]);
    assert!(waiting.is_sorted());
    assert_eq!(messages(&store, waiting[1].0).await, waiting[2..]);
    assert_eq!(store.acknowledge(&realm(), BTreeSet::from([waiting[0].0, 7])).await.unwrap(), 1);
    // A newer secret takes the place of the older, an erased person is told nothing, and another address gets no link
    // that went to the one before; nor does the older secret open anything.
    let steps = [
        mail("b", 12),
        mail("b", 22),
        command(Body::EraseUser(user("c"))),
        set_field("d", Field::Email, "other@example.org"),
    ];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    for store in [&store, &open(100).await] {
        let waiting = messages(store, 0).await;
        assert_eq!(waiting.iter().map(|(_, sealed)| sealed.as_str()).collect::<Vec<_>>(), ["sealed-22"]);
        for gone in [2, 12, 3, 4] {
            assert_eq!(store.owner_of_secret(&realm(), &digest(gone)).await.unwrap(), None, "{gone}");
        }
        assert_eq!(store.credentials(&realm(), &user("c")).await.unwrap(), Some(Credentials::default()));
    }
    store.close().await;
}

/// Failures under a name make what follows wait, whoever's it is; not whoever has signed in from the same client before.
pub(crate) async fn failures_slow_down_what_follows(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, create_user("a")).await;
    let login = async |name: &str, known: bool, client: Option<&str>, step| {
        let login = Login {
            realm: realm(),
            names: vec![name.to_owned()],
            user: known.then(|| user("a")),
            client: client.map(str::to_owned),
            step,
        };
        store.login(login).await.unwrap().is_some()
    };
    let own = Some("own device");
    assert!(!login("a@example.org", true, own, LoginStep::Attempt).await);
    login("a@example.org", true, own, LoginStep::Success).await;
    // Many at once count as many in a row; spelt otherwise, it is the same name.
    let spelt = ["a@example.org", "A@EXAMPLE.ORG"];
    let together = (0..20).map(|n| login(spelt[n % 2], true, Some("elsewhere"), LoginStep::Attempt));
    let waiting = futures_util::future::join_all(together).await;
    assert_eq!(waiting.iter().filter(|waits| !**waits).count(), 5, "{waiting:?}");
    for _ in 0..5 {
        assert!(!login("nobody", false, None, LoginStep::Attempt).await);
    }
    assert!(login("nobody", false, None, LoginStep::Attempt).await, "the same for nobody");
    assert!(!login("a@example.org", true, own, LoginStep::Attempt).await, "others do not touch it");
    // Who is not known waits for what failed in the same lot, and not for the others.
    assert!(login("a@example.org", true, Some("elsewhere"), LoginStep::Attempt).await);
    assert!(!login("a@example.org", true, None, LoginStep::Attempt).await);
    login("a@example.org", true, None, LoginStep::Success).await;
    // Whoever has redeemed a secret starts anew, from this client too.
    login("a@example.org", true, Some("third"), LoginStep::Proof).await;
    assert!(!login("a@example.org", true, None, LoginStep::Attempt).await);
    for _ in 0..5 {
        login("a@example.org", true, None, LoginStep::Attempt).await;
    }
    assert!(login("a@example.org", true, None, LoginStep::Attempt).await);
    assert!(!login("a@example.org", true, Some("third"), LoginStep::Attempt).await);
    // A success takes back its own attempt and no other: who guesses beside it gains nothing.
    for _ in 0..3 {
        assert!(!login("b@example.org", true, None, LoginStep::Attempt).await);
    }
    login("b@example.org", true, None, LoginStep::Success).await;
    let after = (0..4).map(|_| login("b@example.org", true, None, LoginStep::Attempt));
    let waiting = futures_util::future::join_all(after).await;
    assert_eq!(waiting, [false, false, false, true]);
    // Of many clients the newest are known.
    for n in 0..20 {
        login("a@example.org", true, Some(&format!("client {n}")), LoginStep::Success).await;
    }
    let counted = store.attempts(&realm(), &user("a")).await.unwrap();
    assert_eq!(counted.iter().filter(|attempts| attempts.known_client).count(), 16);
    assert!(counted.iter().any(|attempts| attempts.failures.count > 0), "{counted:?}");
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    assert_eq!(store.attempts(&realm(), &user("a")).await.unwrap(), []);
    assert!(!login("a@example.org", false, None, LoginStep::Attempt).await, "gone with the person");
    store.close().await;
}

/// A command that raises somebody above whoever saw their secret finds that out within a group of commands, too.
pub(crate) async fn who_rises_above_a_seer_is_revoked_in_one_group(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    for id in ["a", "m", "boss"] {
        accepted(&store, create_user(id)).await;
    }
    accepted(&store, assign("boss", "e", "enterprise-manager", None)).await;
    accepted(&store, assign("m", "s1", "site-manager", None)).await;
    accepted(&store, assign("a", "s1", "staff", Some(&["p1"]))).await;
    accepted(&store, manage("a", vec![UserChange::SetHome(unit("s1"))])).await;
    let shown = issue("a", Issue::OneTimePassword(hash("once")));
    let steps = [
        Command { actor: Actor::User(user("m")), ..shown },
        Command {
            spares: Spares::new([(user("a"), sealed(9))].into()),
            ..assign("a", "e", "enterprise-manager", None)
        },
    ];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let kept = store.credentials(&realm(), &user("a")).await.unwrap().unwrap();
    assert_eq!((kept.standing, kept.seen_by, kept.kept.password), (PasswordStanding::Revoked, None, None));
    assert_eq!(messages(&store, 0).await.len(), 1);
    accepted(&store, redeem("a", Proof::Secret(digest(9)), "mine")).await;
    // Disabled, nobody sets a password.
    accepted(&store, mail("a", 10)).await;
    // What keeps the secret keeps the message.
    let subject = FieldChange::Field(Field::ProviderSubject, Some("sub-1".to_owned()));
    accepted(&store, manage("a", vec![UserChange::UpdateProfile(vec![subject])])).await;
    assert_eq!(messages(&store, 0).await.len(), 1);
    let other = FieldChange::Field(Field::ProviderSubject, Some("sub-2".to_owned()));
    let steps = [mail("a", 11), manage("a", vec![UserChange::UpdateProfile(vec![other])])];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(messages(&store, 0).await.len(), 1, "of one group as of two");
    accepted(&store, manage("a", vec![UserChange::Disable])).await;
    let refused = submit(&store, redeem("a", Proof::Secret(digest(11)), "mine")).await;
    assert!(
        matches!(&refused, Err(SubmitError::Refused(refusal)) if refusal.reason == Reason::UserDisabled),
        "{refused:?}"
    );
    store.close().await;
}
