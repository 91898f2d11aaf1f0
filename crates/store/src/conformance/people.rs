//! What tables know of people: names that are unique, byte by byte, and queries.

use bailiwick_identity::{Field, Instant, RealmId};
use bailiwick_realm::{FieldChange, UserChange};

use super::fixture::*;
use crate::{ApiKey, Direction, Period, Store, SubmitError, UserKey, UserOrder, UserQuery};

/// Ids that differ in case alone are different.
pub(crate) async fn ids_are_compared_byte_by_byte(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let change = |email: &str| vec![new_user(email)];
    accepted(&store, manage("A", change("first@example.org"))).await;
    accepted(&store, manage("a", change("second@example.org"))).await;
    let email_of = async |id: &str| {
        let row = store.user(&realm(), &UserKey::Id(user(id))).await.unwrap();
        row.and_then(|row| row.person.profile.get(Field::Email).map(str::to_owned))
    };
    assert_eq!(email_of("A").await.as_deref(), Some("first@example.org"));
    assert_eq!(email_of("a").await.as_deref(), Some("second@example.org"));
    accepted(&store, create_unit("E", "enterprise", &[])).await;
    store.close().await;
    let store = open(100).await;
    let world = &store.state("r").unwrap().world;
    assert_ne!(world.user_ix("A"), world.user_ix("a"));
    assert_ne!(world.unit_ix("E"), world.unit_ix("e"));
    let ids = [user("a"), user("A"), user("nobody")].into();
    let rows = store.users(&realm(), &ids).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.user.as_str()).collect::<Vec<_>>(), ["A", "a"]);
    store.close().await;
}

/// A username or an e-mail address is one person's, however many ask for it at once; compared canonically.
pub(crate) async fn names_are_unique(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let spelt = ["jo@example.org", "JO@example.org", "Jo@Example.Org"];
    let together = (0..30).map(|n| {
        let command = manage(&format!("u{n}"), vec![new_user(spelt[n % 3])]);
        submit(&store, command)
    });
    let answers = futures_util::future::join_all(together).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(SubmitError::Refused(_)))));
    let key = UserKey::Username(" JO@EXAMPLE.ORG ".to_owned());
    assert!(store.user(&realm(), &key).await.unwrap().is_some());
    store.close().await;
}

/// Within one group, too, an address that is given up can be taken, and people may exchange addresses.
pub(crate) async fn addresses_move_on(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, create_user("a")).await;
    accepted(&store, create_user("b")).await;
    let steps = [
        set_field("a", Field::Email, "z@example.org"),
        set_field("b", Field::Email, "a@example.org"),
        set_field("a", Field::Email, "b@example.org"),
    ];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    store.close().await;
    let store = open(100).await;
    for (id, email) in [("a", "b@example.org"), ("b", "a@example.org")] {
        let row = store.user(&realm(), &UserKey::Id(user(id))).await.unwrap().unwrap();
        assert_eq!(row.person.profile.get(Field::Email), Some(email));
    }
    let taken = manage("c", vec![new_user("a@example.org")]);
    assert!(matches!(submit(&store, taken).await, Err(SubmitError::Refused(_))));
    store.close().await;
}

/// The etag is the revision that last changed a user; one that has moved on is refused, within a group, too.
pub(crate) async fn etags_move_on(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let created = accepted(&store, create_user("a")).await;
    let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
    assert_eq!(row.person.etag, created.revision);
    assert_eq!((row.created_at, row.updated_at), (created.recorded_at, created.recorded_at));
    let with_etag = |phone: &str| {
        let mut command = set_field("a", Field::WorkPhone, phone);
        if let bailiwick_realm::Body::ManageUser(manage) = &mut command.body {
            manage.etag = Some(created.revision);
        }
        command
    };
    let phones: Vec<String> = (0..5).map(|n| format!("+1312555010{n}")).collect();
    let together = phones.iter().map(|phone| submit(&store, with_etag(phone)));
    let answers = futures_util::future::join_all(together).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let assigned = accepted(&store, assign("a", "s1", "staff", Some(&["p1"]))).await;
    let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
    assert_eq!(row.person.etag, assigned.revision);
    assert_eq!(row.created_at, created.recorded_at);
    assert_eq!(row.updated_at, assigned.recorded_at);
    store.close().await;
}

