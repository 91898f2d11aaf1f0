//! The two servers, each on a thread and a runtime of its own: the service, and one whose only answer is yes.
//!
//! The empty server speaks the same messages over the same tonic, so that what remains is the service's own: caller,
//! deadline, state, reading, deciding and rendering.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick_bench::questions::About;
use bailiwick_bench::world::{Fault, REALM, Sizes};
use bailiwick_bench::{office, people};
use bailiwick_identity::{Instant, RealmId};
use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_server::{AccessService, AccessServiceServer};
use bailiwick_realm::Command;
use bailiwick_server::{
    Address, CallersConfig, Config, Encryption, GatewayConfig, GrantConfig, Listener, ProgramConfig,
    RouteConfig, TlsConfig, UserSourceConfig, run,
};
use bailiwick_store::{ApiKey, Location, Store, StoreOptions};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use crate::transport::PROGRAM;

/// The key of the callers that measure.
pub(crate) const SECRET: &str = "bk_measured";

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A server that runs on a thread of its own.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// What /proc calls the thread; empty where there is none.
    thread: String,
    store: Option<Store>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), String>>,
}

/// What a server says once it listens.
struct Ready {
    address: SocketAddr,
    thread: String,
    store: Option<Store>,
}

impl Served {
    /// The service, with a world loaded, asking every caller for its key.
    pub(crate) fn service(sizes: Sizes) -> Result<Self, String> {
        Self::start("service", move |ready, stopped| {
            Box::pin(async move { serve_bailiwick(sizes.commands()?, ready, stopped).await })
        })
    }

    /// The service, with so many people loaded.
    pub(crate) fn people(count: u32) -> Result<Self, String> {
        Self::start("service", move |ready, stopped| {
            Box::pin(async move { serve_bailiwick(people::commands(count)?, ready, stopped).await })
        })
    }

    /// The service, with an office in which much is asked for.
    pub(crate) fn office() -> Result<Self, String> {
        Self::start("service", |ready, stopped| {
            Box::pin(async move { serve_bailiwick(office::commands()?, ready, stopped).await })
        })
    }

    /// The service, encrypted, knowing its callers by their certificate.
    pub(crate) fn encrypted(sizes: Sizes, tls: TlsConfig) -> Result<Self, String> {
        Self::start("service", move |ready, stopped| {
            Box::pin(async move { serve(sizes.commands()?, Some(tls), ready, stopped).await })
        })
    }

    /// The server whose only answer is yes; with certificates, encrypted.
    pub(crate) fn empty(tls: Option<ServerTlsConfig>) -> Result<Self, String> {
        Self::start("empty", |ready, stopped| Box::pin(serve_empty(tls, ready, stopped)))
    }

    /// Starts one on a thread of this name.
    fn start<S>(name: &str, serve: S) -> Result<Self, String>
    where
        S: FnOnce(
                mpsc::Sender<Ready>,
                oneshot::Receiver<()>,
            ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Failed>>>>
            + Send
            + 'static,
    {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let running = std::thread::Builder::new().name(name.to_owned());
        let running = running.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|e| e.to_string())?;
            runtime.block_on(serve(tell, stopped)).map_err(|e| e.to_string())
        });
        let running = running.map_err(|e| e.to_string())?;
        match told.recv() {
            Ok(Ready { address, thread, store }) => Ok(Self { address, thread, store, stop, running }),
            Err(_) => Err(joined(running).err().unwrap_or_else(|| "a server ended early".to_owned())),
        }
    }

    /// What the service keeps its data in.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Nanoseconds of processor time that the server's thread has had; none where the system does not say.
    pub(crate) fn processor_nanos(&self) -> Option<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", self.thread)).ok()?;
        text.split(' ').next()?.parse().ok()
    }

    /// Ends it.
    pub(crate) fn stop(self) -> Result<(), String> {
        // Where nobody listens any more, it has ended already.
        let _ = self.stop.send(());
        joined(self.running)
    }
}

fn joined(running: JoinHandle<Result<(), String>>) -> Result<(), String> {
    running.join().unwrap_or_else(|_| Err("a server panicked".to_owned()))
}

/// What /proc calls this thread.
fn this_thread() -> String {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    link.to_string_lossy().into_owned()
}

async fn serve_bailiwick(
    commands: impl Iterator<Item = Result<Command, Fault>>,
    ready: mpsc::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Failed> {
    serve(commands, None, ready, stopped).await
}

async fn serve(
    commands: impl Iterator<Item = Result<Command, Fault>>,
    tls: Option<TlsConfig>,
    ready: mpsc::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Failed> {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 })
        .await
        .map_err(|fault| fault.to_string())?;
    let realm = RealmId::parse(REALM).map_err(|fault| format!("{fault:?}"))?;
    for command in commands {
        store.submit(realm.clone(), command?, None).await?;
    }
    store.create_key(key(&realm)).await?;

    let listen = "127.0.0.1:0".parse()?;
    let (listener, programs) = match &tls {
        Some(tls) => (Listener::bind_encrypted(&listen, Encryption::load(tls)?).await?, vec![program()]),
        None => (Listener::bind(&listen).await?, Vec::new()),
    };
    let callers = CallersConfig { programs, ..CallersConfig::default() };
    let config =
        Config { listen, plaintext: tls.is_none(), tls, callers, gateway: gateway(), ..Config::default() };
    let Address::Tcp(address) = listener.address()? else { return Err("no address".into()) };
    ready.send(Ready { address, thread: this_thread(), store: Some(store.clone()) })?;
    run(listener, store.clone(), config, ended(stopped)).await?;
    store.close().await;
    Ok(())
}

