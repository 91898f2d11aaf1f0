//! Changes that wait for their approvers: kept, found when they are due, and erased with whom they are about.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, RequestId, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Content, GrantSpec, LoadItem, ManageUser, NewUnit, NewUser,
    OptionsSpec, Patch, ReadRequest, Revision, ScopeSpec, Seat, Stage, UserChange, Verdict,
};

use super::fixture::{accepted, command, realm, shipped_scheme, submit, unit, user};
use crate::{Due, DueOf, Store, SubmitError};

pub(super) fn place(id: &str, kind: &str, name: &str, parent: Option<&str>) -> LoadItem {
    let unit = NewUnit {
        id: unit(id),
        kind: kind.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        parents: parent.into_iter().map(unit).collect(),
    };
    LoadItem::Unit { unit, archived: false }
}

pub(super) fn add(at: &str, role: &str) -> UserChange {
    let options = OptionsSpec {
        scope: Some(ScopeSpec::All),
        note: Patch::Set("moves in with Featherstone".to_owned()),
        ..OptionsSpec::default()
    };
    UserChange::Assign(AssignmentSpec { unit: unit(at), seat: Seat::There, role: role.to_owned(), options })
}

pub(super) fn person(id: &str, held: &[(&str, &str)]) -> LoadItem {
    let fields = [(Field::FirstName, id), (Field::LastName, "Featherstone")];
    let mut fields: BTreeMap<Field, String> = fields.map(|(f, v)| (f, v.to_owned())).into();
    fields.insert(Field::Email, format!("{id}@example.org"));
    let new = NewUser { home: unit("t"), username: None, fields, external_ids: BTreeMap::new() };
    let held = held.iter().map(|(at, role)| add(at, role));
    let changes = std::iter::once(UserChange::Create(new)).chain(held).collect();
    LoadItem::User(ManageUser { user: user(id), etag: None, handles: Vec::new(), changes })
}

/// A segment with a team, a position each for two caseworkers, their leader and their manager, and the desk.
pub(super) async fn found(store: &Store) {
    let scheme = shipped_scheme("cmg-2012");
    accepted(store, command(Body::CreateRealm { title: "D".to_owned(), scheme })).await;
    let items = vec![
        place("d", "directorate", "d", None),
        place("dep", "department", "dep", Some("d")),
        place("s", "segment", "s", Some("dep")),
        place("t", "team", "TL001", Some("s")),
        place("p1", "position", "CW001", Some("t")),
        place("p2", "position", "CW002", Some("t")),
        person("leader", &[("t", "team-leader")]),
        person("manager", &[("s", "segment-manager")]),
        person("desk", &[("d", "it-service-desk")]),
        person("adviser", &[("d", "security-adviser")]),
        person("a", &[]),
        person("b", &[]),
    ];
    accepted(store, command(Body::Load(items))).await;
}

pub(super) fn acting(actor: &str, what: bailiwick_realm::RequestCommand) -> Command {
    let actor = Actor::User(user(actor));
    Command {
        actor,
        reason: Some("told by Featherstone".to_owned()),
        ..command(Body::Request(Box::new(what)))
    }
}

