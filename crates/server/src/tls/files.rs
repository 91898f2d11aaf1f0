//! Certificates and keys, as they lie in files.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};

use super::{Loaded, TlsConfig, Verifier};

/// HTTP/2, and nothing else.
const PROTOCOL: &[u8] = b"h2";

/// What was read. Never shown: a key is in it.
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

/// Reads all files; says of each that cannot be read why.
pub(super) fn read(config: &TlsConfig) -> Result<Files, Vec<String>> {
    let mut faults = Vec::new();
    let mut file = |key: &str, path: &Path| {
        std::fs::read(path).unwrap_or_else(|error| {
            faults.push(format!("`tls.{key}` ({}): {}", path.display(), error.kind()));
            Vec::new()
        })
    };
    let certificate = file("certificate_file", &config.certificate_file);
    let key = file("key_file", &config.key_file);
    let client_ca = config.client_ca_file.as_ref().map(|path| file("client_ca_file", path));
    if faults.is_empty() { Ok(Files { certificate, key, client_ca }) } else { Err(faults) }
}

impl Files {
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [&self.certificate, &self.key, self.client_ca.as_ref().unwrap_or(&Vec::new())] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    /// Makes of them what serves; says all that is wrong.
    pub(super) fn load(&self) -> Result<Loaded, Vec<String>> {
        let provider = Arc::new(ring::default_provider());
        let mut faults = Vec::new();
        let mut certificates = |key: &str, pem: &[u8]| {
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            let read = read.unwrap_or_default();
            if read.is_empty() {
                faults.push(format!("`tls.{key}` has no certificate in PEM"));
            }
            read
        };
        let chain = certificates("certificate_file", &self.certificate);
        let roots = self.client_ca.as_ref().map(|pem| certificates("client_ca_file", pem));
        let key = PrivateKeyDer::from_pem_slice(&self.key);
        if key.is_err() {
            faults.push("`tls.key_file` has no private key in PEM".to_owned());
        }
        let clients = roots.filter(|roots| !roots.is_empty()).map(|roots| verifier(roots, &provider));
        if let Some(Err(fault)) = &clients {
            faults.push(format!("`tls.client_ca_file`: {fault}"));
        }
        let (Ok(key), true) = (key, faults.is_empty()) else { return Err(faults) };
        let clients = clients.and_then(Result::ok);
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| vec![error.to_string()])?;
        let builder = match &clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::clone(clients)),
            None => builder.with_no_client_auth(),
        };
        let mut server = builder
            .with_single_cert(chain, key)
            .map_err(|error| vec![format!("`tls.certificate_file` and `tls.key_file`: {error}")])?;
        server.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Loaded { server: Arc::new(server), clients, digest: self.digest() })
    }
}

/// What judges certificates of callers. Whoever shows none may still show a key with each call.
fn verifier(roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Result<Verifier, String> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root).map_err(|error| error.to_string())?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
    builder.allow_unauthenticated().build().map_err(|error| error.to_string())
}
