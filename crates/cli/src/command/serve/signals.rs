//! When to stop: at SIGINT (Ctrl-C) and at SIGTERM.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Failure;

/// Over as soon as the process is told to stop. Listens from now on, not from when it is awaited.
pub(super) fn stop() -> Result<impl Future<Output = ()> + Send, Failure> {
    let listen = |kind| -> Result<Signal, Failure> {
        signal(kind).map_err(|error| Failure::Machine(format!("signals cannot be listened to: {error}")))
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
