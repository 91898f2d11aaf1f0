//! Lists of people: one change for a part, whatever became of its rows; and the same answer when it comes again.

use std::collections::BTreeMap;

use bailiwick_identity::Field;
use bailiwick_membership::UserManagement;
use bailiwick_realm::{
    Actor, Body, Command, Effect, ImportRow, ImportUsers, ImportedRow, ListedPerson, LoadItem, Lost,
    ManageUser, MatchOutcome, Namesakes, NewUser, RowOutcome, UserChange,
};

use super::fixture::*;
use crate::{Committed, Questions, Store, UserKey};

/// A row: its id if it is new, the last name, e-mail address and birth date.
type Row<'r> = (&'r str, &'r str, &'r str, &'r str);

/// Somebody called Joe.
fn person(last_name: &str, email: &str, born: &str) -> NewUser {
    let fields = BTreeMap::from([
        (Field::FirstName, "Joe".to_owned()),
        (Field::LastName, last_name.to_owned()),
        (Field::Email, format!("{email}@example.org")),
        (Field::BirthDate, born.to_owned()),
        (Field::WorkPhone, "+16546546543".to_owned()),
        (Field::Zip, "60124".to_owned()),
    ]);
    NewUser { home: unit("il"), username: None, fields, external_ids: BTreeMap::new() }
}

