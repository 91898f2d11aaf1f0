//! Where the server listens, and the connections that arrive there.
//!
//! Without encryption only this machine is listened to: at a Unix socket, or an address of the loopback. A handshake has a
//! limited time and happens beside others: whoever is slow or silent keeps nobody waiting.

mod address;
mod handshake;
mod socket;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::Stream;
use tonic::transport::server::Connected;

pub use self::address::{Address, AddressFault};
use self::handshake::{Handshakes, handshake};
use self::socket::Socket;
use crate::first_byte::FirstByte;
use crate::issuer::Memory;
use crate::tls::{Certified, Encryption};

/// A listener that is bound.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// Unset: whatever comes is taken as it is.
    encryption: Option<Arc<Encryption>>,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) place: Place,
    /// The certificate that it has shown.
    pub(crate) certified: Option<Arc<Certified>>,
    /// The tokens that it has shown.
    pub(crate) memory: Arc<Memory>,
}

impl Peer {
    pub(crate) fn new(place: Place, certified: Option<Arc<Certified>>) -> Self {
        Self { place, certified, memory: Arc::default() }
    }
}

/// Where the other end of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine, by TCP or a socket.
    Here,
    /// Anywhere.
    Elsewhere,
}

/// A connection of either kind.
pub(crate) trait Stranger: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stranger for T {}

/// An accepted connection, with who is at its other end.
pub(crate) struct Connection {
    pub(crate) io: FirstByte<Box<dyn Stranger>>,
    peer: Peer,
    /// Its place among all.
    _held: OwnedSemaphorePermit,
}

impl Listener {
    /// Binds an address of this machine. A socket left behind by a server that is gone is replaced; its owner alone may
    /// connect.
    ///
    /// # Errors
    /// When the address is not permitted ([`AddressFault`] inside) or cannot be bound.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        address.permitted().map_err(|fault| io::Error::new(io::ErrorKind::PermissionDenied, fault))?;
        Ok(Self { socket: Socket::bind(address).await?, encryption: None })
    }

    /// Binds an address, wherever it can be reached from: whoever connects speaks TLS.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub async fn bind_encrypted(address: &Address, encryption: Encryption) -> io::Result<Self> {
        Ok(Self { socket: Socket::bind(address).await?, encryption: Some(Arc::new(encryption)) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<Address> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Socket::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    /// What encrypts its connections.
    pub(crate) fn encryption(&self) -> Option<Arc<Encryption>> {
        self.encryption.clone()
    }

    /// The connections that arrive, each of which must say something within `silence`, and at most so many at once: more are
    /// closed as they come. Where none can be accepted (no file descriptors left), it is tried again after a moment.
    pub(crate) fn connections(
        self,
        silence: Duration,
        at_once: usize,
    ) -> impl Stream<Item = io::Result<Connection>> + Send {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let accepting = tokio::spawn(async move {
            let (mut handshakes, places) = (Handshakes::default(), Arc::new(Semaphore::new(at_once)));
            let mut full = false;
            loop {
                let accepted = tokio::select! {
                    accepted = self.socket.accept() => accepted,
                    () = sender.closed() => return,
                };
                let (io, place) = match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(error = %error.kind(), "no connection could be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                };
                let Ok(held) = Arc::clone(&places).try_acquire_owned() else {
                    if !std::mem::replace(&mut full, true) {
                        tracing::warn!(
                            at_once,
                            "all connections that there may be are there; more are closed"
                        );
                    }
                    continue;
                };
                full = false;
                let connected =
                    move |io, peer| Connection { io: FirstByte::new(io, silence), peer, _held: held };
                match &self.encryption {
                    None => {
                        let connection = connected(io, Peer::new(place, None));
                        if sender.send(Ok(connection)).await.is_err() {
                            return;
                        }
                    }
                    Some(encryption) => {
                        let (encryption, sender) = (Arc::clone(encryption), sender.clone());
                        handshakes.begin(async move {
                            let shaken =
                                tokio::time::timeout(silence, handshake(io, place, &encryption)).await;
                            if let Ok(Some((io, peer))) = shaken {
                                let _ = sender.send(Ok(connected(io, peer))).await;
                            }
                        });
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

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use tokio::net::UnixStream;

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
