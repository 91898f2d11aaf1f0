//! Encryption: the server's certificate, and the authorities whose certificates callers may show.
//!
//! Files are looked at again and again. What is new in them serves the connections that come after it; those that are there
//! go on. A broken file changes nothing, and is said once.

mod files;
mod names;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::danger::ClientCertVerifier;
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;

pub(crate) use names::{Certified, Names};

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The server's certificate and those between it and its authority, in PEM.
    pub certificate_file: PathBuf,
    /// The certificate's private key, in PEM.
    pub key_file: PathBuf,
    /// The authorities whose certificates callers may show, in PEM. Without it, none is asked for.
    pub client_ca_file: Option<PathBuf>,
    /// How often the files are looked at, in seconds: 1 to 3,600.
    #[serde(default = "reload_seconds")]
    pub reload_seconds: u64,
}

fn reload_seconds() -> u64 {
    10
}

/// What is wrong with the files, each in words. Nothing of a key is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFault(Vec<String>);

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for TlsFault {}

/// What judges certificates of callers.
type Verifier = Arc<dyn ClientCertVerifier>;

/// What the files say at one time.
struct Loaded {
    server: Arc<ServerConfig>,
    /// Unset: callers show no certificates.
    clients: Option<Verifier>,
    /// Of what was read, to know when it is another.
    digest: [u8; 32],
}

/// Encryption as it is now.
pub struct Encryption {
    config: TlsConfig,
    loaded: ArcSwap<Loaded>,
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Encryption {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(config: &TlsConfig) -> Result<Self, TlsFault> {
        let loaded = files::read(config).and_then(|files| files.load()).map_err(TlsFault)?;
        Ok(Self { config: config.clone(), loaded: ArcSwap::from_pointee(loaded) })
    }

    /// What takes the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.loaded.load().server))
    }

    /// What says whether a certificate that was shown is good now.
    pub(crate) fn clients(&self) -> Option<Verifier> {
        self.loaded.load().clients.clone()
    }

    /// Looks at the files, for as long as it is polled.
    pub(crate) async fn follow(&self) {
        let mut told = None;
        loop {
            tokio::time::sleep(Duration::from_secs(self.config.reload_seconds)).await;
            let config = self.config.clone();
            // Files may lie on a slow disk.
            let Ok(read) = tokio::task::spawn_blocking(move || files::read(&config)).await else { continue };
            let fault = self.take(read).err();
            if let Some(fault) = fault.as_ref().filter(|fault| told.as_ref() != Some(*fault)) {
                tracing::warn!(%fault, "new files for encryption are broken: those from before go on");
            }
            told = fault;
        }
    }

    fn take(&self, read: Result<files::Files, Vec<String>>) -> Result<(), TlsFault> {
        let files = read.map_err(TlsFault)?;
        if files.digest() == self.loaded.load().digest {
            return Ok(());
        }
        self.loaded.store(Arc::new(files.load().map_err(TlsFault)?));
        tracing::info!("new files for encryption are in use");
        Ok(())
    }
}
