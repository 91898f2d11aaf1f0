//! Where the server listens: this machine only.
//!
//! A Unix socket, or an address of the loopback. Any other is refused, since callers on a network must be
//! authenticated and encrypted, which this version cannot do.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Deserialize;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio_stream::Stream;
use tonic::transport::server::Connected;

use crate::first_byte::FirstByte;
use crate::random;

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

/// A listener that is bound.
#[derive(Debug)]
pub enum Listener {
    /// On an address of the loopback.
    Tcp(TcpListener),
    /// On a socket.
    Unix(UnixListener, PathBuf),
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A process on this machine, by TCP or a socket.
    Local,
    /// Somebody elsewhere.
    Remote,
}

/// A connection of either kind.
pub(crate) trait Stranger: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stranger for T {}

/// An accepted connection, with who is at its other end.
pub(crate) struct Connection {
    pub(crate) io: FirstByte<Box<dyn Stranger>>,
    peer: Peer,
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
                "will not listen at {address}: it can be reached from elsewhere, which needs TLS and authenticated \
                 callers, and this version cannot be given them; listen at a loopback address or a Unix socket"
            ),
        }
    }
}

impl std::error::Error for AddressFault {}

impl Address {
    /// Whether to listen there is safe: on the loopback or at a socket.
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

impl Listener {
    /// Binds an address. A socket left behind by a server that is gone is replaced; its owner alone may connect.
    ///
    /// # Errors
    /// When the address is not permitted ([`AddressFault`] inside) or cannot be bound.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        address.permitted().map_err(|fault| io::Error::new(io::ErrorKind::PermissionDenied, fault))?;
        match address {
            Address::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            Address::Unix(path) => bind_socket(path).await.map(|listener| Self::Unix(listener, path.clone())),
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    async fn accept(&self, silence: Duration) -> io::Result<Connection> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Replies are small: waiting for more of them to come together only delays.
                stream.set_nodelay(true)?;
                let peer = if address.ip().is_loopback() { Peer::Local } else { Peer::Remote };
                Ok(Connection { io: FirstByte::new(Box::new(stream), silence), peer })
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok(Connection { io: FirstByte::new(Box::new(stream), silence), peer: Peer::Local })
            }
        }
    }

    /// The connections that arrive, each of which must say something within `silence`. Where none can be accepted
    /// (no file descriptors left), it is tried again after a moment.
    pub(crate) fn connections(self, silence: Duration) -> impl Stream<Item = io::Result<Connection>> + Send {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let accepting = tokio::spawn(async move {
            loop {
                let Ok(permit) = sender.reserve().await else { return };
                let accepted = tokio::select! {
                    accepted = self.accept(silence) => accepted,
                    () = sender.closed() => return,
                };
                match accepted {
                    Ok(connection) => permit.send(Ok(connection)),
                    Err(error) => {
                        tracing::warn!(error = %error.kind(), "no connection could be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        Connections { receiver, accepting }
    }
}

/// Connections as they arrive. Dropped, the listener is closed.
struct Connections {
    receiver: tokio::sync::mpsc::Receiver<io::Result<Connection>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Stream for Connections {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(cx)
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Binds a socket where its owner alone gets at it, and moves it to its place only then: nobody else can connect in
/// between. Replaces a socket that refuses connections, because nobody listens at it, and nothing else.
async fn bind_socket(path: &Path) -> io::Result<UnixListener> {
    if let Ok(there) = std::fs::symlink_metadata(path) {
        let refuses = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        let left_behind =
            there.file_type().is_socket() && UnixStream::connect(path).await.is_err_and(refuses);
        if !left_behind {
            return Err(io::Error::from(io::ErrorKind::AddrInUse));
        }
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let private = private_directory(parent.unwrap_or(Path::new(".")))?;
    let bound = private.join("s");
    let listener = UnixListener::bind(&bound).and_then(|listener| {
        std::fs::set_permissions(&bound, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&bound, path)?;
        Ok(listener)
    });
    // What could not be moved goes too.
    drop(std::fs::remove_dir_all(&private));
    listener
}

/// A directory that its owner alone enters. Its name is random, so that one left behind stands in nobody's way, and
/// short, since the path of a socket may have some 100 bytes.
fn private_directory(parent: &Path) -> io::Result<PathBuf> {
    let random = random::bytes::<4>().map_err(|_| io::Error::other("the system gave no random bytes"))?;
    let path = parent.join(format!(".b{:08x}", u32::from_be_bytes(random)));
    std::fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        assert_eq!("127.0.0.1:50051".parse(), Ok(Address::default()));
        assert_eq!("localhost:50051".parse(), Ok(Address::default()));
        assert_eq!("unix:/run/b.sock".parse(), Ok(Address::Unix(PathBuf::from("/run/b.sock"))));
        for bad in ["", "50051", "unix:", "example.org:1", "127.0.0.1"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn only_this_machine_is_listened_to() {
        for elsewhere in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
            let fault = Listener::bind(&elsewhere.parse().unwrap()).await.unwrap_err();
            assert!(fault.to_string().contains("TLS"), "{fault}");
        }
        for here in ["127.0.0.1:0", "127.0.0.2:0"] {
            assert!(Listener::bind(&here.parse().unwrap()).await.is_ok(), "{here}");
        }
    }

    #[tokio::test]
    async fn a_socket_is_its_owners_alone() {
        let folder = std::env::temp_dir().join(format!("bailiwick-socket-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("b.sock");
        let address = Address::Unix(path.clone());
        let listener = Listener::bind(&address).await.unwrap();
        assert_eq!(listener.address().unwrap(), address);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(UnixStream::connect(&path).await.is_ok());
        assert_eq!(Listener::bind(&address).await.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(Listener::bind(&address).await.is_ok(), "what was left behind is replaced");

        let kept = folder.join("kept");
        std::fs::write(&kept, "of somebody else").unwrap();
        assert!(Listener::bind(&Address::Unix(kept.clone())).await.is_err());
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "of somebody else");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
