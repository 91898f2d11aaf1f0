//! Where an issuer's keys come from: a file, or an address.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http_body_util::{BodyExt, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The longest document that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What asks; the body of what it asks is empty.
type Asking = Client<HttpsConnector<HttpConnector>, String>;

/// Where they come from.
#[derive(Clone)]
pub(super) enum Source {
    File(PathBuf),
    Url(Uri, Box<Asking>),
}

impl Source {
    /// An address; without an authority of its own, one that this machine trusts vouches for it.
    ///
    /// # Errors
    /// When it is none that may be asked, or nobody would vouch for it.
    pub(super) fn url(url: &str, authority: Option<&Path>) -> Result<Self, String> {
        let uri = safe(url).ok_or("`jwks_url` is `https://HOST/PATH`, or `http://` on this machine")?;
        let builder = HttpsConnectorBuilder::new();
        let builder = match authority {
            Some(file) => builder.with_tls_config(trusting(file)?),
            None if uri.scheme_str() == Some("https") => builder
                .with_provider_and_native_roots(ring::default_provider())
                .map_err(|_| "this machine trusts no authority: name the address's in `jwks_ca_file`")?,
            None => builder.with_tls_config(client(RootCertStore::empty())?),
        };
        let connector = builder.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self::Url(uri, Box::new(client)))
    }

    /// Reads the document.
    ///
    /// # Errors
    /// Why it cannot be read, in words that name no file and no address.
    pub(super) async fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => {
                // It may lie on a slow disk.
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
                read.map_err(|_| "reading it broke off".to_owned())?
            }
            Self::Url(uri, client) => match tokio::time::timeout(PATIENCE, ask(client, uri.clone())).await {
                Ok(answer) => answer,
                Err(_) => Err("its address does not answer in time".to_owned()),
            },
        }
    }
}

/// Reads a file, now.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("it cannot be read: {}", error.kind());
    let length = std::fs::metadata(path).map_err(told)?.len();
    if usize::try_from(length).is_ok_and(|length| length <= LONGEST) {
        std::fs::read(path).map_err(told)
    } else {
        Err(format!("it is longer than {LONGEST} bytes"))
    }
}

async fn ask(client: &Asking, uri: Uri) -> Result<Vec<u8>, String> {
    let answer = client.get(uri).await.map_err(|_| "its address cannot be reached".to_owned())?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("its address answers {}", answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), LONGEST).collect().await;
    let body = body.map_err(|_| format!("its address breaks off, or sends more than {LONGEST} bytes"))?;
    Ok(body.to_bytes().to_vec())
}

/// An address that nobody in between can answer for, without a password in it.
fn safe(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let host = uri.host()?.trim_matches(['[', ']']);
    let is_here =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_safe = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_here,
        _ => false,
    };
    let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    (is_safe && !has_password).then_some(uri)
}

fn trusting(file: &Path) -> Result<ClientConfig, String> {
    let pem = read_file(file).map_err(|fault| format!("`jwks_ca_file`: {fault}"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| "`jwks_ca_file` has no certificate in PEM".to_owned())?;
        roots.add(certificate).map_err(|error| format!("`jwks_ca_file`: {error}"))?;
    }
    if roots.is_empty() { Err("`jwks_ca_file` has no certificate in PEM".to_owned()) } else { client(roots) }
}

fn client(roots: RootCertStore) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_can_answer_for_is_asked() {
        for good in
            ["https://login.example.org/keys", "http://127.0.0.1:1/k", "http://[::1]:1/", "http://localhost/"]
        {
            assert!(safe(good).is_some(), "{good}");
        }
        for bad in [
            "http://login.example.org/keys",
            "http://127.0.0.1.example.org/",
            "https://scott:tiger@login.example.org/",
            "http://127.0.0.1@example.org/",
            "ftp://login.example.org/",
            "login.example.org/keys",
            "",
        ] {
            assert!(safe(bad).is_none(), "{bad}");
        }
    }
}
