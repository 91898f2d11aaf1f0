//! What people are known by: given once, and one person's.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, Profile};
use bailiwick_realm::{Actor, Body, Command, Handle, NewUser, Revision, UserChange};

use super::fixture::*;
use crate::{Store, SubmitError, UserKey};

fn joe(id: &str, last_name: &str, fields: &[(Field, &str)]) -> Command {
    let mut all = BTreeMap::from([
        (Field::FirstName, "Joe".to_owned()),
        (Field::LastName, last_name.to_owned()),
        (Field::Email, format!("{id}@example.org")),
        (Field::BirthDate, "1994-05-06".to_owned()),
        (Field::WorkPhone, "+16546546543".to_owned()),
        (Field::Zip, "60124".to_owned()),
    ]);
    all.extend(fields.iter().map(|(field, value)| (*field, (*value).to_owned())));
    let new = NewUser { home: unit("il"), username: None, fields: all, external_ids: BTreeMap::new() };
    manage(id, vec![UserChange::Create(new)])
}

async fn found_illinois(store: &Store) {
    let scheme = shipped_scheme("illinois-worknet");
    accepted(store, command(Body::CreateRealm { title: "Illinois".to_owned(), scheme })).await;
    accepted(store, create_unit("il", "state", &[])).await;
}

/// What a database is made to look like behind the store's back, and what it is asked.
pub(crate) trait Behind {
    /// The personal part of a user's profile.
    async fn profile(&self, user: &str) -> Vec<u8>;

    /// Gives a user this profile, and takes away all that a newer version computed of usernames.
    async fn grow_old(&self, user: &str, profile: Vec<u8>);

    /// What callers' ids of commands are remembered by.
    async fn request_ids(&self) -> Vec<String>;

    /// Remembers all of them as older versions did.
    async fn remember_as_given(&self, id: &str, body: [u8; 32]);

    /// Whose the usernames are that were ever used, in order; nobody's of who is erased.
    async fn owners(&self) -> Vec<Option<String>>;

    /// Takes away all that a newer version noted of what users are linked to.
    async fn forget_links(&self);
}

/// A database from before look-alikes were seen opens, and everybody keeps their username; the first keeps others from
/// being given.
pub(crate) async fn old_look_alikes_keep_their_names(
    open: impl AsyncFn(usize) -> Store,
    behind: impl Behind,
) {
    let store = open(100).await;
    found_illinois(&store).await;
    accepted(&store, joe("a", "McGoo", &[])).await;
    accepted(&store, joe("b", "Other", &[])).await;
    store.close().await;
    let named = renamed(&behind.profile("b").await, "JMcG0o");
    behind.grow_old("b", named).await;
    let store = open(100).await;
    assert_eq!(
        (username(&store, "a").await, username(&store, "b").await),
        ("JMcGoo".into(), "JMcG0o".into())
    );
    assert_eq!(behind.owners().await, [Some("a".to_owned())]);
    for (name, owner) in [("jmcgoo", "a"), ("jmcg0o", "b")] {
        let found = store.user(&realm(), &UserKey::Username(name.to_owned())).await.unwrap();
        assert_eq!(found.map(|row| row.user), Some(user(owner)));
    }
    accepted(&store, joe("c", "McGoo", &[])).await;
    assert_eq!(username(&store, "c").await, "JMcGoo1");
    // Who is known by the name that looks alike can be changed and erased like anybody.
    accepted(&store, set_field("b", Field::LastName, "Another")).await;
    accepted(&store, command(Body::EraseUser(user("b")))).await;
    assert_eq!(behind.owners().await, [Some("a".to_owned()), Some("c".to_owned())]);
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    assert_eq!(behind.owners().await, [None, Some("c".to_owned())]);
    accepted(&store, joe("d", "McGoo", &[])).await;
    assert_eq!(username(&store, "d").await, "JMcGoo2");
    store.close().await;
}

/// Callers' ids are remembered by what tells nothing; what an older version remembered as it was given is answered still,
/// and forgotten with whoever is erased.
pub(crate) async fn what_older_versions_remembered_is_answered(
    open: impl AsyncFn(usize) -> Store,
    behind: impl Behind,
) {
    let store = open(100).await;
    found_illinois(&store).await;
    let make = async || store.submit(realm(), joe("a", "McGoo", &[]), request("make Joe McGoo", 1)).await;
    let made = make().await.unwrap();
    let ids = behind.request_ids().await;
    assert!(ids.len() == 1 && ids[0].starts_with('#') && !ids[0].contains("Joe"), "{ids:?}");
    behind.remember_as_given("make Joe McGoo", [1; 32]).await;
    assert_eq!(make().await.unwrap().revision, made.revision);
    let other = store.submit(realm(), joe("a", "McGoo", &[]), request("make Joe McGoo", 2)).await;
    assert!(matches!(other, Err(SubmitError::RequestIdReused)), "{other:?}");
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    assert_eq!(behind.request_ids().await, Vec::<String>::new());
    store.close().await;
}

