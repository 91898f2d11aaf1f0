//! A socket in the file system, for its owner alone; or an address and a port.

use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, UnixListener, UnixStream};

use super::{Address, Place, Stranger};
use crate::random;

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Socket {
    pub(super) async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            Address::Unix(path) => bind_socket(path).await.map(|listener| Self::Unix(listener, path.clone())),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stranger>, Place)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Replies are small: waiting for more of them to come together only delays.
                stream.set_nodelay(true)?;
                let place = if address.ip().is_loopback() { Place::Here } else { Place::Elsewhere };
                Ok((Box::new(stream), place))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), Place::Here))
            }
        }
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
