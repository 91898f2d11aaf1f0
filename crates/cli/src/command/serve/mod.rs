//! `bailiwick serve`: runs the service until it is told to stop.

mod banner;
mod demo;
mod signals;

use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use bailiwick_server::{Config, Encryption, Listener, LogFormat, RunError, SealingKeys};
use bailiwick_store::{Location, PostgresUrl, Store, StoreOptions};
use clap::Args;

use crate::exit::{Answer, Failure};
use crate::output::Output;

/// How long what is still under way at the end may take.
const PARTING: Duration = Duration::from_millis(500);

/// How to run the service. Flags and environment go before the configuration file.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Have the four demo realms, loaded at the start: `eto`, `illinois-worknet`, `dei-teams`, `cmg-2012`.
    #[arg(long)]
    demo: bool,
    /// Do not encrypt: for this machine alone, at a loopback address or a Unix socket. `--demo` brings it along.
    #[arg(long)]
    plaintext: bool,
    /// Let whoever is on this machine do everything without a key. `--demo` brings it along.
    #[arg(long)]
    local_operator: bool,
    /// The configuration file; `docs/config.example.toml` explains every key.
    #[arg(long, env = "BAILIWICK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen: `127.0.0.1:50051`, or `unix:/path`.
    #[arg(long, env = "BAILIWICK_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// The database: a file, or the address of a PostgreSQL database (`postgres://…`; one with a password belongs in
    /// the environment or the configuration, where other users do not see it). Without one, everything is gone when
    /// the service stops.
    #[arg(long, env = "BAILIWICK_DATA", hide_env_values = true, value_name = "FILE|ADDRESS", value_parser = Data::parse)]
    data: Option<Data>,
    /// The keys with which secrets that are mailed are sealed until then, in base64, parted by commas; the first one seals.
    /// Only from the environment; a file is named in the configuration.
    #[arg(skip = outbox_keys())]
    outbox_keys: Option<OutboxKeys>,
    /// What the log says: `error`, `warn`, `info`, `debug`, or a filter.
    #[arg(long, env = "BAILIWICK_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// How the log is written.
    #[arg(long, env = "BAILIWICK_LOG_FORMAT", value_enum)]
    log_format: Option<Log>,
}

/// An address of PostgreSQL's, or else a file.
#[derive(Debug, Clone)]
struct Data(Result<Location, &'static str>);

/// Where the keys are that secrets are sealed with, as they are typed. Not to be shown.
#[derive(Clone)]
struct OutboxKeys(String);

const OUTBOX_KEYS: &str = "BAILIWICK_OUTBOX_KEYS";

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Log {
    /// A line for people.
    Text,
    /// An object for machines.
    Json,
}

impl Serve {
    /// Configuration, log, runtime, and then the service itself.
    pub(crate) fn run(self, out: &Output) -> Result<Answer, Failure> {
        let config = self.read_config()?;
        bailiwick_server::init_telemetry(&config.log).map_err(|fault| Failure::Usage(fault.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Machine(format!("the runtime does not start: {error}")))?;
        let ended = runtime.block_on(serve(config, self.demo, out));
        // Nobody waits for what is still under way then: looking up the name of a database's host may take for ever.
        runtime.shutdown_timeout(PARTING);
        ended
    }

    /// The configuration file, with flags and environment laid over it.
    fn read_config(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(file) => {
                let at = file.display();
                let text = fs::read_to_string(file)
                    .map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
                Config::parse(&text).map_err(|fault| Failure::File(format!("{at}: {fault}")))?
            }
            // What the demo prints should not be lost between the lines of a log.
            None => {
                let mut config = Config::default();
                if self.demo {
                    "warn".clone_into(&mut config.log.level);
                }
                config
            }
        };
        if let Some(listen) = &self.listen {
            config.listen = listen
                .parse()
                .map_err(|fault: bailiwick_server::AddressFault| Failure::Usage(fault.to_string()))?;
        }
        if let Some(data) = &self.data {
            let location = data.0.clone().map_err(|fault| Failure::Usage(fault.to_owned()))?;
            config.store.set_location(&location);
        }
        config.outbox.sealing_keys = sealing_keys(self.outbox_keys.as_ref(), &config)?;
        if let Some(level) = &self.log {
            config.log.level.clone_from(level);
        }
        if let Some(format) = self.log_format {
            config.log.format = match format {
                Log::Text => LogFormat::Text,
                Log::Json => LogFormat::Json,
            };
        }
        config.plaintext |= self.plaintext || self.demo;
        config.callers.local_operator |= self.local_operator || self.demo;
        if self.demo && config.tls.is_some() {
            return Err(Failure::Usage(
                "the demo speaks plainly, to this machine alone: without `tls`".to_owned(),
            ));
        }
        config.examine().map_err(|fault| Failure::Usage(fault.to_string()))?;
        Ok(config)
    }
}

/// The keys from the environment, or else from the file that the configuration names; none where neither is.
fn sealing_keys(given: Option<&OutboxKeys>, config: &Config) -> Result<SealingKeys, Failure> {
    if let Some(OutboxKeys(text)) = given {
        return SealingKeys::parse(text).map_err(|fault| Failure::Usage(format!("{OUTBOX_KEYS}: {fault}")));
    }
    let Some(file) = &config.outbox.sealing_key_file else { return Ok(SealingKeys::default()) };
    let at = file.display();
    let text = fs::read_to_string(file);
    let text = text.map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
    SealingKeys::parse(&text).map_err(|fault| Failure::File(format!("{at}: {fault}")))
}

fn outbox_keys() -> Option<OutboxKeys> {
    std::env::var(OUTBOX_KEYS).ok().filter(|keys| !keys.is_empty()).map(OutboxKeys)
}

impl std::fmt::Debug for OutboxKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutboxKeys(…)")
    }
}

