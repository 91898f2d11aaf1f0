//! Where to listen, as it is written.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Why an address is none, or none to listen at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressFault {
    /// Neither an address with a port nor `unix:` with a path.
    Unreadable(String),
    /// Reachable from elsewhere.
    NotLocal(SocketAddr),
}

impl Default for Address {
    fn default() -> Self {
        Self::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_051)))
    }
}

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Self, AddressFault> {
        let unreadable = || AddressFault::Unreadable(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(unreadable()) } else { Ok(Self::Unix(PathBuf::from(path))) };
        }
        let numeric = match text.strip_prefix("localhost:") {
            Some(port) => format!("{}:{port}", Ipv4Addr::LOCALHOST),
            None => text.to_owned(),
        };
        numeric.parse().map(Self::Tcp).map_err(|_| unreadable())
    }
}

impl TryFrom<String> for Address {
    type Error = AddressFault;

    fn try_from(text: String) -> Result<Self, AddressFault> {
        text.parse()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Display for AddressFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(text) => write!(
                f,
                "`{}` is no address: say `127.0.0.1:50051`, `[::1]:50051` or `unix:/path/to/socket`",
                text.escape_debug()
            ),
            Self::NotLocal(address) => write!(
                f,
                "will not listen at {address}: it can be reached from elsewhere, which needs TLS \
                 (`tls` in the configuration); without it, listen at a loopback address or a Unix socket"
            ),
        }
    }
}

impl std::error::Error for AddressFault {}

impl Address {
    /// Whether to listen there without encryption is safe: on the loopback or at a socket.
    ///
    /// # Errors
    /// Where it is not.
    pub fn permitted(&self) -> Result<(), AddressFault> {
        match self {
            Self::Tcp(address) if !address.ip().is_loopback() => Err(AddressFault::NotLocal(*address)),
            Self::Tcp(_) | Self::Unix(_) => Ok(()),
        }
    }
}
