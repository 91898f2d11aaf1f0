//! Certificates and keys that change every other second, under load: no call is lost.
//!
//! `BAILIWICK_ROTATION_SECONDS` says for how long; without it, some seconds.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_store::{Location, Store, StoreOptions};
use serde_json::Value;
use tempfile::TempDir;
use tonic::Request;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use super::encryption::{Authority, BILLING, files_in, program};
use super::world::{Served, serve_listener};
use crate::issuer::tests::{Signer, configured};
use crate::{CallersConfig, Config, Encryption, IssuerConfig, Listener, ProgramConfig, TokenConfig};

/// How often everything changes. Keys are published one time before they sign.
const EVERY: Duration = Duration::from_secs(1);

fn seconds() -> u64 {
    let given = std::env::var("BAILIWICK_ROTATION_SECONDS");
    given.ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(6)
}

/// A server whose files change.
struct Changing {
    served: Served,
    folder: TempDir,
    own: Authority,
    clients: Authority,
    /// Who signs now, by what name.
    signer: Mutex<(Arc<Signer>, String)>,
    over: AtomicBool,
    calls: AtomicU64,
}

impl Changing {
    async fn open() -> Self {
        let (own, clients, folder) = (Authority::new(), Authority::new(), TempDir::new().unwrap());
        let tls = files_in(folder.path(), &own, &clients);
        let signer = Signer::es256();
        let issuer = IssuerConfig { refresh_seconds: 1, ..configured(folder.path(), &[signer.jwk("k-0")]) };
        let token = TokenConfig { issuer: issuer.id.clone(), subject: "svc".to_owned() };
        let by_token =
            ProgramConfig { spiffe: None, token: Some(token), ..program("svc", Some(""), None, "check") };
        let programs = vec![program("billing", Some(BILLING), None, "check"), by_token];
        let callers = CallersConfig { programs, issuers: vec![issuer], ..CallersConfig::default() };
        let config = Config { tls: Some(tls.clone()), callers, ..Config::default() };
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind_encrypted(&address, Encryption::load(&tls).unwrap()).await.unwrap();
        let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
        Self {
            served: serve_listener(listener, store, config),
            folder,
            own,
            clients,
            signer: Mutex::new((Arc::new(signer), "k-0".to_owned())),
            over: AtomicBool::new(false),
            calls: AtomicU64::new(0),
        }
    }

    async fn channel(&self, with_certificate: bool) -> Channel {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.own.pem()));
        let tls = tls.domain_name("localhost");
        let tls = if with_certificate { tls.identity(self.clients.identity(&[], &[BILLING])) } else { tls };
        let endpoint = Endpoint::from_shared(format!("https://{}", self.served.address)).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    }

    /// One question. There is no realm: who may ask is told so, and who is not known is told that.
    async fn ask(&self, channel: &Channel, token: Option<String>) {
        let mut question =
            Request::new(v1::CheckAccessRequest { realm: "realms/eto".to_owned(), ..Default::default() });
        if let Some(token) = token {
            question.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let told = AccessServiceClient::new(channel.clone()).check_access(question).await.unwrap_err();
        assert_eq!(told.code(), tonic::Code::PermissionDenied, "{told}");
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    fn token(&self) -> String {
        let (signer, id) = self.signer.lock().unwrap().clone();
        signer.token(&id, "svc", 60)
    }

    /// New certificates, and a new key that signs when it was published for a while.
    async fn change(&self, number: u64) {
        files_in(self.folder.path(), &self.own, &self.clients);
        let (old, name) = self.signer.lock().unwrap().clone();
        let (new, id) = (Arc::new(Signer::es256()), format!("k-{number}"));
        let keys: Vec<Value> = vec![old.jwk(&name), new.jwk(&id)];
        configured(self.folder.path(), &keys);
        tokio::time::sleep(2 * EVERY).await;
        *self.signer.lock().unwrap() = (new, id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_lost_while_everything_changes() {
    let site = Arc::new(Changing::open().await);
    let mut callers = tokio::task::JoinSet::new();
    for kind in 0..3 {
        let site = Arc::clone(&site);
        callers.spawn(async move {
            let kept = site.channel(kind == 0).await;
            while !site.over.load(Ordering::Relaxed) {
                match kind {
                    // Whoever stays.
                    0 => site.ask(&kept, None).await,
                    // Whoever brings tokens, old and new.
                    1 => site.ask(&kept, Some(site.token())).await,
                    // Whoever comes anew each time.
                    _ => site.ask(&site.channel(true).await, None).await,
                }
            }
        });
    }
    for number in 1..=seconds().div_ceil(2) {
        site.change(number).await;
    }
    site.over.store(true, Ordering::Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    let calls = site.calls.load(Ordering::Relaxed);
    assert!(calls > 100, "{calls}");
    println!("{calls} calls while everything changed {} times", seconds().div_ceil(2));
}