fn list(rows: &[Row<'_>], namesakes: Namesakes) -> Command {
    let row = |(line, (id, last_name, email, born)): (u32, &Row<'_>)| {
        let new = person(last_name, email, born);
        let person = ListedPerson { user: user(id), new, home: None, assignments: Vec::new() };
        ImportRow { line, person: Ok(Box::new(person)) }
    };
    let rows = (1..).zip(rows).map(row).collect();
    command(Body::ImportUsers(ImportUsers { rows, namesakes, lost: Lost::Ask, may_tell: None }))
}

fn outcomes(committed: &Committed) -> Vec<(RowOutcome, Option<String>)> {
    let row = |row: &ImportedRow| (row.outcome, row.user.as_ref().map(ToString::to_string));
    committed.effects.iter().filter_map(Effect::imported).map(row).collect()
}

async fn found_illinois(store: &Store) {
    let scheme = shipped_scheme("illinois-worknet");
    accepted(store, command(Body::CreateRealm { title: "Illinois".to_owned(), scheme })).await;
    accepted(store, create_unit("il", "state", &[])).await;
}

fn one(id: &str) -> Option<String> {
    Some(id.to_owned())
}

/// What tables know of people by e-mail, names and birth date decides what becomes of a row, before and after a
/// restart; and a part that is sent again is answered from the log.
pub(crate) async fn lists_are_imported(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    let first = [("a", "McGoo", "a", "1994-05-06"), ("b", "Flanders", "b", "1960-02-03")];
    let part = list(&first, Namesakes::Ask);
    let committed = store.submit(realm(), part.clone(), request("import:1", 1)).await.unwrap();
    assert_eq!(outcomes(&committed), [(RowOutcome::Created, one("a")), (RowOutcome::Created, one("b"))]);
    let row = store.user(&realm(), &UserKey::Email("a@example.org".to_owned())).await.unwrap().unwrap();
    assert_eq!((row.user, row.person.etag), (user("a"), committed.revision));
    store.close().await;

    let store = open(100).await;
    let again = store.submit(realm(), part.clone(), request("import:1", 1)).await.unwrap();
    assert_eq!((again.revision, again.hash), (committed.revision, committed.hash));
    assert_eq!(again.effects, committed.effects);
    let second = [
        ("c", "mc goo", "A", "1994-05-06"),
        ("d", "Mc-Goo", "d", "1994-05-06"),
        ("e", "McGoo", "e", "1990-01-01"),
        ("f", "Simpson", "f", "1990-01-01"),
        ("g", "Simpson", "f", "1990-01-01"),
    ];
    let committed = accepted(&store, list(&second, Namesakes::Ask)).await;
    let wanted = [
        (RowOutcome::Unchanged, one("a")),
        (RowOutcome::NeedsDecision(MatchOutcome::NamesAndBirthDateButEmailDiffers), one("a")),
        (RowOutcome::NeedsDecision(MatchOutcome::NameOnly), one("a")),
        (RowOutcome::Created, one("f")),
        (RowOutcome::Unchanged, one("f")),
    ];
    assert_eq!(outcomes(&committed), wanted);
    let accepted_namesakes = accepted(&store, list(&second[1..3], Namesakes::Accept)).await;
    assert_eq!(outcomes(&accepted_namesakes)[0].0, wanted[1].0);
    assert_eq!(outcomes(&accepted_namesakes)[1], (RowOutcome::Created, one("e")));
    store.close().await;
}

/// Of many people of one name a row is told of the first; whom it means is found wherever they stand.
pub(crate) async fn lists_find_their_people_among_many_namesakes(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    let people = 700;
    let everybody: Vec<LoadItem> = (0..people)
        .map(|n| {
            let born = if n % 2 == 0 { "1960-02-03" } else { "1970-02-03" };
            let new = person("McGoo", &format!("n{n:04}"), born);
            let (user, changes) = (user(&format!("n{n:04}")), vec![UserChange::Create(new)]);
            LoadItem::User(ManageUser { user, etag: None, handles: Vec::new(), changes })
        })
        .collect();
    for items in everybody.chunks(1_000) {
        accepted(&store, command(Body::Load(items.to_vec()))).await;
    }
    let rows = [
        ("x", "McGoo", "n0699", "1970-02-03"),
        ("y", "McGoo", "y", "1970-02-03"),
        ("z", "McGoo", "z", "1990-01-01"),
    ];
    let committed = accepted(&store, list(&rows, Namesakes::Ask)).await;
    let wanted = [
        (RowOutcome::Unchanged, one("n0699")),
        (RowOutcome::NeedsDecision(MatchOutcome::NamesAndBirthDateButEmailDiffers), one("n0001")),
        (RowOutcome::NeedsDecision(MatchOutcome::NameOnly), one("n0000")),
    ];
    assert_eq!(outcomes(&committed), wanted);
    // Who sees none of them is told of those alone whom the list made.
    accepted(&store, create_unit("lwia", "lwia", &["il"])).await;
    accepted(&store, create_unit("apac", "organization", &["lwia"])).await;
    let ada = NewUser { home: unit("apac"), ..person("Boss", "ada", "1970-01-01") };
    accepted(&store, manage("ada", vec![UserChange::Create(ada)])).await;
    let mut administrator = assign("ada", "apac", "service-provider-program-administrator", None);
    if let Body::ManageUser(manage) = &mut administrator.body
        && let Some(UserChange::Assign(spec)) = manage.changes.first_mut()
    {
        spec.options.user_management = Some(UserManagement::Manage);
    }
    accepted(&store, administrator).await;
    let mut part =
        list(&[("v", "McGoo", "v", "1990-01-01"), ("w", "McGoo", "w", "1990-01-02")], Namesakes::Ask);
    part.actor = Actor::User(user("ada"));
    if let Body::ImportUsers(list) = &mut part.body {
        for person in list.rows.iter_mut().filter_map(|row| row.person.as_mut().ok()) {
            person.new.home = unit("apac");
        }
    }
    let wanted =
        [(RowOutcome::Created, one("v")), (RowOutcome::NeedsDecision(MatchOutcome::NameOnly), one("v"))];
    assert_eq!(outcomes(&accepted(&store, part).await), wanted);
    store.close().await;
}

/// Commands of one group are each decided on what the one before it left, lists among them.
pub(crate) async fn lists_share_a_transaction(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found_illinois(&store).await;
    let rows = [("a", "McGoo", "a", "1994-05-06"), ("b", "Flanders", "b", "1960-02-03")];
    let renamed = manage(
        "a",
        vec![UserChange::UpdateProfile(vec![bailiwick_realm::FieldChange::Field(
            Field::LastName,
            Some("Changed".to_owned()),
        )])],
    );
    let commands = [
        list(&rows, Namesakes::Ask),
        renamed,
        list(&[("c", "McGoo", "c", "1994-05-06"), ("d", "Changed", "d", "1990-01-01")], Namesakes::Ask),
        list(&rows, Namesakes::Ask),
    ];
    let answers = futures_util::future::join_all(commands.map(|command| submit(&store, command))).await;
    let answers: Vec<Committed> = answers.into_iter().map(Result::unwrap).collect();
    let name_only = RowOutcome::NeedsDecision(MatchOutcome::NameOnly);
    assert_eq!(outcomes(&answers[2]), [(RowOutcome::Created, one("c")), (name_only, one("a"))]);
    let differs = RowOutcome::NeedsDecision(MatchOutcome::EmailButDetailsDiffer);
    assert_eq!(outcomes(&answers[3]), [(differs, one("a")), (RowOutcome::Unchanged, one("b"))]);
    store.close().await;
}

/// Questions are counted several at a time, and those that were not asked are taken back.
pub(crate) async fn questions_are_taken_back(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let count = async |questions| store.count_questions(&realm(), &user("a"), questions).await.unwrap();
    let first = count(Questions::Asked(40)).await;
    assert_eq!(first.asked, 40);
    let second = count(Questions::Asked(3)).await;
    assert_eq!((second.asked, second.hour), (43, first.hour));
    assert_eq!(count(Questions::TakenBack(33, first.hour)).await.asked, 10);
    assert_eq!(store.questions_asked(&realm(), &user("a")).await, Ok(10));
    // Where nothing is left, nothing was asked, and the hour is over.
    assert_eq!(count(Questions::TakenBack(99, first.hour)).await.asked, 0);
    assert_eq!(store.questions_asked(&realm(), &user("a")).await, Ok(0));
    assert_eq!(count(Questions::TakenBack(1, first.hour)).await.asked, 0);
    // What was counted in one hour is not taken back in the next.
    assert_eq!(count(Questions::Asked(2)).await.asked, 2);
    assert_eq!(count(Questions::TakenBack(1, first.hour)).await.asked, 0);
    assert_eq!(store.questions_asked(&realm(), &user("a")).await, Ok(2));
    store.close().await;
}
