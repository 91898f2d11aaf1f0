//! The story of a serving process, from a bound listener to the end of the last call.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_proto::envoy::auth_v3::authorization_server::AuthorizationServer;
use bailiwick_proto::v1::access_service_server::AccessServiceServer;
use bailiwick_proto::v1::change_service_server::ChangeServiceServer;
use bailiwick_proto::v1::customer_service_server::CustomerServiceServer;
use bailiwick_proto::v1::key_service_server::KeyServiceServer;
use bailiwick_proto::v1::realm_service_server::RealmServiceServer;
use bailiwick_proto::v1::request_service_server::RequestServiceServer;
use bailiwick_proto::v1::unit_service_server::UnitServiceServer;
use bailiwick_proto::v1::user_service_server::UserServiceServer;
use bailiwick_store::Store;
use tokio::sync::{oneshot, watch};
use tonic::transport::Server;
use tonic::transport::server::Router;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::layer::util::{Identity, Stack};

use crate::backend::Backend;
use crate::config::{Config, ConfigFault};
use crate::direct::DirectLayer;
use crate::due;
use crate::gateway::Gateway;
use crate::guard::GuardLayer;
use crate::health;
use crate::issuer::Issuers;
use crate::listener::{AddressFault, Listener};
use crate::program::Programs;
use crate::sealing::Sealer;
use crate::service::{Access, Changes, Customers, Gate, Keys, Realms, Requests, Units, Users};

/// The longest message of most services, in bytes.
const MESSAGE_BYTES: usize = 256 * 1024;
/// The longest message of RealmService, which takes schemes and worlds, and of UserService, which takes lists: it turns
/// away by itself what is longer than others may be.
const LARGE_MESSAGE_BYTES: usize = 1024 * 1024;
/// The longest metadata of a call, in bytes.
const METADATA_BYTES: u32 = 16 * 1024;
/// Calls of one connection that may be in progress.
const STREAMS: u32 = 1_000;
/// How often a silent connection is asked whether it lives, and how long it has to say so.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// How long "not serving" is told before calls are turned away, so that whoever balances can look elsewhere.
const NOTICE: Duration = Duration::from_millis(200);