async fn username(store: &Store, id: &str) -> String {
    store.user(&realm(), &UserKey::Id(user(id))).await.unwrap().unwrap().person.profile.username
}

/// However many are created at once under one name: each has a username of its own, numbered without gaps, and none
/// looks like another.
pub(crate) async fn usernames_are_given_once(open: impl AsyncFn(usize) -> Store) {
    let (store, other) = (open(100).await, open(100).await);
    found_illinois(&store).await;
    accepted(&store, joe("first", "McGool", &[])).await;
    let together = (0..64).map(|n| {
        let store = if n % 2 == 0 { &store } else { &other };
        submit(store, joe(&format!("u{n}"), "McGoo", &[]))
    });
    let answers = futures_util::future::join_all(together).await;
    assert!(answers.iter().all(Result::is_ok), "{:?}", answers.iter().find(|a| a.is_err()));
    let mut names = BTreeSet::new();
    for n in 0..64 {
        names.insert(username(&store, &format!("u{n}")).await);
    }
    // `JMcGoo1` looks like `JMcGool`, who was there before.
    let numbered = |n: u32| if n == 0 { "JMcGoo".to_owned() } else { format!("JMcGoo{}", n + 1) };
    let wanted: BTreeSet<String> = (0..64).map(numbered).collect();
    assert_eq!(names, wanted);
    other.close().await;
    store.close().await;
    // Also after a restart.
    let store = open(100).await;
    accepted(&store, joe("later", "McGoo", &[])).await;
    assert_eq!(username(&store, "later").await, "JMcGoo65");
    let found = store.user(&realm(), &UserKey::Username("jmcgoo2".to_owned())).await.unwrap();
    assert!(found.is_some());
    store.close().await;
}

/// People of the same names are found in pages, however the names are spelt.
pub(crate) async fn namesakes_are_found(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    for id in ["a", "b", "c"] {
        accepted(&store, joe(id, if id == "b" { "mc goo" } else { "McGoo" }, &[])).await;
    }
    accepted(&store, joe("d", "Other", &[])).await;
    let ids = async |after: Option<&str>, limit| {
        let after = after.map(user);
        let rows = store.namesakes(&realm(), "mcgoo joe", after.as_ref(), limit).await.unwrap();
        rows.into_iter().map(|row| row.user.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 2).await, ["a", "b"]);
    assert_eq!(ids(Some("b"), 2).await, ["c"]);
    let by_email = store.user(&realm(), &UserKey::Email("B@example.org".to_owned())).await.unwrap();
    assert_eq!(by_email.unwrap().user, user("b"));
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    assert_eq!(ids(None, 5).await, ["b", "c"]);
    store.close().await;
}

/// Questions about people are counted for each actor, by all servers together.
pub(crate) async fn questions_are_counted(open: impl AsyncFn(usize) -> Store) {
    let (one, two) = (open(100).await, open(100).await);
    found(&one).await;
    for n in 1..=5 {
        let store = if n % 2 == 0 { &one } else { &two };
        assert_eq!(store.count_question(&realm(), &user("a")).await, Ok(n));
    }
    assert_eq!(one.count_question(&realm(), &user("b")).await, Ok(1));
    one.close().await;
    two.close().await;
}

/// A handle is good for one command, on all servers and in one group.
pub(crate) async fn handles_are_used_up_once(open: impl AsyncFn(usize) -> Store) {
    let (store, other) = (open(100).await, open(100).await);
    found(&store).await;
    for (id, site) in [("manager", "s1"), ("stranger", "s2")] {
        let mut create = create_user(id);
        if let Body::ManageUser(manage) = &mut create.body
            && let Some(UserChange::Create(new)) = manage.changes.first_mut()
        {
            new.home = unit(site);
        }
        accepted(&store, create).await;
    }
    accepted(&store, assign("manager", "s1", "site-manager", None)).await;
    let add = |id: u8, role: &str| {
        let mut command = assign("stranger", "s1", role, Some(&["p1"]));
        command.actor = Actor::User(user("manager"));
        if let Body::ManageUser(manage) = &mut command.body {
            manage.handles.push(Handle {
                id: [id; 16],
                caller: "test".to_owned(),
                actor: user("manager"),
                user: user("stranger"),
                expires_at: Instant::MAX,
            });
        }
        command
    };
    let together = (0..10).map(|n| submit(if n % 2 == 0 { &store } else { &other }, add(1, "staff")));
    let answers = futures_util::future::join_all(together).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    accepted(&store, manage("stranger", vec![UserChange::Remove { number: 1 }])).await;
    for store in [&store, &other] {
        assert!(matches!(submit(store, add(1, "staff")).await, Err(SubmitError::Refused(_))));
    }
    accepted(&other, add(2, "staff")).await;
    store.close().await;
    other.close().await;
}

