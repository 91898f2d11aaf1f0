//! Two processes with one database, and one request: whatever they do to it at one time, one of them does it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::Instant;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Body, Command, Content, GrantSpec, Happened, ManageUser, Request, RequestCommand as Do, Stage,
    UserChange, Verdict,
};

use super::fixture::{accepted, command, realm, user};
use super::requests::{acting, found, person, read, request_id};
use crate::{Store, SubmitError};

/// How many races there are of each kind, usually.
const USUAL: u32 = 8;

/// So many as `BAILIWICK_RACES` says; else as usual.
pub(super) fn rounds(usual: u32) -> u32 {
    std::env::var("BAILIWICK_RACES").ok().and_then(|said| said.parse().ok()).unwrap_or(usual)
}

/// Asks for a system that has an approver of its own, or for its end.
fn content(granted: bool, wanted_at: Option<Instant>) -> Content {
    let system = "tsiem".to_owned();
    let change = match granted {
        false => UserChange::Grant(GrantSpec { system, starts_at: None, ends_at: None, reason: None }),
        true => UserChange::EndGrant { system, at: None },
    };
    let form = ("licensed-software-form".to_owned(), "CMUA14-1".to_owned());
    Content {
        kind: RequestKind::Amend,
        people: vec![ManageUser {
            user: user("worker"),
            etag: None,
            handles: Vec::new(),
            changes: vec![change],
        }],
        wanted_at,
        lasts: None,
        fields: BTreeMap::from([form]),
        confirmed: BTreeSet::from(["criteria-met".to_owned(), "queue-empty".to_owned()]),
        note: Some("needed".to_owned()),
        nonce: [1; 16],
    }
}

fn is_granted(store: &Store) -> bool {
    let state = store.state("r").unwrap();
    let worker = state.world.user(state.world.user_ix("worker").unwrap()).unwrap();
    worker.grants().iter().any(|grant| grant.held(now()))
}

fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap()).unwrap()
}

async fn request(store: &Store, id: &str) -> Request {
    store.request(&realm(), &request_id(id)).await.unwrap().unwrap()
}

/// How many of two commands, given at one time to two processes, were accepted. The others were refused.
async fn accepted_of(stores: [&Store; 2], commands: [Command; 2]) -> usize {
    let [first, second] = commands;
    let (first, second) =
        tokio::join!(stores[0].submit(realm(), first, None), stores[1].submit(realm(), second, None));
    let answers = [first, second];
    let good = |answer: &Result<_, SubmitError>| matches!(answer, Ok(_) | Err(SubmitError::Refused(_)));
    assert!(answers.iter().all(good), "{answers:?}");
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// Drafts and submits; the author's own part is approved, the adviser's is not.
async fn asked(store: &Store, id: &str, wanted_at: Option<Instant>) {
    let content = content(is_granted(store), wanted_at);
    let create = Do::Create { id: request_id(id), copy_of: None, content };
    accepted(store, acting("leader", create)).await;
    accepted(store, acting("leader", Do::Submit(vec![read(store, id).await]))).await;
}

async fn approval(store: &Store, by: &str, id: &str) -> Command {
    acting(by, Do::Decide { request: read(store, id).await, verdict: Verdict::Approve })
}

/// That a request took effect as often as it says, and never twice.
async fn took_effect(store: &Store, id: &str, granted_before: bool) -> bool {
    let request = request(store, id).await;
    let times = request.steps.iter().filter(|step| step.what == Happened::Fulfilled).count();
    let is_done = request.stage == Stage::Fulfilled;
    assert_eq!(times, usize::from(is_done), "{:?}", request.steps);
    // Whichever process looks: both follow the log.
    let reached = request.steps.last().unwrap().revision;
    while store.state("r").unwrap().revision < reached {
        store.head(&realm()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(is_granted(store), granted_before != is_done, "{id}");
    is_done
}

/// Two approvers; an approver and the author who takes it back; two who do what is due.
pub(crate) async fn of_every_race_about_a_request_one_wins(open: impl AsyncFn(usize) -> Store) {
    let (one, other) = (open(100).await, open(100).await);
    found(&one).await;
    let more =
        vec![person("worker", &[("p1", "caseworker")]), person("second", &[("d", "security-adviser")])];
    accepted(&one, command(Body::Load(more))).await;
    let stores = [&one, &other];
    let (mut withdrawn, mut waited) = (0, 0);
    for round in 0..rounds(USUAL) {
        let before = is_granted(&one);
        let id = format!("approved-{round}");
        asked(&one, &id, None).await;
        let both = [approval(&one, "adviser", &id).await, approval(&one, "second", &id).await];
        assert_eq!(accepted_of(stores, both).await, 1, "{id}");
        assert!(took_effect(&one, &id, before).await);

        let before = is_granted(&one);
        let id = format!("withdrawn-{round}");
        asked(&one, &id, None).await;
        let withdraw = acting("leader", Do::Withdraw(read(&one, &id).await));
        let approve = approval(&one, "adviser", &id).await;
        // Whoever comes first differs.
        let both = if round % 2 == 0 { [withdraw, approve] } else { [approve, withdraw] };
        assert_eq!(accepted_of(stores, both).await, 1, "{id}");
        let is_done = took_effect(&one, &id, before).await;
        assert_eq!(request(&one, &id).await.stage == Stage::Withdrawn, !is_done);
        withdrawn += u32::from(!is_done);

        let before = is_granted(&one);
        let id = format!("due-{round}");
        let soon = Instant::from_micros(now().as_micros() + 60_000).unwrap();
        asked(&one, &id, Some(soon)).await;
        accepted(&one, approval(&one, "adviser", &id).await).await;
        let due = command(Body::Request(Box::new(Do::Due(read(&one, &id).await))));
        // Where the machine was slow, its instant came before its approval.
        let waits = matches!(request(&one, &id).await.stage, Stage::Approved { .. });
        let mut done = 0;
        while matches!(request(&one, &id).await.stage, Stage::Approved { .. }) {
            done += accepted_of(stores, [due.clone(), due.clone()]).await;
        }
        assert_eq!(done, usize::from(waits), "{id}");
        waited += done;
        assert!(took_effect(&one, &id, before).await);
        assert!(request(&one, &id).await.steps.last().unwrap().at >= soon);
    }
    println!("{} races of each kind; the author was faster in {withdrawn}, {waited} were due", rounds(USUAL));
    assert!(waited > 0);
    assert!(one.verify(&realm()).await.is_ok());
    one.close().await;
    other.close().await;
}