pub(super) fn request_id(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

pub(super) fn create(id: &str, subject: &UserId, at: &str) -> bailiwick_realm::RequestCommand {
    let changes = vec![add(at, "caseworker")];
    let content = Content {
        kind: RequestKind::SetUp,
        people: vec![ManageUser { user: subject.clone(), etag: None, handles: Vec::new(), changes }],
        wanted_at: None,
        lasts: None,
        fields: BTreeMap::new(),
        confirmed: BTreeSet::from(["criteria-met".to_owned()]),
        note: Some("for Featherstone".to_owned()),
        nonce: [9; 16],
    };
    bailiwick_realm::RequestCommand::Create { id: request_id(id), copy_of: None, content }
}

pub(super) async fn read(store: &Store, id: &str) -> ReadRequest {
    let request = store.request(&realm(), &request_id(id)).await.unwrap().unwrap();
    ReadRequest { id: request.id, content: request.content, digest: [5; 32], expects: None }
}

pub(super) async fn stage(store: &Store, id: &str) -> Stage {
    store.request(&realm(), &request_id(id)).await.unwrap().unwrap().stage
}

pub(super) async fn refused(store: &Store, command: Command) -> Reason {
    match store.submit(realm(), command, None).await {
        Err(SubmitError::Refused(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    }
}

/// From the draft to what is held, through the database and through another process's eyes.
pub(crate) async fn requests_are_kept(open: impl AsyncFn(usize) -> Store) {
    use bailiwick_realm::RequestCommand as Do;
    let store = open(100).await;
    found(&store).await;
    accepted(&store, acting("leader", create("r-1", &user("a"), "p1"))).await;
    assert_eq!(
        refused(&store, acting("leader", create("r-1", &user("a"), "p1"))).await,
        Reason::AlreadyExists
    );
    assert_eq!(store.request(&realm(), &request_id("r-2")).await.unwrap(), None);
    let drafted = store.request(&realm(), &request_id("r-1")).await.unwrap().unwrap();
    assert_eq!((drafted.stage, drafted.content.note.as_deref()), (Stage::Draft, Some("for Featherstone")));
    accepted(&store, acting("leader", Do::Submit(vec![read(&store, "r-1").await]))).await;
    let Stage::Approved { due_at: Some(_), .. } = stage(&store, "r-1").await else { panic!("not approved") };
    // Two at the desk at one time: one effect.
    let done = acting("desk", Do::CarryOut(read(&store, "r-1").await));
    let both = [store.submit(realm(), done.clone(), None), store.submit(realm(), done, None)];
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
    for store in [&store, &open(100).await] {
        let request = store.request(&realm(), &request_id("r-1")).await.unwrap().unwrap();
        assert_eq!(request.stage, Stage::Fulfilled);
        assert_eq!(request.approvals[0].content, [5; 32]);
        let state = store.state("r").unwrap();
        let held = state.world.user(state.world.user_ix("a").unwrap()).unwrap().assignments().count();
        assert_eq!(held, 1);
        assert_eq!(request.steps.last().unwrap().revision, state.revision);
    }
    assert!(store.verify(&realm()).await.is_ok());
}

/// What is due is found by its instant, and is not done before.
pub(crate) async fn what_is_due_is_found(open: impl AsyncFn(usize) -> Store) {
    use bailiwick_realm::RequestCommand as Do;
    let store = open(100).await;
    found(&store).await;
    // What a desk carries out does not happen by itself.
    accepted(&store, acting("leader", create("r-1", &user("a"), "p1"))).await;
    accepted(&store, acting("leader", Do::Submit(vec![read(&store, "r-1").await]))).await;
    let far = Instant::from_micros(4_000_000_000_000_000).unwrap();
    assert_eq!(store.due(far, None, 10).await.unwrap(), Vec::new());
    // What waits for its approver expires.
    let mut software = create("r-2", &user("b"), "p2");
    if let Do::Create { content, .. } = &mut software {
        let (system, reason) = ("tsiem".to_owned(), None);
        let grant = UserChange::Grant(GrantSpec { system, starts_at: None, ends_at: None, reason });
        content.people[0].changes.push(grant);
        content.fields.insert("licensed-software-form".to_owned(), "CMUA14-1".to_owned());
    }
    accepted(&store, acting("leader", software)).await;
    assert_eq!(store.due(far, None, 10).await.unwrap(), Vec::new());
    accepted(&store, acting("leader", Do::Submit(vec![read(&store, "r-2").await]))).await;
    let Stage::Submitted { expires_at } = stage(&store, "r-2").await else { panic!("not submitted") };
    for store in [&store, &open(100).await] {
        let due = async |at| store.due(at, None, 10).await.unwrap();
        let waiting = Due { at: expires_at, realm: realm(), of: DueOf::Request(request_id("r-2")) };
        assert_eq!(due(expires_at).await, vec![waiting.clone()]);
        assert_eq!(store.due(far, Some(&waiting), 10).await.unwrap(), Vec::new());
        let before = Instant::from_micros(expires_at.as_micros() - 1).unwrap();
        assert_eq!(due(before).await, Vec::new());
    }
    let early = command(Body::Request(Box::new(Do::Due(read(&store, "r-2").await))));
    assert_eq!(refused(&store, early).await, Reason::NotDue);
    let request = read(&store, "r-2").await;
    accepted(&store, acting("adviser", Do::Decide { request, verdict: Verdict::Approve })).await;
    assert_eq!(store.due(far, None, 10).await.unwrap(), Vec::new());
}

/// What was asked for somebody goes with them, from every event and from what a group of commands knows.
pub(crate) async fn what_was_asked_for_the_erased_is_gone(open: impl AsyncFn(usize) -> Store) {
    use bailiwick_realm::RequestCommand as Do;
    let store = open(100).await;
    found(&store).await;
    accepted(&store, acting("leader", create("r-1", &user("a"), "p1"))).await;
    accepted(&store, acting("leader", create("r-2", &user("b"), "p2"))).await;
    accepted(&store, acting("leader", create("r-3", &user("a"), "p1"))).await;
    accepted(&store, acting("leader", Do::Submit(vec![read(&store, "r-3").await]))).await;
    let mine = read(&store, "r-1").await;
    // One group: who is erased, and what was asked for them.
    let steps = [command(Body::EraseUser(user("a"))), acting("leader", Do::Withdraw(mine))];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    assert!(answers.into_iter().next().is_some_and(|erased| erased.is_ok()));
    accepted(&store, command(Body::EraseUser(user("leader")))).await;
    for store in [&store, &open(100).await] {
        let request = store.request(&realm(), &request_id("r-1")).await.unwrap().unwrap();
        assert!(request.content.people[0].changes.is_empty() && request.content.note.is_none());
        assert!(request.steps.iter().all(|step| step.why.is_none()));
        assert_eq!(stage(store, "r-3").await, Stage::Failed(Reason::UnknownUser));
        // Others' requests are as they were, whoever completed them.
        let other = store.request(&realm(), &request_id("r-2")).await.unwrap().unwrap();
        assert_eq!(other.content.note.as_deref(), Some("for Featherstone"));
        let changes = store.changes(&realm(), Revision(2), 100).await.unwrap();
        let of_it = changes.iter().filter(|change| {
            change.events.iter().any(|event| {
                matches!(event, bailiwick_realm::Event::Request(request) if request.id.as_str() == "r-1")
            })
        });
        assert!(of_it.clone().count() > 0);
        assert!(of_it.into_iter().all(|change| !format!("{change:?}").contains("Featherstone")));
        assert!(store.verify(&realm()).await.is_ok());
    }
}

/// What was asked for somebody who never became a user goes as well: once, and for nobody else.
pub(crate) async fn who_never_became_a_user_is_erased(open: impl AsyncFn(usize) -> Store) {
    use bailiwick_realm::RequestCommand as Do;
    let store = open(100).await;
    found(&store).await;
    let draft = |id: &str, whose: &str| {
        let LoadItem::User(made) = person(whose, &[("p1", "caseworker")]) else { panic!("a unit") };
        let mut draft = create(id, &made.user, "p1");
        if let Do::Create { content, .. } = &mut draft {
            content.people[0].changes = made.changes;
        }
        acting("leader", draft)
    };
    let erase = |id: &str| command(Body::EraseUser(user(id)));
    // One group: who is asked for, and is erased; then there is nothing left of them.
    let steps = [erase("new"), draft("r-1", "new"), erase("new"), erase("new"), erase("other")];
    let answers = futures_util::future::join_all(steps.map(|step| submit(&store, step))).await;
    let told: Vec<_> = answers
        .into_iter()
        .map(|answer| match answer {
            Ok(_) => None,
            Err(SubmitError::Refused(refusal)) => Some(refusal.reason),
            Err(other) => panic!("{other:?}"),
        })
        .collect();
    let nobody = Some(Reason::UnknownUser);
    assert_eq!(told, [nobody, None, None, nobody, nobody]);
    accepted(&store, draft("r-2", "later")).await;
    accepted(&store, erase("later")).await;
    assert_eq!(refused(&store, erase("later")).await, Reason::UnknownUser);
    for store in [&store, &open(100).await] {
        for id in ["r-1", "r-2"] {
            let request = store.request(&realm(), &request_id(id)).await.unwrap().unwrap();
            assert!(request.content.people[0].changes.is_empty() && request.content.note.is_none());
        }
        let changes = store.changes(&realm(), Revision(2), 100).await.unwrap();
        assert!(!format!("{changes:?}").contains("Featherstone"));
        assert!(store.verify(&realm()).await.is_ok());
    }
}
