//! Lists of what is allowed, and explanations: microseconds until the first page, or the whole answer, and rows a second of a
//! whole list.
//!
//! First pages are taken in process, of random users and resources of a large world, and explanations of somebody who holds
//! twenty assignments. The stream is taken over the wire, from the service to a caller on the same machine: every customer
//! of a site.

use std::hint::black_box;
use std::time::Instant as Clock;

use bailiwick_bench::random::Random;
use bailiwick_bench::world::{REALM, Sizes, build};
use bailiwick_identity::{Instant, UnitId, UserId};
use bailiwick_membership::{self as membership, Assignment, Options, RoleIx, UnitIx};
use bailiwick_policy::list::{Following, ResourceIx, ResourcesOf, count, page, resources, subjects};
use bailiwick_policy::scheme::{CapIx, Resource};
use bailiwick_policy::{Question, Target, check, explain, summary};
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Actor, State, assignable};
use tonic::Status;
use tonic::transport::Endpoint;

use crate::directory::keyed;
use crate::past;
use crate::report::Figure;
use crate::served::Served;

/// Rows of a page.
const PAGE: usize = 100;
/// How often each first page is taken.
const PAGES: u32 = 300;
/// How often a whole list is streamed.
const STREAMS: usize = 7;
/// Where every customer of a site is streamed, and the past is asked about: 100,000 customers of each of two sites.
const STREAMED: Sizes = Sizes { users: 2_000, customers: 200_000, sites: 2, programs: 20, seed: 1 };
/// So many customers are at each site where that world is as large as the other.
const AT_A_SITE: u32 = 100_000;

/// What was measured of lists.
pub(crate) struct Lists {
    pub(crate) sizes: Sizes,
    pub(crate) pages: Vec<FirstPage>,
    /// Rows of the list that was streamed.
    pub(crate) streamed: usize,
    /// Rows a second.
    pub(crate) a_second: Figure,
}

