//! Lists of requests: what each has in common, its order, and where it goes on.

use bailiwick_identity::Instant;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{Body, GrantSpec, ManageUser, RequestCommand, StageName, UserChange};

use super::fixture::{accepted, command, realm, unit, user};
use super::requests::{acting, add, create, found, person, place, read};
use crate::{RequestPlace, RequestQuery, RequestsOf, Store};

/// Everything that a list has, a page of `size` after the other.
async fn pages(store: &Store, of: RequestsOf, stages: &[StageName], size: usize) -> Vec<RequestPlace> {
    let mut all: Vec<RequestPlace> = Vec::new();
    loop {
        let query =
            RequestQuery { of: of.clone(), stages: stages.to_vec(), after: all.last().cloned(), limit: size };
        let page = store.request_places(&realm(), &query).await.unwrap();
        if page.is_empty() {
            return all;
        }
        assert!(page.len() <= size);
        all.extend(page);
    }
}

async fn list(store: &Store, of: RequestsOf, stages: &[StageName]) -> Vec<String> {
    let all = pages(store, of.clone(), stages, 100).await;
    assert_eq!(all, pages(store, of, stages, 1).await);
    all.into_iter().map(|place| place.request.to_string()).collect()
}

async fn submit(store: &Store, author: &str, id: &str) {
    let submit = RequestCommand::Submit(vec![read(store, id).await]);
    accepted(store, acting(author, submit)).await;
}

/// Two segments; requests that are drafts (`r-1`), wait for a desk (`r-2`), for a system's approver (`r-3`) and for the
/// manager of the other segment (`r-4`, of somebody who holds something in both).
async fn requests(store: &Store) {
    found(store).await;
    let items = vec![
        place("s2", "segment", "s2", Some("dep")),
        place("t2", "team", "TL002", Some("s2")),
        place("q1", "position", "CW001", Some("t2")),
        place("q2", "position", "CW002", Some("t2")),
        person("manager2", &[("s2", "segment-manager")]),
        person("c", &[("p2", "caseworker"), ("q1", "caseworker")]),
    ];
    accepted(store, command(Body::Load(items))).await;
    for id in ["r-1", "r-2", "r-3"] {
        accepted(store, acting("leader", software(id, id == "r-3"))).await;
    }
    let mut disable = create("r-4", &user("c"), "p1");
    if let RequestCommand::Create { content, .. } = &mut disable {
        content.kind = RequestKind::Remove;
        content.people[0].changes = vec![UserChange::Disable];
        content.confirmed.insert("queue-empty".to_owned());
    }
    accepted(store, acting("leader", disable)).await;
    for id in ["r-2", "r-3", "r-4"] {
        submit(store, "leader", id).await;
    }
}

/// A position for `a`, or for `b` with software that has an approver of its own.
fn software(id: &str, licensed: bool) -> RequestCommand {
    let mut asked = create(id, &user(if licensed { "b" } else { "a" }), "p1");
    if let (true, RequestCommand::Create { content, .. }) = (licensed, &mut asked) {
        let (system, reason) = ("tsiem".to_owned(), None);
        let grant = UserChange::Grant(GrantSpec { system, starts_at: None, ends_at: None, reason });
        content.people[0].changes.push(grant);
        content.fields.insert("licensed-software-form".to_owned(), "CMUA14-1".to_owned());
    }
    asked
}

fn awaiting(units: &[&str], systems: &[&str]) -> RequestsOf {
    let (units, systems) = (units.iter(), systems.iter());
    RequestsOf::Awaiting {
        units: units.map(|id| unit(id)).collect(),
        systems: systems.map(|&name| name.to_owned()).collect(),
    }
}

pub(crate) async fn requests_are_listed(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    requests(&store).await;
    let of = async |of| list(&store, of, &[]).await;
    assert_eq!(of(RequestsOf::All).await, ["r-4", "r-3", "r-2", "r-1"]);
    assert_eq!(of(RequestsOf::Author(user("leader"))).await, ["r-4", "r-3", "r-2", "r-1"]);
    assert_eq!(of(RequestsOf::Author(user("a"))).await, [""; 0]);
    assert_eq!(of(RequestsOf::Subject(user("a"))).await, ["r-2", "r-1"]);
    assert_eq!(of(awaiting(&[], &["tsiem", "sas"])).await, ["r-3"]);
    assert_eq!(of(awaiting(&["p1", "p2", "q1"], &["tsiem"])).await, ["r-3", "r-4"]);
    assert_eq!(of(awaiting(&["p1"], &[])).await, [""; 0], "the leader's part is approved");
    assert_eq!(of(RequestsOf::AtDesks(None)).await, ["r-2"]);
    let desk = |name: &str| vec![name.to_owned()];
    assert_eq!(of(RequestsOf::AtDesks(Some(desk("it-service-desk")))).await, ["r-2"]);
    assert_eq!(of(RequestsOf::AtDesks(Some(desk("other")))).await, [""; 0]);
    let stages = [StageName::Draft, StageName::Approved];
    assert_eq!(list(&store, RequestsOf::All, &stages).await, ["r-2", "r-1"]);
}

