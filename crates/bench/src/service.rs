//! The service beside an empty call, and a gateway's question beside a service's, run after run in turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_bench::questions::{About, Asked};
use bailiwick_bench::random::Random;
use bailiwick_bench::world::Sizes;

use crate::arguments::Arguments;
use crate::load::{Callers, Proof, Questions};
use crate::report::Figure;
use crate::served::Served;
use crate::transport::{Certificates, plain};

/// Requests that are made once and sent again and again.
const REQUESTS: usize = 1 << 15;

/// What was measured over the wire.
pub(crate) struct Service {
    pub(crate) users: u32,
    pub(crate) pairs: u32,
    pub(crate) load_seconds: f64,
    pub(crate) comparisons: Vec<Comparison>,
}

/// Two things that were asked in turns.
pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One thing that was compared.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The one's ÷ the other's, pair by pair.
    pub(crate) ratio: Figure,
    pub(crate) one: Figure,
    pub(crate) other: Figure,
}

/// The figures of one run.
struct Figures {
    calls_per_second: f64,
    p50: f64,
    p99: f64,
    /// Microseconds of the server's processor time for each call, where the system says.
    processor: Option<f64>,
}

/// A server with its callers.
struct Side<'s> {
    server: &'s Served,
    callers: Callers,
}

pub(crate) fn measure(arguments: &Arguments) -> Result<Service, String> {
    let users = arguments.service_users;
    let sizes = Sizes { users, customers: users, ..arguments.sizes };
    let mut random = Random::new(sizes.seed.wrapping_add(4));
    let mixed = About::ALL.into_iter().cycle().take(REQUESTS);
    let asked: Vec<_> = mixed.map(|about| Asked::draw(about, &sizes, &mut random)).collect();
    let checks = Questions::Check(Arc::new(asked.iter().map(Asked::request).collect()));
    let gate = Questions::Gate(Arc::new(asked.iter().map(Asked::at_gateway).collect()));

    let (certificates, started) = (Certificates::new()?, Instant::now());
    let service = Served::service(sizes)?;
    let load_seconds = started.elapsed().as_secs_f64();
    let encrypted = Served::encrypted(sizes, certificates.files()?)?;
    let (empty, empty_encrypted) = (Served::empty(None)?, Served::empty(Some(certificates.server()))?);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let comparisons = runtime.block_on(async {
        let plain = async |server: &Served, questions: &Questions| {
            Callers::connect(&plain(server.address)?, questions.clone(), Proof::Key).await
        };
        let certified = async |server: &Served| {
            let endpoint = certificates.endpoint(server.address)?;
            Callers::connect(&endpoint, checks.clone(), Proof::Connection).await
        };
        let side = |server, callers| Side { server, callers };
        let by_key = side(&service, plain(&service, &checks).await?);
        let no_key = side(&empty, plain(&empty, &checks).await?);
        let by_certificate = side(&encrypted, certified(&encrypted).await?);
        let any_certificate = side(&empty_encrypted, certified(&empty_encrypted).await?);
        let gate = side(&service, plain(&service, &gate).await?);
        let mut comparisons = Vec::new();
        for (name, one, other) in [
            ("CheckAccess by key ÷ empty call", &by_key, &no_key),
            ("CheckAccess by certificate ÷ empty call, both encrypted", &by_certificate, &any_certificate),
            ("Authorization.Check ÷ CheckAccess, both by key", &gate, &by_key),
        ] {
            comparisons.push(Comparison { name, rows: rows(&run_pairs(one, other, arguments).await?) });
        }
        Ok::<_, String>(comparisons)
    });
    // The connections are closed with the runtime, so that the servers come to their end.
    drop(runtime);
    for server in [service, encrypted, empty, empty_encrypted] {
        server.stop()?;
    }
    Ok(Service { users, pairs: arguments.pairs, load_seconds, comparisons: comparisons? })
}

/// Each pair in the other order than the one before it; the first, for warming up, is thrown away.
async fn run_pairs(
    one: &Side<'_>,
    other: &Side<'_>,
    arguments: &Arguments,
) -> Result<Vec<(Figures, Figures)>, String> {
    let length = Duration::from_millis(arguments.millis.into());
    let mut pairs = Vec::new();
    for pair in 0..=arguments.pairs {
        let figures = if pair % 2 == 0 {
            let first = one.run(length).await?;
            (first, other.run(length).await?)
        } else {
            let first = other.run(length).await?;
            (one.run(length).await?, first)
        };
        if pair > 0 {
            pairs.push(figures);
        }
    }
    Ok(pairs)
}

impl Side<'_> {
    async fn run(&self, length: Duration) -> Result<Figures, String> {
        let before = self.server.processor_nanos();
        let run = self.callers.run(length).await?;
        let spent = before.zip(self.server.processor_nanos()).map(|(before, after)| after - before);
        let calls = f64::from(run.calls.max(1));
        Ok(Figures {
            calls_per_second: calls / run.seconds,
            p50: run.p50,
            p99: run.p99,
            processor: spent.map(|nanos| nanos / 1e3 / calls),
        })
    }
}

fn rows(pairs: &[(Figures, Figures)]) -> Vec<Row> {
    let row = |name, of: fn(&Figures) -> Option<f64>| {
        let both: Vec<_> = pairs.iter().filter_map(|(a, b)| of(a).zip(of(b))).collect();
        (!both.is_empty()).then(|| Row {
            name,
            ratio: Figure::of(both.iter().map(|(one, other)| one / other).collect()),
            one: Figure::of(both.iter().map(|(one, _)| *one).collect()),
            other: Figure::of(both.iter().map(|(_, other)| *other).collect()),
        })
    };
    [
        row("calls a second", |f| Some(f.calls_per_second)),
        row("p50, µs", |f| Some(f.p50)),
        row("p99, µs", |f| Some(f.p99)),
        row("server's CPU, µs", |f| f.processor),
    ]
    .into_iter()
    .flatten()
    .collect()
}
