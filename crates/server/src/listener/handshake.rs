//! Handshakes, beside each other.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::{Peer, Place, Stranger};
use crate::tls::{Certified, Encryption};

/// So many handshakes are in progress at once.
const HANDSHAKES: usize = 256;

/// The handshakes in progress, the oldest first. Dropped, they are cut off.
#[derive(Default)]
pub(super) struct Handshakes {
    tasks: JoinSet<()>,
    handles: VecDeque<AbortHandle>,
}

impl Handshakes {
    /// Begins one. Where there are too many, the oldest gives way: one that is meant takes some milliseconds.
    pub(super) fn begin(&mut self, handshake: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.handles.retain(|handle| !handle.is_finished());
        if self.handles.len() >= HANDSHAKES
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(self.tasks.spawn(handshake));
    }
}

/// A handshake; none where it fails: that is the other end's to notice.
pub(super) async fn handshake(
    io: Box<dyn Stranger>,
    place: Place,
    encryption: &Arc<Encryption>,
) -> Option<(Box<dyn Stranger>, Peer)> {
    let stream = encryption.acceptor().accept(io).await.ok()?;
    let certified = match stream.get_ref().1.peer_certificates() {
        Some(chain) => Some(Arc::new(Certified::of(chain, encryption)?)),
        None => None,
    };
    Some((Box::new(stream), Peer::new(place, certified)))
}