/// Lists stand in each of their orders, from either end, of all and of some, page by page; filters mean what they say.
pub(crate) async fn users_are_listed(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let names =
        [("Zebra", "A"), ("apple", "b"), ("Apple", "A"), ("Äpfel", "A"), ("app_e", "A"), ("Berry", "A")];
    for (n, (last, first)) in names.into_iter().enumerate() {
        let id = format!("u{n}");
        accepted(&store, create_user(&id)).await;
        accepted(&store, set_field(&id, Field::FirstName, first)).await;
        accepted(&store, set_field(&id, Field::LastName, last)).await;
    }
    // Who changed last is not who was created last.
    accepted(&store, set_field("u1", Field::MiddleInitial, "Q")).await;
    let orders = [
        (UserOrder::Name, ["u4", "u2", "u1", "u5", "u0", "u3"]),
        (UserOrder::Username, ["u0", "u1", "u2", "u3", "u4", "u5"]),
        (UserOrder::Updated, ["u0", "u2", "u3", "u4", "u5", "u1"]),
        (UserOrder::Created, ["u0", "u1", "u2", "u3", "u4", "u5"]),
    ];
    for (order, expected) in orders {
        for direction in [Direction::Ascending, Direction::Descending] {
            for among in [None, Some(["u5", "u1", "nobody", "u3"].map(user).to_vec())] {
                let mut expected: Vec<&str> = expected.to_vec();
                expected.retain(|id| among.as_ref().is_none_or(|among| among.contains(&user(id))));
                if direction == Direction::Descending {
                    expected.reverse();
                }
                let query = UserQuery { order, direction, among, limit: 2, ..UserQuery::default() };
                assert_eq!(every_page(&store, query.clone()).await, expected, "{query:?}");
            }
        }
    }
    store.close().await;
}

/// Filters of a list mean what they say, in whatever order it stands.
pub(crate) async fn lists_are_filtered(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let mut created = Vec::new();
    for (n, last) in ["Zebra", "apple", "Apple", "Äpfel", "app_e", "Berry"].into_iter().enumerate() {
        created.push(accepted(&store, create_user(&format!("u{n}"))).await.recorded_at);
        accepted(&store, set_field(&format!("u{n}"), Field::LastName, last)).await;
    }
    let touched = accepted(&store, set_field("u0", Field::MiddleInitial, "Q")).await.recorded_at;
    let all = UserQuery { limit: 100, ..UserQuery::default() };
    let prefix = |text: &str| UserQuery { last_name_prefix: Some(text.to_owned()), ..all.clone() };
    let username = |text: &str| UserQuery { username: Some(text.to_owned()), ..all.clone() };
    let period = |from, before| Period { from, before };
    let asked = [
        (prefix("APP"), vec!["u1", "u2", "u4"]),
        (prefix("app_"), vec!["u4"]),
        (prefix("äp"), vec!["u3"]),
        (prefix("%"), vec![]),
        (username("U3@example.org"), vec!["u3"]),
        (username("u3"), vec![]),
        (UserQuery { updated: period(Some(touched), None), ..all.clone() }, vec!["u0"]),
        (
            UserQuery { updated: period(None, Some(touched)), ..all.clone() },
            vec!["u1", "u2", "u3", "u4", "u5"],
        ),
        (UserQuery { created: period(Some(created[2]), Some(created[4])), ..all.clone() }, vec!["u2", "u3"]),
        (UserQuery { created: period(Some(created[2]), None), ..prefix("app") }, vec!["u2", "u4"]),
    ];
    for (query, expected) in asked {
        for order in [UserOrder::Name, UserOrder::Username, UserOrder::Updated, UserOrder::Created] {
            for among in [None, Some((0..6).map(|n| user(&format!("u{n}"))).collect())] {
                let query = UserQuery { order, among, ..query.clone() };
                let mut found = every_page(&store, query.clone()).await;
                found.sort_unstable();
                assert_eq!(found, expected, "{query:?}");
            }
        }
    }
    store.close().await;
}

/// The users of every page of a query.
async fn every_page(store: &Store, mut query: UserQuery) -> Vec<String> {
    let mut paged = Vec::new();
    loop {
        let page = store.places(&realm(), &query).await.unwrap();
        assert!(page.len() <= query.limit);
        paged.extend(page.iter().map(|placed| placed.place.user.to_string()));
        match page.into_iter().last() {
            Some(last) => query.after = Some(last.place),
            None => return paged,
        }
    }
}

