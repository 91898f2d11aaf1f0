//! What managers ask of people, of ten thousand and of a million: microseconds a call, and how they grow.
//!
//! One call after the other on one connection, so that a figure is what somebody waits. What an index answers stays as
//! it is when there are a hundred times as many; what is scanned takes a hundred times as long.

use std::time::Instant;

use bailiwick_bench::people::{MANAGER, STAFF, person};
use bailiwick_bench::random::Random;
use bailiwick_bench::world::REALM;
use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::served::{SECRET, Served};

/// What was measured at each size.
pub(crate) struct Directory {
    pub(crate) sizes: Vec<Size>,
}

/// One size.
pub(crate) struct Size {
    pub(crate) people: u32,
    pub(crate) load_seconds: f64,
    pub(crate) rows: Vec<Row>,
}

/// What one question took.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// How many the answer has.
    pub(crate) rows: usize,
    /// Microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// A question, for one of so many people.
type Ask = fn(&mut Random, u32) -> Question;

enum Question {
    Get(v1::GetUserRequest),
    Match(v1::MatchUsersRequest),
    List(v1::ListUsersRequest),
    Resources(v1::ListAllowedResourcesRequest),
    Users(v1::ListAllowedUsersRequest),
}

const ASKED: &[(&str, Ask)] = &[
    ("GetUser by id", |random, people| {
        let user = format!("users/{}", person(random.below(people)).id);
        get(v1::get_user_request::Key::User(user))
    }),
    ("GetUser for a manager", |random, _| {
        let user = format!("users/{}", person(random.below(10_000)).id);
        let key = Some(v1::get_user_request::Key::User(user));
        Question::Get(v1::GetUserRequest { realm: realm(), actor: manager(), key })
    }),
    ("MatchUsers, exact", |random, people| {
        let known = person(random.below(people));
        matching(known.first_name, known.last_name, known.birth_date, known.email)
    }),
    ("MatchUsers, by names", |random, people| {
        let known = person(random.below(people));
        matching(known.first_name, known.last_name, known.birth_date, String::new())
    }),
    ("MatchUsers, nobody", |random, _| {
        matching("No".to_owned(), format!("Body{}", random.below(1_000_000)), String::new(), String::new())
    }),
    ("list of 10,000", |_, _| list(|_| {})),
    ("list of all", |_, _| list(|r| r.actor = format!("users/{STAFF}"))),
    ("list of all, operator", |_, _| list(|r| r.actor.clear())),
    ("by username", |_, _| list(|r| "username".clone_into(&mut r.order_by))),
    ("by last update", |_, _| list(|r| "update_time desc".clone_into(&mut r.order_by))),
    ("all, by last update", |_, _| {
        list(|r| {
            r.actor = format!("users/{STAFF}");
            "update_time desc".clone_into(&mut r.order_by);
        })
    }),
    ("by role at a site", |random, _| {
        list(|r| {
            r.unit = format!("units/org-{}", random.below(10));
            "role desc".clone_into(&mut r.order_by);
        })
    }),
    ("at a site", |random, _| list(|r| r.unit = format!("units/org-{}", random.below(10)))),
    ("name prefix", |random, people| {
        list(|r| r.last_name_prefix = person(random.below(people)).last_name.chars().take(3).collect())
    }),
    ("all, name prefix", |random, people| {
        list(|r| {
            r.actor = format!("users/{STAFF}");
            r.last_name_prefix = person(random.below(people)).last_name.chars().take(5).collect();
        })
    }),
    ("username", |random, people| {
        list(|r| {
            let known = person(random.below(people));
            let initial: String = known.first_name.chars().take(1).collect();
            r.username = format!("{initial}{}", known.last_name);
        })
    }),
    ("common role", |_, _| list(|r| "public-viewer".clone_into(&mut r.role))),
    ("all, rare role", |_, _| {
        list(|r| {
            r.actor = format!("users/{STAFF}");
            "service-provider-program-administrator".clone_into(&mut r.role);
        })
    }),
    ("user type", |_, _| list(|r| "Program Staff".clone_into(&mut r.user_type))),
    ("created since", |_, _| {
        list(|r| r.created_from = Some(prost_types::Timestamp { seconds: 1_600_000_000, nanos: 0 }))
    }),
    ("disabled too", |_, _| list(|r| r.show_disabled = true)),
    ("whom can I manage", |_, _| {
        Question::Resources(v1::ListAllowedResourcesRequest {
            realm: realm(),
            subject: manager(),
            capability: "user.manage".to_owned(),
            page_size: 1_000,
            ..Default::default()
        })
    }),
    ("who could manage one", |random, people| {
        Question::Users(v1::ListAllowedUsersRequest {
            realm: realm(),
            resource: format!("users/{}", person(random.below(people)).id),
            capability: "user.manage".to_owned(),
            ..Default::default()
        })
    }),
];