/// The program that the callers' certificate is of.
fn program() -> ProgramConfig {
    let grant = GrantConfig { permissions: vec!["check".to_owned()], realms: vec![REALM.to_owned()] };
    let spiffe = Some(PROGRAM.to_owned());
    ProgramConfig { id: "bench".to_owned(), spiffe, dns: None, token: None, grants: vec![grant] }
}

/// A route for each kind of question.
fn gateway() -> GatewayConfig {
    let route = |about: About| {
        let collection = about.collection();
        RouteConfig {
            id: about.name().to_owned(),
            methods: vec!["GET".to_owned()],
            path: format!("/{collection}/{{id}}"),
            capability: Some(about.capability().to_owned()),
            resource: Some(format!("{collection}/{{id}}")),
            ..RouteConfig::default()
        }
    };
    GatewayConfig {
        realm: Some(REALM.to_owned()),
        user: UserSourceConfig { header: Some("x-user".to_owned()), ..UserSourceConfig::default() },
        routes: About::ALL.map(route).to_vec(),
    }
}

fn key(realm: &RealmId) -> ApiKey {
    ApiKey {
        id: "k-measured".to_owned(),
        name: "bench".to_owned(),
        secret_hash: Sha256::digest(SECRET.as_bytes()).into(),
        permissions: ["check", "list", "manage", "operate"].map(str::to_owned).to_vec(),
        realms: vec![realm.clone()],
        created_at: Instant::MIN,
        revoked_at: None,
    }
}

async fn serve_empty(
    tls: Option<ServerTlsConfig>,
    ready: mpsc::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    ready.send(Ready { address: listener.local_addr()?, thread: this_thread(), store: None })?;
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    // As the service: who is silent is asked whether they live, which is counted with each frame.
    let mut server = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)));
    if let Some(tls) = tls {
        server = server.tls_config(tls)?;
    }
    server
        .add_service(AccessServiceServer::new(Yes))
        .serve_with_incoming_shutdown(incoming, ended(stopped))
        .await?;
    Ok(())
}

async fn ended(stopped: oneshot::Receiver<()>) {
    // Whether told to stop or left alone: the end.
    let _ = stopped.await;
}

/// Answers yes to everything.
struct Yes;

#[tonic::async_trait]
impl AccessService for Yes {
    async fn check_access(
        &self,
        _: Request<v1::CheckAccessRequest>,
    ) -> Result<Response<v1::CheckAccessResponse>, Status> {
        let decision = v1::Decision::Allowed.into();
        Ok(Response::new(v1::CheckAccessResponse { decision, ..v1::CheckAccessResponse::default() }))
    }

    async fn batch_check_access(
        &self,
        _: Request<v1::BatchCheckAccessRequest>,
    ) -> Result<Response<v1::BatchCheckAccessResponse>, Status> {
        Ok(Response::new(v1::BatchCheckAccessResponse::default()))
    }

    async fn explain_access(
        &self,
        _: Request<v1::ExplainAccessRequest>,
    ) -> Result<Response<v1::ExplainAccessResponse>, Status> {
        Ok(Response::new(v1::ExplainAccessResponse::default()))
    }

    async fn summarize_access(
        &self,
        _: Request<v1::SummarizeAccessRequest>,
    ) -> Result<Response<v1::SummarizeAccessResponse>, Status> {
        Ok(Response::new(v1::SummarizeAccessResponse::default()))
    }

    async fn list_allowed_resources(
        &self,
        _: Request<v1::ListAllowedResourcesRequest>,
    ) -> Result<Response<v1::ListAllowedResourcesResponse>, Status> {
        Ok(Response::new(v1::ListAllowedResourcesResponse::default()))
    }

    async fn list_allowed_users(
        &self,
        _: Request<v1::ListAllowedUsersRequest>,
    ) -> Result<Response<v1::ListAllowedUsersResponse>, Status> {
        Ok(Response::new(v1::ListAllowedUsersResponse::default()))
    }

    async fn list_allowed_capabilities(
        &self,
        _: Request<v1::ListAllowedCapabilitiesRequest>,
    ) -> Result<Response<v1::ListAllowedCapabilitiesResponse>, Status> {
        Ok(Response::new(v1::ListAllowedCapabilitiesResponse::default()))
    }

    type StreamAllowedResourcesStream = tonic::Streaming<v1::StreamAllowedResourcesResponse>;

    async fn stream_allowed_resources(
        &self,
        _: Request<v1::StreamAllowedResourcesRequest>,
    ) -> Result<Response<Self::StreamAllowedResourcesStream>, Status> {
        Err(Status::unimplemented("only questions are compared"))
    }

    type StreamAllowedUsersStream = tonic::Streaming<v1::StreamAllowedUsersResponse>;

    async fn stream_allowed_users(
        &self,
        _: Request<v1::StreamAllowedUsersRequest>,
    ) -> Result<Response<Self::StreamAllowedUsersStream>, Status> {
        Err(Status::unimplemented("only questions are compared"))
    }
}
