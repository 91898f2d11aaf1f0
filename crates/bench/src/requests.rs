//! Requests, with ten thousand open: microseconds to decide about one that touches five units, in process, and to list what
//! waits for somebody, over the wire.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant as Clock;

use bailiwick_bench::office::{self, department_manager, departments, segment_manager, segments};
use bailiwick_bench::world::REALM;
use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_proto::v1;
use bailiwick_proto::v1::RequestList as List;
use bailiwick_proto::v1::request_service_client::RequestServiceClient;
use bailiwick_realm::{Actor, Body, Command, Facts, RequestCommand, Spares, Verdict, decide};
use bailiwick_store::{RequestQuery, RequestsOf, RequestsRead, Store};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::directory::keyed;
use crate::lists::FirstPage;
use crate::served::Served;

/// How often each is asked.
const ROUNDS: u32 = 300;
/// Teams whose leaders asked for five at once.
const FIVES: u32 = 10;

/// What was measured of requests.
pub(crate) struct Requests {
    /// How many are open.
    pub(crate) open: usize,
    pub(crate) made: Vec<FirstPage>,
}

/// Who lists what, in which round.
type Who = fn(u32) -> String;

const LISTED: &[(&str, List, Who)] = &[
    ("to approve: a segment's manager", List::ToApprove, |round| segment_manager(round % segments())),
    ("to approve: a department's manager", List::ToApprove, |round| {
        department_manager(round % departments())
    }),
    ("to approve: who has nothing to", List::ToApprove, |round| format!("cw-{round}-3")),
    ("mine: a team leader", List::Mine, |round| format!("leader-{round}")),
    ("about me: a caseworker", List::About, |round| format!("cw-{round}-3")),
    ("to carry out: the desk", List::ToFulfil, |_| "desk".to_owned()),
];

pub(crate) fn measure() -> Result<Requests, Box<dyn std::error::Error>> {
    let served = Served::office()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(async {
        let channel = Endpoint::from_shared(format!("http://{}", served.address))?.connect().await?;
        let store = served.store().ok_or("no store")?;
        let mut made = vec![decided(store).await?];
        for &(name, list, who) in LISTED {
            made.push(listed(&channel, name, list, who).await?);
        }
        let open = open(store).await?;
        Ok::<_, Box<dyn std::error::Error>>(Requests { open, made })
    });
    drop(runtime);
    served.stop()?;
    measured
}

async fn open(store: &Store) -> Result<usize, Box<dyn std::error::Error>> {
    let of = RequestsOf::Undecided;
    let query = RequestQuery { of, stages: Vec::new(), after: None, limit: usize::MAX };
    Ok(store.request_places(&RealmId::parse(REALM)?, &query).await?.len())
}

/// Approving a form for five people in five units, with what tables know already read.
async fn decided(store: &Store) -> Result<FirstPage, Box<dyn std::error::Error>> {
    let realm = RealmId::parse(REALM)?;
    let mut micros = Vec::new();
    for round in 0..ROUNDS {
        let team = (round % FIVES) * 100;
        let request = office::five(team)?;
        let ids = BTreeSet::from([request.id.clone()]);
        let RequestsRead { state, requests } = store.requests(&realm, &ids).await?.ok_or("no realm")?;
        let facts = Facts { requests, ..Facts::default() };
        let approver = segment_manager((team / 20 + 1) % segments());
        let command = Command {
            actor: Actor::User(UserId::parse(&approver)?),
            caller: "bench".to_owned(),
            reason: None,
            may_remove_last_manager: false,
            expects: None,
            spares: Spares::default(),
            body: Body::Request(Box::new(RequestCommand::Decide { request, verdict: Verdict::Approve })),
        };
        let now = Instant::from_micros(state.recorded_at.as_micros() + 1).ok_or("no instant")?;
        let started = Clock::now();
        let decided = black_box(decide(&state, &facts, &command, now));
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        decided.map_err(|refusal| refusal.to_string())?;
    }
    Ok(FirstPage::of("approving five units, in process", 5, micros))
}

async fn listed(channel: &Channel, name: &'static str, list: List, who: Who) -> Result<FirstPage, Status> {
    let mut client = RequestServiceClient::new(channel.clone());
    let (mut micros, mut rows) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let wanted = v1::ListRequestsRequest {
            realm: format!("realms/{REALM}"),
            actor: format!("users/{}", who(round)),
            list: list.into(),
            ..Default::default()
        };
        let started = Clock::now();
        let page = client.list_requests(keyed(wanted)?).await?.into_inner();
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        rows = rows.max(page.requests.len());
    }
    Ok(FirstPage::of(name, rows, micros))
}
