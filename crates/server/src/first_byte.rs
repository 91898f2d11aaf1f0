//! A connection that must begin soon.
//!
//! A peer that connects and stays silent, or that stops within the preface, holds a descriptor, and hyper's graceful
//! end waits for it for ever. Reading fails where the whole preface does not come in time; after it, HTTP/2's own
//! keep-alive watches the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::listener::Connection;

/// With how many bytes every HTTP/2 connection begins (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;

/// A connection whose preface is awaited for a limited time.
pub(crate) struct FirstByte<IO> {
    io: IO,
    /// Unset once the preface was read.
    silence: Option<Pin<Box<Sleep>>>,
    /// How much of the preface is still to come.
    missing: usize,
}

impl<IO> FirstByte<IO> {
    pub(crate) fn new(io: IO, silence: Duration) -> Self {
        Self { io, silence: Some(Box::pin(sleep(silence))), missing: PREFACE_BYTES }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for FirstByte<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if read.is_ready() {
            self.missing = self.missing.saturating_sub(buf.filled().len() - before);
            if self.missing == 0 {
                self.silence = None;
            }
            return read;
        }
        let expired = self.silence.as_mut().is_some_and(|silence| silence.as_mut().poll(cx).is_ready());
        if expired { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { Poll::Pending }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for FirstByte<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_connection() {
        let (_silent, end) = tokio::io::duplex(16);
        let mut end = FirstByte::new(end, Duration::from_secs(10));
        assert_eq!(end.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_is_no_beginning() {
        let (mut peer, end) = tokio::io::duplex(16);
        let mut end = FirstByte::new(end, Duration::from_secs(10));
        peer.write_u8(b'P').await.unwrap();
        assert_eq!(end.read_u8().await.unwrap(), b'P');
        assert_eq!(end.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_begun_may_be_silent() {
        let (mut peer, end) = tokio::io::duplex(64);
        let mut end = FirstByte::new(end, Duration::from_secs(10));
        peer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        end.read_exact(&mut [0; PREFACE_BYTES]).await.unwrap();
        let later = tokio::time::timeout(Duration::from_secs(60), end.read_u8()).await;
        assert!(later.is_err(), "still waiting");
    }
}
