//! Connections that are encrypted, and callers that are known by their certificates.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::key_service_client::KeyServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_store::{Location, Store, StoreOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

use super::messages::call_as;
use super::world::{Served, serve_listener};
use crate::caller::{Caller, Proof};
use crate::program::Program;
use crate::tls::Certified;
use crate::{
    CallersConfig, Config, Encryption, GrantConfig, LimitsConfig, Listener, ProgramConfig, RunError,
    TlsConfig,
};

/// Who signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate with these names, and its key.
    pub(crate) fn sign(&self, dns: &[&str], uris: &[&str]) -> (String, String) {
        let dns: Vec<String> = dns.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(dns).unwrap();
        params.subject_alt_names.extend(uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    pub(super) fn identity(&self, dns: &[&str], uris: &[&str]) -> Identity {
        let (certificate, key) = self.sign(dns, uris);
        Identity::from_pem(certificate, key)
    }
}

/// A server, its authority, and that of its callers.
struct Site {
    served: Served,
    own: Authority,
    clients: Authority,
    folder: TempDir,
}

pub(super) const BILLING: &str = "spiffe://example.org/billing";

pub(super) fn program(id: &str, spiffe: Option<&str>, dns: Option<&str>, permission: &str) -> ProgramConfig {
    ProgramConfig {
        id: id.to_owned(),
        spiffe: spiffe.map(str::to_owned),
        dns: dns.map(str::to_owned),
        token: None,
        grants: vec![GrantConfig {
            permissions: vec![permission.to_owned()],
            realms: vec!["eto".to_owned()],
        }],
    }
}

/// The files of a server, with a new certificate.
pub(crate) fn files_in(folder: &Path, own: &Authority, clients: &Authority) -> TlsConfig {
    let (certificate, key) = own.sign(&["localhost"], &[]);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    TlsConfig {
        certificate_file: write("server.pem", &certificate),
        key_file: write("server.key", &key),
        client_ca_file: Some(write("clients.pem", &clients.pem)),
        reload_seconds: 1,
    }
}

impl Site {
    async fn open() -> Self {
        Self::waiting(1).await
    }

    /// One that waits so many seconds for a handshake.
    async fn waiting(seconds: u64) -> Self {
        let (own, clients, folder) = (Authority::new(), Authority::new(), TempDir::new().unwrap());
        let tls = files_in(folder.path(), &own, &clients);
        let callers = CallersConfig {
            local_operator: true,
            issuers: Vec::new(),
            programs: vec![
                program("billing", Some(BILLING), None, "check"),
                program("desk", None, Some("desk.example.org"), "operate"),
            ],
        };
        let limits = LimitsConfig { first_byte_timeout_seconds: seconds, ..LimitsConfig::default() };
        let config = Config { tls: Some(tls.clone()), callers, limits, ..Config::default() };
        let encryption = Encryption::load(&tls).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind_encrypted(&address, encryption).await.unwrap();
        let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
        let served = serve_listener(listener, store, config);
        let site = Self { served, own, clients, folder };
        let request = v1::CreateRealmRequest {
            realm: "realms/eto".to_owned(),
            scheme: Some(v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned())),
            ..Default::default()
        };
        let operator = site.channel(None).await.unwrap();
        RealmServiceClient::new(operator).create_realm(request).await.unwrap();
        site
    }

    async fn channel(&self, identity: Option<Identity>) -> Result<Channel, tonic::transport::Error> {
        self.trusting(&self.own, identity).await
    }

    async fn trusting(
        &self,
        authority: &Authority,
        identity: Option<Identity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem));
        let tls = tls.domain_name("localhost");
        let tls = match identity {
            Some(identity) => tls.identity(identity),
            None => tls,
        };
        let address = format!("https://{}", self.served.address);
        Endpoint::from_shared(address).unwrap().tls_config(tls).unwrap().connect().await
    }
}

async fn check(channel: Channel) -> Result<v1::Decision, Status> {
    let question = v1::CheckAccessRequest {
        realm: "realms/eto".to_owned(),
        subject: "users/nobody".to_owned(),
        capability: "customer.view".to_owned(),
        resource: "customers/c".to_owned(),
        ..Default::default()
    };
    AccessServiceClient::new(channel).check_access(question).await.map(|reply| reply.into_inner().decision())
}

