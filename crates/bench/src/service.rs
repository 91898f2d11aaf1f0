//! The service beside an empty call, run after run in turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_bench::questions::{About, Asked};
use bailiwick_bench::random::Random;
use bailiwick_bench::world::Sizes;

use crate::arguments::Arguments;
use crate::load::Callers;
use crate::report::Figure;
use crate::served::Served;

/// Requests that are made once and sent again and again.
const REQUESTS: usize = 1 << 15;

/// What was measured over the wire.
pub(crate) struct Service {
    pub(crate) users: u32,
    pub(crate) pairs: u32,
    pub(crate) load_seconds: f64,
    pub(crate) rows: Vec<Row>,
}

/// One thing that was compared.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The service's ÷ the empty call's, pair by pair.
    pub(crate) ratio: Figure,
    pub(crate) service: Figure,
    pub(crate) empty: Figure,
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
struct Side {
    server: Served,
    callers: Callers,
}

pub(crate) fn measure(arguments: &Arguments) -> Result<Service, String> {
    let users = arguments.service_users;
    let sizes = Sizes { users, customers: users, ..arguments.sizes };
    let mut random = Random::new(sizes.seed.wrapping_add(4));
    let mixed = About::ALL.into_iter().cycle().take(REQUESTS);
    let requests =
        Arc::new(mixed.map(|about| Asked::draw(about, &sizes, &mut random).request()).collect::<Vec<_>>());

    let started = Instant::now();
    let service = Served::service(sizes)?;
    let load_seconds = started.elapsed().as_secs_f64();
    let empty = Served::empty()?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let pairs = runtime.block_on(async {
        let service = Side {
            callers: Callers::connect(service.address, Arc::clone(&requests)).await?,
            server: service,
        };
        let empty = Side { callers: Callers::connect(empty.address, requests).await?, server: empty };
        let pairs = run_pairs(&service, &empty, arguments).await?;
        Ok::<_, String>((pairs, [service.server, empty.server]))
    });
    // The connections are closed with the runtime, so that the servers come to their end.
    drop(runtime);
    let (pairs, servers) = pairs?;
    for server in servers {
        server.stop()?;
    }
    Ok(Service { users, pairs: arguments.pairs, load_seconds, rows: rows(&pairs) })
}

/// Each pair in the other order than the one before it; the first, for warming up, is thrown away.
async fn run_pairs(
    service: &Side,
    empty: &Side,
    arguments: &Arguments,
) -> Result<Vec<(Figures, Figures)>, String> {
    let length = Duration::from_millis(arguments.millis.into());
    let mut pairs = Vec::new();
    for pair in 0..=arguments.pairs {
        let figures = if pair % 2 == 0 {
            let first = service.run(length).await?;
            (first, empty.run(length).await?)
        } else {
            let first = empty.run(length).await?;
            (service.run(length).await?, first)
        };
        if pair > 0 {
            pairs.push(figures);
        }
    }
    Ok(pairs)
}

impl Side {
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
            ratio: Figure::of(both.iter().map(|(service, empty)| service / empty).collect()),
            service: Figure::of(both.iter().map(|(service, _)| *service).collect()),
            empty: Figure::of(both.iter().map(|(_, empty)| *empty).collect()),
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