/// A person's fields, notes and external ids come back as they were given.
pub(crate) async fn what_is_known_comes_back(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, create_user("a")).await;
    let odd = "O'Brien; \"DROP\" \\ ✓ – ẞ";
    accepted(&store, set_field("a", Field::LastName, odd)).await;
    let cleared = FieldChange::Field(Field::WorkPhone, Some("+13125550100".to_owned()));
    accepted(&store, manage("a", vec![UserChange::UpdateProfile(vec![cleared])])).await;
    let cleared = FieldChange::Field(Field::WorkPhone, None);
    accepted(&store, manage("a", vec![UserChange::UpdateProfile(vec![cleared])])).await;
    store.close().await;
    let store = open(100).await;
    let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
    assert_eq!(row.person.profile.get(Field::LastName), Some(odd));
    assert_eq!(row.person.profile.get(Field::WorkPhone), None);
    assert_eq!(row.person.profile.username, "a@example.org");
    assert!(store.user(&realm(), &UserKey::Id(user("b"))).await.unwrap().is_none());
    let elsewhere = RealmId::parse("q").unwrap();
    assert!(store.user(&elsewhere, &UserKey::Id(user("a"))).await.unwrap().is_none());
    store.close().await;
}

/// Marking people as one, and no longer, leaves the notes of everybody concerned as they were: those who are not named
/// in the command, too, alone or in one group of commands.
pub(crate) async fn notes_stay_with_their_owners(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let notes_of = async |store: &Store, id: &str| {
        let row = store.user(&realm(), &UserKey::Id(user(id))).await.unwrap().unwrap();
        row.person.notes.disabled
    };
    for id in ["a", "b", "c", "d"] {
        accepted(&store, create_user(id)).await;
        let mut disable = manage(id, vec![UserChange::Disable]);
        disable.reason = Some(format!("{id} left"));
        accepted(&store, disable).await;
    }
    let same = |id: &str, other: Option<&str>| manage(id, vec![UserChange::SetSamePerson(other.map(user))]);
    accepted(&store, same("a", Some("b"))).await;
    accepted(&store, same("c", Some("a"))).await;
    accepted(&store, same("a", None)).await;
    let steps = [same("a", Some("d")), same("c", Some("d")), same("d", None), same("b", Some("c"))];
    for answer in futures_util::future::join_all(steps.map(|step| submit(&store, step))).await {
        assert!(!matches!(answer, Err(SubmitError::Unavailable | SubmitError::Unknown)), "{answer:?}");
    }
    store.close().await;
    let store = open(100).await;
    for id in ["a", "b", "c", "d"] {
        assert_eq!(notes_of(&store, id).await, Some(format!("{id} left")));
    }
    store.close().await;
}

/// Keys are found by their secret's hash until they are revoked, after a restart and in another process, too.
pub(crate) async fn keys_are_kept(open: impl AsyncFn(usize) -> Store) {
    let (store, other) = (open(100).await, open(100).await);
    let at = Instant::from_micros(1_000).unwrap();
    let key = ApiKey {
        id: "k-1".to_owned(),
        name: "Reports of the county".to_owned(),
        secret_hash: [7; 32],
        permissions: vec!["check".to_owned(), "list".to_owned()],
        realms: vec![realm()],
        created_at: at,
        revoked_at: None,
    };
    store.create_key(key.clone()).await.unwrap();
    assert_eq!(store.key(&[7; 32]).as_deref(), Some(&key));
    assert!(store.create_key(key.clone()).await.is_err());
    assert!(store.is_writable());
    eventually(|| other.key(&[7; 32]).is_some()).await;
    assert!(other.revoke_key("k-1", at.next()).await.unwrap());
    assert!(!other.revoke_key("k-1", at.next()).await.unwrap());
    assert!(other.key(&[7; 32]).is_none());
    eventually(|| store.key(&[7; 32]).is_none()).await;
    store.close().await;
    other.close().await;
    let store = open(100).await;
    assert!(store.key(&[7; 32]).is_none());
    assert_eq!(store.keys().await.unwrap()[0].revoked_at, Some(at.next()));
    store.close().await;
}

/// Waits until something holds, at most five seconds.
pub(crate) async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it does not come to hold");
}
