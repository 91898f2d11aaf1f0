//! Certificates of both sides, and how each side speaks with and without them.

use std::net::SocketAddr;
use std::path::PathBuf;

use bailiwick_server::TlsConfig;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity, ServerTlsConfig};

/// The name in the callers' certificate.
pub(crate) const PROGRAM: &str = "spiffe://example.org/bench";
const SERVER: &str = "localhost";

/// An authority, and certificates of the server and of the callers.
pub(crate) struct Certificates {
    folder: TempDir,
    authority: String,
    server: (String, String),
    callers: (String, String),
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Certificates {
    /// New ones.
    pub(crate) fn new() -> Result<Self, String> {
        let mut params = CertificateParams::new(Vec::new()).map_err(told)?;
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(told)?;
        let authority = params.self_signed(&key).map_err(told)?.pem();
        let issuer = Issuer::new(params, key);
        let sign = |mut params: CertificateParams, name: &str| {
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate().map_err(told)?;
            Ok::<_, String>((params.signed_by(&key, &issuer).map_err(told)?.pem(), key.serialize_pem()))
        };
        let server = sign(CertificateParams::new(vec![SERVER.to_owned()]).map_err(told)?, "server")?;
        let mut params = CertificateParams::new(Vec::new()).map_err(told)?;
        params.subject_alt_names.push(SanType::URI(PROGRAM.try_into().map_err(told)?));
        let callers = sign(params, "callers")?;
        Ok(Self { folder: TempDir::new().map_err(told)?, authority, server, callers })
    }

    /// As the service reads them.
    pub(crate) fn files(&self) -> Result<TlsConfig, String> {
        let write = |name: &str, text: &str| {
            let path: PathBuf = self.folder.path().join(name);
            std::fs::write(&path, text).map_err(told)?;
            Ok::<_, String>(path)
        };
        Ok(TlsConfig {
            certificate_file: write("server.pem", &self.server.0)?,
            key_file: write("server.key", &self.server.1)?,
            client_ca_file: Some(write("ca.pem", &self.authority)?),
            reload_seconds: 3_600,
        })
    }

    /// As the empty server takes them.
    pub(crate) fn server(&self) -> ServerTlsConfig {
        let identity = Identity::from_pem(&self.server.0, &self.server.1);
        ServerTlsConfig::new().identity(identity).client_ca_root(Certificate::from_pem(&self.authority))
    }

    /// Where callers connect, and show theirs.
    pub(crate) fn endpoint(&self, address: SocketAddr) -> Result<Endpoint, String> {
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.authority))
            .identity(Identity::from_pem(&self.callers.0, &self.callers.1))
            .domain_name(SERVER);
        let endpoint = Endpoint::from_shared(format!("https://{address}")).map_err(told)?;
        endpoint.tls_config(tls).map_err(told)
    }
}

/// Where callers connect that show none.
pub(crate) fn plain(address: SocketAddr) -> Result<Endpoint, String> {
    Endpoint::from_shared(format!("http://{address}")).map_err(told)
}
