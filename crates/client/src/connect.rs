//! Connecting: where the server is, which key proves who calls, how long an answer may take.

use std::fmt;
use std::time::Duration;

use tonic::Status;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use crate::Error;

/// Where a server listens if nothing else is said.
const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `http://127.0.0.1:50051`, or `unix:/run/bailiwick.sock`. Without a scheme: `http`.
    pub server: String,
    /// The key to send with each call, if any.
    pub api_key: Option<ApiKey>,
    /// How long one call may take, repetitions included.
    pub deadline: Duration,
}

impl Default for Settings {
    /// The server on this machine, no key, ten seconds.
    fn default() -> Self {
        Self { server: DEFAULT_SERVER.to_owned(), api_key: None, deadline: Duration::from_secs(10) }
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
    if server.starts_with("https:") {
        return Err(Error::usage(
            "the address of the server: TLS is not spoken yet; use `http://` or `unix:`",
        ));
    }
    let endpoint = Endpoint::from_shared(server)
        .map_err(|_| {
            Error::usage("the address of the server is neither `http://HOST:PORT` nor `unix:/PATH`")
        })?
        .connect_timeout(settings.deadline.min(Duration::from_secs(5)));
    Ok(InterceptedService::new(endpoint.connect_lazy(), Credentials(settings.api_key.clone())))
}