async fn keys(channel: Channel) -> Option<Code> {
    let list = KeyServiceClient::new(channel).list_keys(v1::ListKeysRequest::default()).await;
    list.err().map(|status| status.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_known_by_its_certificate_and_does_what_it_may() {
    let site = Site::open().await;
    let billing = site.channel(Some(site.clients.identity(&[], &[BILLING]))).await.unwrap();
    assert_eq!(check(billing.clone()).await.unwrap(), v1::Decision::Denied);
    assert_eq!(keys(billing).await, Some(Code::PermissionDenied));
    let desk = site.channel(Some(site.clients.identity(&["desk.example.org"], &[]))).await.unwrap();
    assert_eq!(check(desk).await.unwrap_err().code(), Code::PermissionDenied);
    // Without a certificate whoever is on this machine is the local operator, where that is allowed.
    assert_eq!(keys(site.channel(None).await.unwrap()).await, None);
}

/// A certificate that somebody has shown.
pub(crate) fn certified() -> Arc<Certified> {
    let (clients, folder) = (Authority::new(), TempDir::new().unwrap());
    let encryption = Encryption::load(&files_in(folder.path(), &clients, &clients)).unwrap();
    let chain = [CertificateDer::from_pem_slice(clients.sign(&[], &[BILLING]).0.as_bytes()).unwrap()];
    Arc::new(Certified::of(&chain, &Arc::new(encryption)).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_connections_than_there_may_be_the_last_is_closed() {
    let limits = LimitsConfig { connections: 2, ..LimitsConfig::default() };
    let served = super::world::serve(Config { limits, ..Config::local() }).await;
    let first = served.channel().await;
    let second = TcpStream::connect(served.address).await.unwrap();
    let mut third = TcpStream::connect(served.address).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(2), third.read_u8()).await;
    assert!(closed.is_ok_and(|read| read.is_err()));
    assert_eq!(keys(first).await, None);
    drop(second);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(keys(served.channel().await).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_before_a_certificate() {
    let site = Site::open().await;
    let billing = site.channel(Some(site.clients.identity(&[], &[BILLING]))).await.unwrap();
    assert_eq!(check(billing.clone()).await.unwrap(), v1::Decision::Denied);
    let path = "/bailiwick.v1.AccessService/CheckAccess";
    let refused = call_as(&billing, path, Vec::new(), "bk_nobody").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_of_many_handshakes_give_way() {
    let site = Site::waiting(60).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(site.served.address).await.unwrap());
    }
    assert_eq!(keys(site.channel(None).await.unwrap()).await, None);
    // 256 are in progress: 44 of 300 gave way, or one more for the one that was meant.
    for (index, one) in silent.iter_mut().enumerate().take(60) {
        let read = tokio::time::timeout(Duration::from_millis(100), one.read_u8()).await;
        assert_eq!(read.is_ok(), index < 44 || index == 44 && read.is_ok(), "{index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_ends_where_the_certificate_is_good_no_more() {
    let (clients, folder) = (Authority::new(), TempDir::new().unwrap());
    let config = files_in(folder.path(), &clients, &clients);
    let encryption = Arc::new(Encryption::load(&config).unwrap());
    let chain = [CertificateDer::from_pem_slice(clients.sign(&[], &[BILLING]).0.as_bytes()).unwrap()];
    let program = Arc::new(Program { id: "a".to_owned(), grants: Vec::new() });
    let caller = || {
        let certified = Certified::of(&chain, &encryption).unwrap();
        Caller::program(Arc::clone(&program), Proof::Certificate(Arc::new(certified)))
    };
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
    assert!(caller().is_live(&store));
    let other = Authority::new();
    files_in(folder.path(), &other, &other);
    let following = Arc::clone(&encryption);
    let following = tokio::spawn(async move { following.follow().await });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!caller().is_live(&store));
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_says_of_encryption_is_what_the_listener_does() {
    let site = Site::open().await;
    for config in [
        Config { tls: Some(files_in(site.folder.path(), &site.own, &site.clients)), ..Config::default() },
        Config { plaintext: true, ..Config::default() },
    ] {
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = match &config.tls {
            Some(_) => Listener::bind(&address).await.unwrap(),
            None => {
                let files = files_in(site.folder.path(), &site.own, &site.clients);
                Listener::bind_encrypted(&address, Encryption::load(&files).unwrap()).await.unwrap()
            }
        };
        let served = serve_listener(listener, site.served.store.clone(), config);
        assert!(matches!(served.serving.await.unwrap(), Err(RunError::Setup(_))));
    }
    // The local operator is on this machine, whatever address the configuration names.
    let files = files_in(site.folder.path(), &site.own, &site.clients);
    let callers = CallersConfig { local_operator: true, ..CallersConfig::default() };
    let config = Config { tls: Some(files.clone()), callers, ..Config::default() };
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let listener = Listener::bind_encrypted(&everywhere, Encryption::load(&files).unwrap()).await.unwrap();
    let served = serve_listener(listener, site.served.store.clone(), config);
    assert!(matches!(served.serving.await.unwrap(), Err(RunError::Address(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_names_nobody_is_nobodys() {
    let site = Site::open().await;
    for (dns, uris) in [
        (&["other.example.org"][..], &[][..]),
        (&[], &["spiffe://example.org/billing/more"]),
        (&[], &[BILLING, "spiffe://example.org/desk"]),
        (&["desk.example.org"], &[BILLING]),
        (&["sub.desk.example.org", "*.example.org"], &[]),
    ] {
        let channel = site.channel(Some(site.clients.identity(dns, uris))).await.unwrap();
        assert_eq!(check(channel).await.unwrap_err().code(), Code::Unauthenticated, "{dns:?} {uris:?}");
    }
    // One of another authority is not let in at all.
    let forged = site.channel(Some(site.own.identity(&[], &[BILLING]))).await;
    if let Ok(channel) = forged {
        let code = check(channel).await.unwrap_err().code();
        assert!(!matches!(code, Code::Unauthenticated | Code::PermissionDenied), "{code:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_silent_or_speaks_plainly_keeps_nobody_waiting() {
    let site = Site::open().await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(site.served.address).await.unwrap());
    }
    let plain = Endpoint::from_shared(format!("http://{}", site.served.address)).unwrap().connect().await;
    if let Ok(plain) = plain {
        assert_ne!(check(plain).await.unwrap_err().code(), Code::Unauthenticated);
    }
    // The oldest give way; all others have their time, and then are gone.
    assert_eq!(keys(site.channel(None).await.unwrap()).await, None);
    for mut silent in silent {
        let read = tokio::time::timeout(Duration::from_secs(2), silent.read_u8()).await;
        assert!(read.is_ok_and(|read| read.is_err()), "it was closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_files_serve_new_connections_and_broken_ones_nobody() {
    let site = Site::open().await;
    let identity = || site.clients.identity(&[], &[BILLING]);
    let before = site.channel(Some(identity())).await.unwrap();
    // A broken certificate changes nothing.
    std::fs::write(site.folder.path().join("server.pem"), "nothing").unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(check(site.channel(Some(identity())).await.unwrap()).await.unwrap(), v1::Decision::Denied);
    // Another authority for both sides, one file after the other.
    let (own, clients) = (Authority::new(), Authority::new());
    files_in(site.folder.path(), &own, &clients);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(site.channel(None).await.is_err(), "the certificate is another");
    let theirs = site.trusting(&own, Some(clients.identity(&[], &[BILLING]))).await.unwrap();
    assert_eq!(check(theirs).await.unwrap(), v1::Decision::Denied);
    // Who is there stays connected.
    assert!(!matches!(check(before).await.map_err(|status| status.code()), Err(Code::Unavailable)));
}

#[test]
fn all_that_is_wrong_with_the_files_is_said() {
    let (own, folder) = (Authority::new(), TempDir::new().unwrap());
    let good = files_in(folder.path(), &own, &own);
    let missing = folder.path().join("missing");
    let config = TlsConfig { certificate_file: missing.clone(), key_file: missing, ..good.clone() };
    let said = Encryption::load(&config).unwrap_err().to_string();
    assert!(said.contains("`tls.certificate_file`") && said.contains("`tls.key_file`"), "{said}");
    let swapped = TlsConfig {
        certificate_file: good.key_file.clone(),
        key_file: good.certificate_file.clone(),
        ..good.clone()
    };
    let said = Encryption::load(&swapped).unwrap_err().to_string();
    assert!(said.contains("no certificate in PEM") && said.contains("no private key in PEM"), "{said}");
    // A key that is another's.
    std::fs::write(&good.key_file, own.sign(&["localhost"], &[]).1).unwrap();
    let said = Encryption::load(&good).unwrap_err().to_string();
    assert!(said.contains("`tls.certificate_file` and `tls.key_file`"), "{said}");
}
