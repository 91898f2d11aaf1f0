//! Connecting: where the server is, which key proves who calls, how long an answer may take.

use std::fmt;
use std::time::Duration;

use tonic::Status;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::Error;

/// Where a server listens if nothing else is said.
const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://bailiwick.example.org:50051`; `http://127.0.0.1:50051`, `unix:/run/bailiwick.sock`. Without a scheme: `http`. What
    /// is not encrypted stays on this machine where a key is sent along.
    pub server: String,
    /// Whose certificate the server has, in PEM; unset: of one of the authorities that this machine trusts.
    pub authority: Option<String>,
    /// The certificate to show, if any.
    pub identity: Option<Identity>,
    /// The key to send with each call, if any.
    pub api_key: Option<ApiKey>,
    /// How long one call may take, repetitions included.
    pub deadline: Duration,
}

impl Default for Settings {
    /// The server on this machine, no key, ten seconds.
    fn default() -> Self {
        Self {
            server: DEFAULT_SERVER.to_owned(),
            authority: None,
            identity: None,
            api_key: None,
            deadline: Duration::from_secs(10),
        }
    }
}

/// A program's certificate and its private key. Never shown.
#[derive(Clone)]
pub struct Identity(tonic::transport::Identity);

impl Identity {
    /// A certificate with those between it and its authority, and its private key, in PEM.
    #[must_use]
    pub fn new(certificate: &str, key: &str) -> Self {
        Self(tonic::transport::Identity::from_pem(certificate, key))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// A program's key. Never shown, neither by `Debug` nor in errors.
#[derive(Clone)]
pub struct ApiKey(MetadataValue<Ascii>);

/// The text is no key: it has characters that no header may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadApiKey;

impl ApiKey {
    /// Takes a key as it was shown when it was made.
    ///
    /// # Errors
    /// When the text is empty or has characters that no header may have.
    pub fn new(secret: &str) -> Result<Self, BadApiKey> {
        if secret.trim().is_empty() {
            return Err(BadApiKey);
        }
        let mut value: MetadataValue<Ascii> =
            format!("Bearer {}", secret.trim()).parse().map_err(|_| BadApiKey)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl fmt::Display for BadApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the API key is empty or has characters that a key does not have")
    }
}

impl std::error::Error for BadApiKey {}

/// Adds the key to each call.
#[derive(Debug, Clone)]
pub(crate) struct Credentials(Option<ApiKey>);

impl Interceptor for Credentials {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(ApiKey(value)) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// A channel that sends the key along: what the generated clients are made of.
pub(crate) type Transport = InterceptedService<Channel, Credentials>;

/// A channel to the server, which connects with the first call.
pub(crate) fn transport(settings: &Settings) -> Result<Transport, Error> {
    let server = if settings.server.contains("://") || settings.server.starts_with("unix:") {
        settings.server.clone()
    } else {
        format!("http://{}", settings.server)
    };
    let endpoint = Endpoint::from_shared(server)
        .map_err(|_| {
            Error::usage(
                "the address of the server is neither `https://HOST:PORT`, `http://HOST:PORT` nor `unix:/PATH`",
            )
        })?
        .connect_timeout(settings.deadline.min(Duration::from_secs(5)));
    let is_encrypted = endpoint.uri().scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let endpoint = match is_encrypted {
        true => encrypted(endpoint, settings)?,
        false => in_the_clear(endpoint, settings)?,
    };
    Ok(InterceptedService::new(endpoint.connect_lazy(), Credentials(settings.api_key.clone())))
}

fn encrypted(endpoint: Endpoint, settings: &Settings) -> Result<Endpoint, Error> {
    let tls = match &settings.authority {
        Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
        None => ClientTlsConfig::new().with_native_roots(),
    };
    let tls = match &settings.identity {
        Some(Identity(identity)) => tls.identity(identity.clone()),
        None => tls,
    };
    // What exactly is wrong may repeat a key.
    let fault = match (&settings.authority, &settings.identity) {
        (None, None) => "this machine trusts no authority: name the server's",
        (None, Some(_)) => {
            "this machine trusts no authority, or the certificate and its key are not in PEM, or not of each other"
        }
        (Some(_), _) => "the certificates are not in PEM, or the key is not the certificate's",
    };
    endpoint.tls_config(tls).map_err(|_| Error::usage(fault))
}

/// Whoever listens in between reads a key that is sent in the clear.
fn in_the_clear(endpoint: Endpoint, settings: &Settings) -> Result<Endpoint, Error> {
    if settings.authority.is_some() || settings.identity.is_some() {
        return Err(Error::usage("certificates are for `https://`"));
    }
    let host = endpoint.uri().host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if settings.api_key.is_some() && !is_here && !settings.server.starts_with("unix:") {
        return Err(Error::usage("a key is not sent to another machine in the clear: use `https://`"));
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it is refused for what would be read on the way.
    fn is_in_the_clear(server: &str, with_key: bool) -> bool {
        let api_key = with_key.then(|| ApiKey::new("bk_x").unwrap());
        let settings = Settings { server: server.to_owned(), api_key, ..Settings::default() };
        // Whether this machine trusts any authority is another matter.
        transport(&settings).is_err_and(|fault| fault.to_string().contains("in the clear"))
    }

    #[tokio::test]
    async fn no_key_is_sent_to_another_machine_in_the_clear() {
        for here in
            ["127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.0.0.2:1", "unix:/run/b"]
        {
            assert!(!is_in_the_clear(here, true), "{here}");
        }
        for there in [
            "192.0.2.1:1",
            "http://example.org:1",
            "http://127.0.0.1.example.org:1",
            "http://127.0.0.1@example.org:1",
            "http://[2001:db8::1]:1",
        ] {
            assert!(!is_in_the_clear(there, false) && is_in_the_clear(there, true), "{there}");
        }
        for encrypted in ["https://example.org:1", "HTTPS://example.org:1"] {
            assert!(!is_in_the_clear(encrypted, true), "{encrypted}");
        }
    }

    #[tokio::test]
    async fn certificates_are_for_encryption_and_never_shown() {
        let identity = Some(Identity::new("a certificate", "PRIVATE"));
        let settings = Settings { identity, ..Settings::default() };
        assert!(!format!("{settings:?}").contains("PRIVATE"));
        assert!(transport(&settings).is_err());
        let settings = Settings { server: "https://example.org:1".to_owned(), ..settings };
        let fault = transport(&settings).map(drop).unwrap_err();
        assert!(!fault.to_string().contains("PRIVATE"), "{fault}");
    }
}
