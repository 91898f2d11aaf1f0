//! Lists of people over the wire: what became of each row, dry runs, parts that come again, and what is counted.

use bailiwick_proto::v1;
use tonic::Code;
use tonic_types::StatusExt;

use super::matching::{Desk, REALM, assign, manage, profile, reason};
use v1::ImportOutcome as Outcome;

fn row(line: u32, person: v1::Profile, unit: &str) -> v1::ImportRow {
    let mut assignment = assign("public-viewer", unit);
    assignment.options = Some(v1::AssignmentOptions::default());
    v1::ImportRow { line, profile: Some(person), assignments: vec![assignment], ..v1::ImportRow::default() }
}

pub(super) fn list(actor: &str, rows: Vec<v1::ImportRow>) -> v1::ImportUsersRequest {
    v1::ImportUsersRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        file_digest: vec![7; 32],
        part: 1,
        rows,
        ..v1::ImportUsersRequest::default()
    }
}

/// So many people whom nobody knows.
pub(super) fn strangers(from: u32, count: u32) -> Vec<v1::ImportRow> {
    let person = |n: u32| profile("New", &format!("Person{n}"), &format!("n{n}@example.org"), "1990-01-01");
    (from..from + count).map(|n| row(n, person(n), "apac")).collect()
}

/// The same rows, with so many assignments each.
fn with_assignments(mut rows: Vec<v1::ImportRow>, assignments: usize) -> Vec<v1::ImportRow> {
    for row in &mut rows {
        row.assignments = vec![assign("public-viewer", "apac"); assignments];
    }
    rows
}

/// Somebody new, somebody known, somebody to be added, somebody like somebody, and rows that cannot be.
fn mixed() -> Vec<v1::ImportRow> {
    let mut unreadable = row(6, profile("Bad", "Row", "no address", "05/06/1994"), "apac");
    unreadable.assignments[0].unit = "apac".to_owned();
    vec![
        row(2, profile("New", "One", "one@example.org", "1990-01-01"), "apac"),
        row(3, profile("Joe", "McGoo", "JMCGOO@example.org", "1994-05-06"), "apac"),
        row(4, profile("Joe", "McGoo", "jmcgoo@example.org", "1994-05-06"), "psc"),
        row(5, profile("Ned", "Flanders", "other@example.org", "1960-02-03"), "apac"),
        unreadable,
        row(7, profile("New", "Seven", "seven@example.org", "1990-01-01"), "nowhere"),
        row(8, profile("New", "One", "one@example.org", "1990-01-01"), "psc"),
    ]
}

fn outcomes(response: &v1::ImportUsersResponse) -> Vec<(u32, Outcome)> {
    response.rows.iter().map(|row| (row.line, row.outcome())).collect()
}

impl Desk {
    async fn import(&mut self, request: v1::ImportUsersRequest) -> v1::ImportUsersResponse {
        self.users.import_users(request).await.unwrap().into_inner()
    }