/// Why a server did not serve, or not to the end.
#[derive(Debug)]
pub enum RunError {
    /// The configuration cannot be.
    Config(ConfigFault),
    /// The listener can be reached from elsewhere.
    Address(AddressFault),
    /// Something that serving needs is not there.
    Setup(String),
    /// Serving broke off.
    Transport(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(fault) => write!(f, "{fault}"),
            Self::Address(fault) => write!(f, "{fault}"),
            Self::Setup(text) | Self::Transport(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for RunError {}

/// Serves until `shutdown` is over and calls in progress have ended, at most for the configured drain timeout. The
/// store is the caller's to close, afterwards.
///
/// # Errors
/// When the configuration cannot be, the listener is reachable from elsewhere, or serving breaks off.
pub async fn run(
    listener: Listener,
    store: Store,
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), RunError> {
    config.examine().map_err(RunError::Config)?;
    let address =
        listener.address().map_err(|e| RunError::Setup(format!("the listener has no address: {e}")))?;
    let encryption = listener.encryption();
    agree(&config, encryption.is_some())?;
    if encryption.is_none() || config.callers.local_operator {
        address.permitted().map_err(RunError::Address)?;
    }

    let (stopping, told_to_stop) = watch::channel(false);
    let issuers =
        Issuers::load(&config.callers.issuers).map_err(|faults| RunError::Setup(faults.join("; ")))?;
    let issuers = Arc::new(issuers);
    let (reporter, router) = router(&store, &config, &issuers, told_to_stop).await?;
    let connections = listener.connections(config.limits.first_byte_timeout(), config.limits.connections);
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        // Whether told to stop or left alone: the end.
        let _ = stopped.await;
    };
    let serving = router.serve_with_incoming_shutdown(connections, stopped);
    let due = store.clone();
    let following = health::follow(reporter.clone(), store, config.store.max_staleness());
    tracing::info!(%address, "serving");

    let doing_what_is_due = due::follow(due, Sealer::new(&config.outbox.sealing_keys));
    let following_files = async {
        match &encryption {
            Some(encryption) => encryption.follow().await,
            None => std::future::pending().await,
        }
    };
    let following_issuers = issuers.follow();
    tokio::pin!(serving, following, following_files, following_issuers, doing_what_is_due, shutdown);
    tokio::select! {
        ended = &mut serving => return ended.map_err(|e| RunError::Transport(e.to_string())),
        () = &mut following => {}
        () = &mut following_files => {}
        () = &mut following_issuers => {}
        () = &mut doing_what_is_due => {}
        () = &mut shutdown => {}
    }

    tracing::info!("stopping");
    health::set_all(&reporter, ServingStatus::NotServing).await;
    let drained = tokio::time::timeout(config.limits.drain_timeout(), async {
        // Still serving while the news goes round.
        let early = tokio::time::timeout(NOTICE, &mut serving).await;
        if let Ok(ended) = early {
            return ended;
        }
        // Whoever watches would never end by themselves.
        health::clear_all(&reporter).await;
        stopping.send_replace(true);
        let _ = stop.send(());
        serving.await
    });
    match drained.await {
        Ok(ended) => ended.map_err(|e| RunError::Transport(e.to_string())),
        Err(_) => {
            tracing::warn!("connections were still open when the drain timeout was over; they are cut off");
            Ok(())
        }
    }
}

/// What the configuration says of encryption is what the listener does.
fn agree(config: &Config, is_encrypted: bool) -> Result<(), RunError> {
    if config.tls.is_some() == is_encrypted {
        return Ok(());
    }
    Err(RunError::Setup(
        "the listener is encrypted where the configuration is not, or the other way round".to_owned(),
    ))
}

/// What a call passes before it is routed, from the inside.
type Layers = Stack<DirectLayer, Stack<GuardLayer, Identity>>;

/// Everything that answers, behind the guard.
async fn router(
    store: &Store,
    config: &Config,
    issuers: &Arc<Issuers>,
    stopping: watch::Receiver<bool>,
) -> Result<(HealthReporter, Router<Layers>), RunError> {
    let backend = Backend::new(store.clone(), config.store.max_staleness())
        .map_err(|fault| RunError::Setup(format!("{fault:?}")))?
        .sealing_with(&config.outbox.sealing_keys)
        .until(stopping);
    let programs = Programs::of(&config.callers);
    let programs = programs.map_err(|faults| RunError::Setup(faults.join("; ")))?;
    let gateway = Gateway::of(&config.gateway, &config.callers);
    let gateway = gateway.map_err(|faults| RunError::Setup(faults.join("; ")))?;
    let gate = Gate::new(backend.clone(), gateway, Arc::clone(issuers))
        .map_err(|fault| RunError::Setup(format!("{fault:?}")))?;
    let access = AccessServiceServer::new(Access(backend.clone())).max_decoding_message_size(MESSAGE_BYTES);
    let gate = AuthorizationServer::new(gate).max_decoding_message_size(MESSAGE_BYTES);
    let direct = DirectLayer::new(access, gate);
    let (reporter, health) = tonic_health::server::health_reporter();
    health::set_all(&reporter, ServingStatus::Serving).await;
    let broken = |e: tonic_reflection::server::Error| RunError::Setup(format!("reflection: {e}"));
    let router = Server::builder()
        .http2_max_header_list_size(METADATA_BYTES)
        .max_concurrent_streams(STREAMS)
        .http2_keepalive_interval(Some(KEEP_ALIVE.0))
        .http2_keepalive_timeout(Some(KEEP_ALIVE.1))
        .layer(GuardLayer::new(store.clone(), config, programs, Arc::clone(issuers)))
        .layer(direct)
        .add_service(
            UserServiceServer::new(Users(backend.clone())).max_decoding_message_size(LARGE_MESSAGE_BYTES),
        )
        .add_service(UnitServiceServer::new(Units(backend.clone())).max_decoding_message_size(MESSAGE_BYTES))
        .add_service(
            CustomerServiceServer::new(Customers(backend.clone())).max_decoding_message_size(MESSAGE_BYTES),
        )
        .add_service(
            RequestServiceServer::new(Requests(backend.clone())).max_decoding_message_size(MESSAGE_BYTES),
        )
        .add_service(
            RealmServiceServer::new(Realms(backend.clone())).max_decoding_message_size(LARGE_MESSAGE_BYTES),
        )
        .add_service(
            ChangeServiceServer::new(Changes(backend.clone())).max_decoding_message_size(MESSAGE_BYTES),
        )
        .add_service(KeyServiceServer::new(Keys(backend)).max_decoding_message_size(MESSAGE_BYTES))
        .add_service(reflection().build_v1().map_err(broken)?)
        .add_service(reflection().build_v1alpha().map_err(broken)?)
        .add_service(health);
    Ok((reporter, router))
}

/// What reflection tells: the API with its comments, health, and the details of errors.
fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(bailiwick_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}