/// An erased person is gone from tables and log, whose chain still verifies; the name is never used again, and the
/// address is free.
pub(crate) async fn an_erased_person_is_gone(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    let mut created = joe("a", "Featherstonehaugh", &[(Field::ProviderSubject, "idp|1")]);
    created.reason = Some("Joe asked for it".to_owned());
    let made = store.submit(realm(), created, request("make-joe", 1)).await.unwrap();
    accepted(&store, set_field("a", Field::LastName, "Cholmondeley")).await;
    accepted(&store, joe("b", "Other", &[])).await;
    let history = store.user_versions(&realm(), &user("a"), Revision(0), 10).await.unwrap();
    let names: Vec<_> =
        history.iter().map(|version| version.left.row.person.profile.get(Field::LastName).unwrap()).collect();
    assert_eq!(names, ["Featherstonehaugh", "Cholmondeley"]);
    assert_eq!(history[0].change.reason.as_deref(), Some("Joe asked for it"));
    assert_eq!(history[0].change.request_id.as_deref(), Some("make-joe"));
    let mut erase = command(Body::EraseUser(user("a")));
    erase.reason = Some("asked to be forgotten".to_owned());
    let erased = accepted(&store, erase).await;
    for store in [&store, &open(100).await] {
        assert_eq!(store.verify(&realm()).await, Ok(erased.revision));
        let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
        assert_eq!(row.person.profile, Profile::default());
        let told = format!("{:?}", store.changes(&realm(), Revision(0), 100).await.unwrap());
        let past = format!("{:?}", store.user_versions(&realm(), &user("a"), Revision(0), 10).await.unwrap());
        for personal in
            ["Featherstonehaugh", "Cholmondeley", "asked for it", "idp|1", "a@example.org", "make-joe"]
        {
            assert!(!told.contains(personal) && !past.contains(personal), "{personal}");
        }
        assert!(told.contains("asked to be forgotten") && told.contains("b@example.org"));
        assert!(store.state("r").unwrap().world.user(bailiwick_membership::UserIx(0)).unwrap().is_erased());
        let found = store.user(&realm(), &UserKey::Username("JFeatherstonehaugh".to_owned())).await.unwrap();
        assert!(found.is_none());
    }
    // What the person was known by is another's to take, but the username is not.
    let again =
        joe("c", "Featherstonehaugh", &[(Field::Email, "a@example.org"), (Field::ProviderSubject, "idp|1")]);
    accepted(&store, again).await;
    assert_eq!(username(&store, "c").await, "JFeatherstonehaugh1");
    // The command that made the person is remembered: sent again, it makes nobody, and tells when it was carried out.
    let repeated = store.submit(realm(), joe("a", "Featherstonehaugh", &[]), request("make-joe", 1)).await;
    let repeated = repeated.unwrap();
    assert_eq!((repeated.revision, repeated.hash), (made.revision, made.hash));
    assert!(!format!("{:?}", repeated.events).contains("Featherstonehaugh"));
    let other = store.submit(realm(), joe("a", "Featherstonehaugh", &[]), request("make-joe", 2)).await;
    assert!(matches!(other, Err(SubmitError::RequestIdReused)), "{other:?}");
    store.close().await;
}

/// An address, an external id and a provider's subject are one person's, and free again when given up.
pub(crate) async fn what_people_are_known_by_is_one_persons(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    accepted(&store, joe("a", "A", &[(Field::ProviderSubject, "idp|1")])).await;
    let taken = submit(&store, joe("b", "B", &[(Field::ProviderSubject, " idp|1 ")])).await;
    assert!(matches!(taken, Err(SubmitError::Refused(_))), "{taken:?}");
    accepted(&store, joe("b", "B", &[(Field::ProviderSubject, "IDP|1")])).await;
    accepted(&store, set_field("a", Field::ProviderSubject, "idp|2")).await;
    accepted(&store, set_field("b", Field::ProviderSubject, "idp|1")).await;
    let steps = [("a", "idp|3"), ("b", "idp|2"), ("a", "idp|1")]
        .map(|(id, s)| set_field(id, Field::ProviderSubject, s));
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    store.close().await;
}