    async fn refused(&mut self, request: v1::ImportUsersRequest) -> (Code, String) {
        let status = self.users.import_users(request).await.unwrap_err();
        (status.code(), reason(&status))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_answered_and_a_dry_run_tells_the_same() {
    let mut desk = Desk::open().await;
    let wanted = [
        (2, Outcome::Created),
        (3, Outcome::Unchanged),
        (4, Outcome::Added),
        (5, Outcome::NeedsDecision),
        (6, Outcome::Refused),
        (7, Outcome::Refused),
        (8, Outcome::Added),
    ];
    let dry = v1::ImportUsersRequest { validate_only: true, ..list("", mixed()) };
    let previewed = desk.import(dry.clone()).await;
    assert_eq!(outcomes(&previewed), wanted);
    assert_eq!((previewed.revision, previewed.token.len()), (0, 0));
    assert_eq!(desk.import(dry).await.rows, previewed.rows, "a dry run wrote something");
    let done = desk.import(list("", mixed())).await;
    assert_eq!(outcomes(&done), wanted);
    assert!(done.revision > 0 && !done.token.is_empty());
    assert_eq!(done.counts, previewed.counts);
    let counts = done.counts.unwrap();
    assert_eq!((counts.created, counts.added, counts.unchanged), (1, 2, 1));
    assert_eq!((counts.updated, counts.needs_decision, counts.refused), (0, 1, 2));
    for (before, after) in previewed.rows.iter().zip(&done.rows) {
        let nameless = v1::ImportedRow { user: before.user.clone(), ..after.clone() };
        assert_eq!(&nameless, before);
    }
    let by_line = |line: u32| done.rows.iter().find(|row| row.line == line).unwrap();
    assert_eq!(by_line(5).r#match(), v1::MatchOutcome::NameAndBirthDateButEmailDiffers);
    assert_eq!(
        (by_line(5).user.as_str(), by_line(5).fields.clone()),
        ("users/ned", vec!["email".to_owned()])
    );
    assert_eq!(by_line(6).fields, ["email", "birth_date", "assignments[0].unit"]);
    assert!(!by_line(6).detail.contains("no address") && !by_line(6).detail.contains("1994"), "a value");
    assert_eq!(by_line(7).reason(), v1::Reason::UnknownUnit);
    assert_eq!(by_line(8).user, by_line(2).user);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_comes_again_is_answered_and_not_done_again() {
    let mut desk = Desk::open().await;
    let first = desk.import(list("", mixed())).await;
    let again = desk.import(list("", mixed())).await;
    assert_eq!(again, first);
    // For another reason it is the same part still.
    let because = v1::ImportUsersRequest { reason: "once more".to_owned(), ..list("", mixed()) };
    assert_eq!(desk.import(because).await, first);
    // Read otherwise, or as another part, its rows are judged anew: nobody is made twice.
    let other = desk.import(v1::ImportUsersRequest { part: 2, ..list("", mixed()) }).await;
    assert_eq!(
        outcomes(&other)[..3],
        [(2, Outcome::Unchanged), (3, Outcome::Unchanged), (4, Outcome::Unchanged)]
    );
    assert_eq!(other.rows[0].user, first.rows[0].user);
    let mut changed = mixed();
    changed[0].assignments.push(assign("public-viewer", "psc"));
    let changed = desk.import(list("", changed)).await;
    assert_eq!((changed.rows[0].line, changed.rows[0].outcome()), (2, Outcome::Unchanged));
    assert!(changed.revision > other.revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_out_of_sight_is_told_of_by_a_handle_alone() {
    let mut desk = Desk::open().await;
    let rows = vec![
        row(2, profile("Ned", "Flanders", "other@example.org", "1960-02-03"), "apac"),
        row(3, profile("Ned", "Flanders", "ned@example.org", "1970-02-03"), "apac"),
        row(4, profile("Ned", "Flanders", "else@example.org", "1970-02-03"), "apac"),
        row(5, profile("Ned", "Flanders", "ned@example.org", "1960-02-03"), "psc"),
    ];
    let dry = v1::ImportUsersRequest { validate_only: true, ..list("users/ada", rows.clone()) };
    let previewed = desk.import(dry).await;
    let told = desk.import(list("users/ada", rows)).await;
    let wanted = [
        (2, Outcome::NeedsDecision),
        (3, Outcome::NeedsDecision),
        (4, Outcome::Created),
        (5, Outcome::Refused),
    ];
    assert_eq!((outcomes(&previewed), outcomes(&told)), (wanted.to_vec(), wanted.to_vec()));
    for row in previewed.rows.iter().chain(&told.rows).filter(|row| row.line != 4) {
        assert!(row.user.is_empty() && !row.handle.is_empty(), "{row:?}");
    }
    let handles = vec![told.rows[0].handle.clone()];
    let add = vec![v1::user_change::Change::Assign(assign("public-viewer", "apac"))];
    let add = v1::ManageUserRequest { handles, ..manage("users/ada", "", add) };
    assert_eq!(desk.users.manage_user(add).await.unwrap().into_inner().user.unwrap().name, "users/ned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_comes_again_gives_no_handle_and_names_nobody_who_was_erased() {
    let mut desk = Desk::open().await;
    let rows = vec![
        row(2, profile("Ned", "Flanders", "other@example.org", "1960-02-03"), "apac"),
        row(3, profile("New", "One", "one@example.org", "1990-01-01"), "apac"),
    ];
    let first = desk.import(list("users/ada", rows.clone())).await;
    assert!(!first.rows[0].handle.is_empty() && first.rows[1].user.starts_with("users/"));
    let again = desk.import(list("users/ada", rows.clone())).await;
    assert_eq!(again.revision, first.revision);
    assert!(again.rows[0].handle.is_empty(), "what is not counted gives no handle");
    assert_eq!(again.rows[1], first.rows[1]);
    let operators = desk.import(list("", rows.clone())).await;
    assert_eq!(operators.rows[1].user, first.rows[1].user);
    let user = first.rows[1].user.clone();
    let erase = v1::EraseUserRequest { realm: REALM.to_owned(), user, ..v1::EraseUserRequest::default() };
    desk.users.erase_user(erase).await.unwrap();
    for actor in ["users/ada", ""] {
        let again = desk.import(list(actor, rows.clone())).await;
        assert_eq!(again.rows[1].user, "", "{actor:?}");
    }
    assert_eq!(desk.import(list("", rows)).await.revision, operators.revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_tells_an_actor_is_counted() {
    let mut desk = Desk::open().await;
    let limited = (Code::ResourceExhausted, "MATCH_LIMIT".to_owned());
    let dry = |rows| v1::ImportUsersRequest { validate_only: true, ..list("users/ada", rows) };
    // An hour has 60 questions: a dry run of more is not answered, and costs nothing.
    assert_eq!(desk.refused(dry(strangers(1, 61))).await, limited);
    // Whoever is new is made without asking anything.
    let made = desk.import(list("users/ada", strangers(1, 90))).await;
    assert_eq!(made.counts.unwrap().created, 90);
    // All was looked at, though less might have been told: it is answered as it was.
    assert_eq!(desk.import(list("users/ada", strangers(1, 90))).await, made);
    // What cannot be read tells nothing.
    let mut unreadable = strangers(800, 40);
    for row in &mut unreadable {
        row.profile.as_mut().unwrap().birth_date = "never".to_owned();
    }
    assert_eq!(desk.import(list("users/ada", unreadable)).await.counts.unwrap().refused, 40);
    let small = v1::ImportUsersRequest { part: 5, ..list("users/ada", strangers(700, 2)) };
    let first = desk.import(small.clone()).await;
    // Every row of a dry run counts.
    desk.import(dry(strangers(200, 57))).await;
    assert_eq!(desk.refused(dry(strangers(200, 4))).await, limited);
    // Of a list that is carried out, what tells: then the rest is not looked at.
    let ned = |n| row(n, profile("Ned", "Flanders", "ned@example.org", "1970-02-03"), "apac");
    let mut rows = strangers(300, 1);
    rows.extend((301..305).map(ned));
    rows.extend(strangers(305, 1));
    let told = desk.import(list("users/ada", rows)).await;
    let counts = told.counts.unwrap();
    assert_eq!((counts.created, counts.needs_decision, counts.refused), (1, 3, 2));
    let limits = told.rows.iter().filter(|row| row.reason() == v1::Reason::MatchLimit);
    assert_eq!(limits.map(|row| row.line).collect::<Vec<_>>(), [304, 305]);
    assert_eq!(desk.refused(list("users/ada", strangers(400, 1))).await, limited);
    // A part that comes again asks nothing new.
    assert_eq!(desk.import(small).await, first);
    // Others go on, and operators are not counted.
    desk.import(v1::ImportUsersRequest { part: 9, ..list("users/amy", strangers(500, 2)) }).await;
    desk.import(v1::ImportUsersRequest { validate_only: true, ..list("", strangers(600, 100)) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_look_for_nobody_has_no_list() {
    let mut desk = Desk::open().await;
    let denied = |reason: &str| (Code::PermissionDenied, reason.to_owned());
    assert_eq!(desk.refused(list("users/joe", strangers(1, 1))).await, denied("NO_MANAGEMENT_RIGHT"));
    assert_eq!(desk.refused(list("users/ina", strangers(1, 1))).await, denied("USER_DISABLED"));
    assert_eq!(desk.refused(list("users/nobody", strangers(1, 1))).await, denied("UNKNOWN_USER"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_no_list_is_refused_as_a_whole() {
    let mut desk = Desk::open().await;
    let invalid = (Code::InvalidArgument, "INVALID_REQUEST".to_owned());
    for bad in [
        v1::ImportUsersRequest { file_digest: vec![7; 31], ..list("", mixed()) },
        v1::ImportUsersRequest { part: 0, ..list("", mixed()) },
        list("", Vec::new()),
        list("", strangers(1, 1_001)),
        list("", with_assignments(strangers(1, 63), 16)),
        list("ada", mixed()),
    ] {
        assert_eq!(desk.refused(bad).await, invalid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_asks_for_so_many_changes_and_no_more() {
    let mut desk = Desk::open().await;
    // 62 times 16 is 992, and a row without assignments is a change, too.
    let rows =
        |bare: u32| [with_assignments(strangers(1, 62), 16), with_assignments(strangers(100, bare), 0)];
    let status = desk.users.import_users(list("", rows(9).concat())).await.unwrap_err();
    let told = status.get_details_bad_request().unwrap();
    assert_eq!(told.field_violations[0].field, "rows");
    assert!(told.field_violations[0].description.contains("1001 changes"), "{told:?}");
    assert_eq!(desk.import(list("", rows(8).concat())).await.rows.len(), 70);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_may_be_longer_than_any_other_message() {
    let mut desk = Desk::open().await;
    let mut rows = strangers(1, 1_000);
    for row in &mut rows {
        row.profile.as_mut().unwrap().location = "x".repeat(200);
    }
    let long = list("", rows);
    assert!(prost::Message::encoded_len(&long) > 256 * 1024);
    // The scheme has no such field: every row says so.
    assert_eq!(desk.import(long).await.counts.unwrap().refused, 1_000);
    let mut long = manage("", "users/joe", Vec::new());
    long.reason = "x".repeat(300 * 1024);
    let refused = desk.users.manage_user(long).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::OutOfRange, "MESSAGE_TOO_LONG".to_owned()));
    let mut longer = list("", strangers(1, 1_000));
    longer.reason = "x".repeat(1024 * 1024);
    assert_eq!(desk.refused(longer).await.0, Code::OutOfRange);
}