fn realm() -> String {
    format!("realms/{REALM}")
}

fn manager() -> String {
    format!("users/{MANAGER}")
}

fn get(key: v1::get_user_request::Key) -> Question {
    Question::Get(v1::GetUserRequest { realm: realm(), actor: String::new(), key: Some(key) })
}

fn matching(first_name: String, last_name: String, birth_date: String, email: String) -> Question {
    let request = v1::MatchUsersRequest {
        realm: realm(),
        first_name,
        last_name,
        birth_date,
        email,
        ..v1::MatchUsersRequest::default()
    };
    Question::Match(request)
}

/// A page of 100 for the manager, with something besides.
fn list(with: impl FnOnce(&mut v1::ListUsersRequest)) -> Question {
    let mut request = v1::ListUsersRequest { realm: realm(), actor: manager(), ..Default::default() };
    with(&mut request);
    Question::List(request)
}

/// Asks each question `rounds` times at each size.
pub(crate) fn measure(sizes: &[u32], rounds: u32) -> Result<Directory, String> {
    let sizes = sizes.iter().map(|&people| measure_size(people, rounds));
    Ok(Directory { sizes: sizes.collect::<Result<_, _>>()? })
}

fn measure_size(people: u32, rounds: u32) -> Result<Size, String> {
    let started = Instant::now();
    let served = Served::people(people)?;
    let load_seconds = started.elapsed().as_secs_f64();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let rows = runtime.block_on(async {
        let endpoint =
            Endpoint::from_shared(format!("http://{}", served.address)).map_err(|e| e.to_string())?;
        let channel = endpoint.connect().await.map_err(|e| e.to_string())?;
        let mut rows = Vec::new();
        for (name, ask) in ASKED {
            rows.push(row(&channel, name, *ask, people, rounds).await?);
        }
        Ok::<_, String>(rows)
    });
    drop(runtime);
    served.stop()?;
    Ok(Size { people, load_seconds, rows: rows? })
}

async fn row(
    channel: &Channel,
    name: &'static str,
    ask: Ask,
    people: u32,
    rounds: u32,
) -> Result<Row, String> {
    let mut random = Random::new(7);
    let (mut micros, mut rows) = (Vec::new(), 0);
    // The first tenth warms up.
    for round in 0..rounds + rounds / 10 {
        let question = ask(&mut random, people);
        let started = Instant::now();
        let answered = answer(channel, question).await.map_err(|status| format!("{name}: {status}"))?;
        if round >= rounds / 10 {
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        rows = rows.max(answered);
    }
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or(0.0);
    Ok(Row { name, rows, p50: at(50), p99: at(99) })
}

/// How many the answer has.
async fn answer(channel: &Channel, question: Question) -> Result<usize, Status> {
    let mut users = UserServiceClient::new(channel.clone()).max_decoding_message_size(16 << 20);
    let mut access = AccessServiceClient::new(channel.clone());
    Ok(match question {
        Question::Get(get) => users.get_user(keyed(get)?).await?.into_inner().user.iter().count(),
        Question::Match(wanted) => users.match_users(keyed(wanted)?).await?.into_inner().matches.len(),
        Question::List(list) => users.list_users(keyed(list)?).await?.into_inner().users.len(),
        Question::Resources(list) => {
            access.list_allowed_resources(keyed(list)?).await?.into_inner().resources.len()
        }
        Question::Users(list) => access.list_allowed_users(keyed(list)?).await?.into_inner().users.len(),
    })
}

pub(crate) fn keyed<T>(message: T) -> Result<Request<T>, Status> {
    let key = MetadataValue::try_from(format!("Bearer {SECRET}"));
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", key.map_err(|e| Status::internal(e.to_string()))?);
    Ok(request)
}