/// The first page of one kind of list.
pub(crate) struct FirstPage {
    pub(crate) name: &'static str,
    /// The longest.
    pub(crate) rows: usize,
    /// Microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Takes the first page of a list that is drawn, and says how many rows it has.
type Take = fn(&State, &Sizes, &mut Random, Instant) -> usize;

const TAKEN: &[(&str, Take)] = &[
    ("customers of a user", |state, sizes, random, now| {
        of_user(state, &user(sizes, random), "customer.view", now)
    }),
    ("units of a user", |state, sizes, random, now| {
        of_user(state, &user(sizes, random), "customer.find", now)
    }),
    ("users of a user", |state, sizes, random, now| of_user(state, &user(sizes, random), "user.manage", now)),
    ("who may view a customer", |state, sizes, random, now| {
        let customer = format!("customer-{}", random.below(sizes.customers));
        to(state, "customer.view", Target::Customer(&customer), now)
    }),
    ("who may manage a user", |state, sizes, random, now| {
        to(state, "user.manage", Target::User(&user(sizes, random)), now)
    }),
    ("who may find in a unit", |state, sizes, random, now| {
        let unit = format!("program-{}-{}", random.below(sizes.sites), random.below(sizes.programs));
        to(state, "customer.find", Target::Unit(&unit), now)
    }),
    ("what may be done to a customer", |state, sizes, random, now| {
        let customer = format!("customer-{}", random.below(sizes.customers));
        may_do(state, &user(sizes, random), &customer, now)
    }),
    ("roles to be handed out at a site", |state, sizes, random, now| {
        handed_out(state, &format!("site-{}", random.below(sizes.sites)), now)
    }),
];

/// What is explained: of somebody who holds something at twenty sites.
const EXPLAINED: &[(&str, Take)] = &[
    ("explain: a customer", |state, sizes, random, now| {
        let customer = format!("customer-{}", random.below(sizes.customers));
        explained(state, "customer.view", Target::Customer(&customer), now)
    }),
    ("explain: managing a user", |state, sizes, random, now| {
        explained(state, "user.manage", Target::User(&user(sizes, random)), now)
    }),
    ("summarise: anybody", |state, sizes, random, now| summarized(state, &user(sizes, random), now)),
    ("summarise: who manages most", |state, _, _, now| summarized(state, SENIOR, now)),
    ("explain: a unit", |state, sizes, random, now| {
        let unit = format!("program-{}-{}", random.below(sizes.sites), random.below(sizes.programs));
        explained(state, "site.configure", Target::Unit(&unit), now)
    }),
];

/// Every capability that a user has over a customer.
fn may_do(state: &State, subject: &str, customer: &str, now: Instant) -> usize {
    let State { world, scheme, .. } = state;
    let caps = (0_u16..).map(CapIx).zip(scheme.capabilities());
    let of_customers = caps.filter(|(_, capability)| capability.resource == Resource::Customer);
    let allowed = of_customers.filter(|(capability, _)| {
        let resource = Target::Customer(customer);
        let question = Question { subject, capability: *capability, resource, classes: None, at: None };
        check(world, scheme, &question, now).is_allowed()
    });
    allowed.count()
}

/// The roles that whoever manages most hands out at a site to somebody new.
fn handed_out(state: &State, site: &str, now: Instant) -> usize {
    let (Ok(actor), Ok(unit)) = (UserId::parse(SENIOR), UnitId::parse(site)) else { return 0 };
    assignable(state, &Actor::User(actor), "bench", &unit, None, now).len()
}

/// Who holds twenty assignments.
const HOLDER: &str = "holder-of-twenty";

/// Who holds the highest role of all over everything.
const SENIOR: &str = "senior-of-all";

/// Adds whom the world does not draw: who is staff at each of twenty sites, and who manages most.
fn add_people(state: &mut State, sizes: &Sizes) -> Option<()> {
    let sites = (0..sizes.sites.min(20)).filter_map(|site| state.world.unit_ix(&format!("site-{site}")));
    let sites: Vec<UnitIx> = sites.collect();
    let ranks = (0_u8..).map(RoleIx).zip(state.scheme.roles());
    let (highest, _) = ranks.max_by_key(|(_, role)| role.rank)?;
    let top = state.world.unit_ix("top")?;
    let staff = state.scheme.role_named("staff")?;
    give(state, HOLDER, staff, &sites)?;
    give(state, SENIOR, highest, &[top])
}

fn give(state: &mut State, user: &str, role: RoleIx, units: &[UnitIx]) -> Option<()> {
    let held =
        (1..).zip(units).map(|(number, &unit)| Assignment { number, unit, role, options: Options::USUAL });
    let assignments: Vec<Assignment> = held.collect();
    let first = assignments.first()?.unit;
    let last_number = u32::try_from(assignments.len()).ok()?;
    let access = membership::Access { assignments, last_number, ..membership::Access::new(first) };
    state.world.put_access(&UserId::parse(user).ok()?, access);
    Some(())
}

/// Everything that a summary says of a user, but the profile.
fn summarized(state: &State, subject: &str, now: Instant) -> usize {
    let State { world, scheme, .. } = state;
    let Some(summary) = world.user_ix(subject).and_then(|ix| summary(world, scheme, ix, now)) else {
        return 0;
    };
    let counted = |capability| {
        let wanted = ResourcesOf { subject, capability, classes: None, at: None, kind: None };
        count(resources(world, scheme, &wanted, None, now), [1_000, 1_000]).count
    };
    let core = scheme.core();
    black_box(summary);
    counted(core.user_view).max(counted(core.user_manage))
}

fn explained(state: &State, capability: &str, resource: Target<'_>, now: Instant) -> usize {
    let State { world, scheme, .. } = state;
    let Some(capability) = scheme.capability_named(capability) else { return 0 };
    let question = Question { subject: HOLDER, capability, resource, classes: None, at: None };
    black_box(explain(world, scheme, &question, now, |_| true)).attempts.len()
}

fn user(sizes: &Sizes, random: &mut Random) -> String {
    format!("user-{}", random.below(sizes.users))
}

fn of_user(state: &State, subject: &str, capability: &str, now: Instant) -> usize {
    let State { world, scheme, .. } = state;
    let Some(capability) = scheme.capability_named(capability) else { return 0 };
    let wanted = ResourcesOf { subject, capability, classes: None, at: None, kind: None };
    let found = page::<ResourceIx>(resources(world, scheme, &wanted, None, now), PAGE, Following::Anything);
    let row = |(ix, by): &(ResourceIx, _)| render::allowed_resource(*ix, Option::as_ref(by), world, scheme);
    black_box(found.rows.iter().map(row).collect::<Vec<_>>()).len()
}

fn to(state: &State, capability: &str, resource: Target<'_>, now: Instant) -> usize {
    let State { world, scheme, .. } = state;
    let Some(capability) = scheme.capability_named(capability) else { return 0 };
    let question = Question { subject: "", capability, resource, classes: None, at: None };
    let found = page(subjects(world, scheme, &question, None, now), PAGE, Following::Anything);
    let row = |(ix, by): &(_, _)| render::allowed_user(*ix, Option::as_ref(by), world, scheme);
    black_box(found.rows.iter().map(row).collect::<Vec<_>>()).len()
}

pub(crate) fn measure(sizes: &Sizes) -> Result<Lists, Box<dyn std::error::Error>> {
    let mut state = build(sizes)?;
    add_people(&mut state, sizes).ok_or("nobody holds twenty assignments")?;
    let now = Instant::from_micros(2_000_000).ok_or("no instant")?;
    let mut pages: Vec<FirstPage> = TAKEN
        .iter()
        .chain(EXPLAINED)
        .map(|(name, take)| first_page(name, *take, &state, sizes, now))
        .collect();
    drop(state);
    // From a million on, it takes minutes to load, and is as large.
    let large = Sizes { sites: sizes.customers / AT_A_SITE, ..*sizes };
    let (streamed, a_second, past) = stream(if large.sites >= 10 { large } else { STREAMED })?;
    pages.extend(past);
    Ok(Lists { sizes: *sizes, pages, streamed, a_second })
}

fn first_page(name: &'static str, take: Take, state: &State, sizes: &Sizes, now: Instant) -> FirstPage {
    let mut random = Random::new(sizes.seed.wrapping_add(5));
    let (mut micros, mut rows) = (Vec::new(), 0);
    for _ in 0..PAGES {
        let started = Clock::now();
        rows = rows.max(take(state, sizes, &mut random, now));
        micros.push(started.elapsed().as_secs_f64() * 1e6);
    }
    FirstPage::of(name, rows, micros)
}

impl FirstPage {
    pub(crate) fn of(name: &'static str, rows: usize, mut micros: Vec<f64>) -> Self {
        micros.sort_by(f64::total_cmp);
        let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or(0.0);
        Self { name, rows, p50: at(50), p99: at(99) }
    }
}

/// Streams everybody whom a site's manager may view.
fn stream(sizes: Sizes) -> Result<(usize, Figure, Vec<FirstPage>), String> {
    let served = Served::service(sizes)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let measured = runtime.block_on(async {
        let endpoint = Endpoint::from_shared(format!("http://{}", served.address));
        let channel = endpoint.map_err(|e| e.to_string())?.connect().await.map_err(|e| e.to_string())?;
        let mut access = AccessServiceClient::new(channel.clone());
        let subject = manager(&mut access).await.map_err(|status| status.to_string())?;
        let (mut rows, mut a_second) = (0, Vec::new());
        for _ in 0..STREAMS {
            let started = Clock::now();
            rows = stream_once(&mut access, &subject).await.map_err(|status| status.to_string())?;
            let rows = u32::try_from(rows).map_or(f64::INFINITY, f64::from);
            a_second.push(rows / started.elapsed().as_secs_f64());
        }
        let past = past::measure(&channel, &subject).await.map_err(|status| status.to_string())?;
        Ok::<_, String>((rows, Figure::of(a_second), past))
    });
    drop(runtime);
    served.stop()?;
    measured
}

type Access = AccessServiceClient<tonic::transport::Channel>;

/// Somebody who manages a whole site.
async fn manager(access: &mut Access) -> Result<String, Status> {
    let request = v1::ListAllowedUsersRequest {
        realm: format!("realms/{REALM}"),
        resource: "units/site-0".to_owned(),
        capability: "site.configure".to_owned(),
        page_size: 1,
        ..v1::ListAllowedUsersRequest::default()
    };
    let found = access.list_allowed_users(keyed(request)?).await?.into_inner();
    let first = found.users.into_iter().next();
    first.map(|row| row.user).ok_or_else(|| Status::internal("nobody manages the site"))
}

async fn stream_once(access: &mut Access, subject: &str) -> Result<usize, Status> {
    let request = v1::StreamAllowedResourcesRequest {
        realm: format!("realms/{REALM}"),
        subject: subject.to_owned(),
        capability: "customer.view".to_owned(),
        ..v1::StreamAllowedResourcesRequest::default()
    };
    let mut parts = access.stream_allowed_resources(keyed(request)?).await?.into_inner();
    let mut rows = 0;
    while let Some(part) = parts.message().await? {
        rows += part.resources.len();
    }
    Ok(rows)
}