pub(crate) async fn what_is_overdue_is_listed(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    requests(&store).await;
    let due_at = pages(&store, RequestsOf::AtDesks(None), &[], 10).await[0].at;
    let before = |at: Instant, of: Option<(&str, &str)>| RequestsOf::Overdue {
        before: at,
        of: of.map(|(author, desk)| (user(author), vec![desk.to_owned()])),
    };
    let earlier = Instant::from_micros(due_at.as_micros() - 1).unwrap();
    assert_eq!(list(&store, before(earlier, None), &[]).await, [""; 0]);
    assert_eq!(list(&store, before(due_at, None), &[]).await, ["r-2"]);
    for (of, found) in [
        (("leader", "other"), vec!["r-2"]),
        (("manager", "it-service-desk"), vec!["r-2"]),
        (("manager", "other"), vec![]),
    ] {
        assert_eq!(list(&store, before(due_at, Some(of)), &[]).await, found);
    }
}

pub(crate) async fn what_waits_is_found_where_it_waits(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    requests(&store).await;
    assert_eq!(list(&store, RequestsOf::Undecided, &[]).await, ["r-3", "r-4"]);
    let waited_for = async |after: Option<&RequestPlace>| -> Vec<String> {
        let units = store.units_waited_for(&realm(), after).await.unwrap();
        let mut units: Vec<_> =
            units.iter().map(|unit| unit.map(|(unit, first)| (unit.to_owned(), first)).unwrap()).collect();
        units.sort();
        let place = RequestQuery { of: RequestsOf::Undecided, stages: Vec::new(), after: None, limit: 10 };
        let places = store.request_places(&realm(), &place).await.unwrap();
        let of_it = places.iter().find(|place| place.request.as_str() == "r-4");
        assert!(units.iter().all(|(_, first)| of_it.is_some_and(|place| place.at == *first)));
        units.into_iter().map(|(unit, _)| unit).collect()
    };
    assert_eq!(waited_for(None).await, ["q1"]);
    let [before, of_it] = &pages(&store, RequestsOf::Undecided, &[], 10).await[..] else { panic!("others") };
    assert_eq!(waited_for(Some(before)).await, ["q1"]);
    assert_eq!(waited_for(Some(of_it)).await, [""; 0]);
    // Whoever it is about comes to hold something else: it waits there, too.
    let changes = vec![UserChange::End { number: 1, at: None }, add("q2", "caseworker")];
    let more = ManageUser { user: user("c"), etag: None, handles: Vec::new(), changes };
    assert_eq!(list(&store, awaiting(&["q2"], &[]), &[]).await, [""; 0]);
    accepted(&store, command(Body::ManageUser(more))).await;
    assert_eq!(list(&store, awaiting(&["q2"], &[]), &[]).await, ["r-4"]);
    assert_eq!(list(&store, awaiting(&["q1"], &[]), &[]).await, ["r-4"]);
    // Or belongs somewhere else.
    let moves = vec![UserChange::SetHome(unit("t2"))];
    let moves = ManageUser { user: user("c"), etag: None, handles: Vec::new(), changes: moves };
    assert_eq!(list(&store, awaiting(&["t2"], &[]), &[]).await, [""; 0]);
    accepted(&store, command(Body::ManageUser(moves))).await;
    assert_eq!(list(&store, awaiting(&["t2"], &[]), &[]).await, ["r-4"]);
    assert_eq!(waited_for(None).await, ["p2", "q1", "q2", "t", "t2"]);
    // What is drafted, or over, waits nowhere.
    accepted(&store, acting("leader", RequestCommand::Withdraw(read(&store, "r-4").await))).await;
    assert_eq!(list(&store, awaiting(&["q1", "q2"], &[]), &[]).await, [""; 0]);
    assert_eq!(list(&store, RequestsOf::Undecided, &[]).await, ["r-3"]);
    assert_eq!(waited_for(None).await, [""; 0]);
}