impl Data {
    /// Never fails: the fault would be told with what was given, and there may be a password in it.
    fn parse(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match PostgresUrl::parse(text) {
            Some(url) => Ok(Location::Postgres(url)),
            None if text.contains("://") => Err("the address of a database must begin with `postgres://`"),
            None => Ok(Location::File(PathBuf::from(text))),
        }))
    }
}

/// Store, listener, server, demo, signals, drain.
async fn serve(config: Config, demo: bool, out: &Output) -> Result<Answer, Failure> {
    let mut stop = pin!(signals::stop()?);
    let location = config.store.location();
    let options = StoreOptions { location: location.clone(), queue: config.store.queue_commands };
    let opened = tokio::select! {
        opened = Store::open(options) => opened,
        // A database that does not answer keeps nobody from stopping.
        () = &mut stop => return Ok(Answer::Yes),
    };
    let store = opened.map_err(|error| Failure::File(error.to_string()))?;
    let listener = bind(&config).await?;
    let encrypted = config.tls.is_some();
    let address =
        listener.address().map_err(|error| Failure::Machine(format!("no address to listen at: {error}")))?;

    let serving = bailiwick_server::run(listener, store.clone(), config, stop);
    let greeting = async {
        let demo = if demo { Some(demo::load(&address).await?) } else { None };
        out.text(&banner::text(&address, encrypted, &location, demo));
        Ok::<(), Failure>(())
    };
    let ended = both(serving, greeting).await;
    store.close().await;
    ended.map(|()| Answer::Yes)
}

async fn bind(config: &Config) -> Result<Listener, Failure> {
    let address = &config.listen;
    let bound = match &config.tls {
        Some(tls) => {
            let encryption = Encryption::load(tls).map_err(|fault| Failure::File(fault.to_string()))?;
            Listener::bind_encrypted(address, encryption).await
        }
        None => {
            address.permitted().map_err(|fault| Failure::Usage(fault.to_string()))?;
            Listener::bind(address).await
        }
    };
    bound.map_err(|error| Failure::Machine(format!("cannot listen at {address}: {error}")))
}

/// Serves to the end, with the greeting beside it. If the greeting fails, so does the service.
async fn both(
    serving: impl Future<Output = Result<(), RunError>>,
    greeting: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let failed = |error: RunError| Failure::Machine(error.to_string());
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map_err(failed),
        greeted = greeting => greeted?,
    }
    serving.await.map_err(failed)
}

#[cfg(test)]
mod tests;
