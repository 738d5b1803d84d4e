//! More sound layers: one that writes only when it is flushed, one that gathers buffers, one that is woken late.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Join, ReadHalf, WriteHalf, join, split};

use super::layers::Manner;

/// Takes whatever is written and passes it on only when it is flushed or shut down.
pub(crate) struct FlushOnly<S> {
    inner: S,
    kept: Vec<u8>,
    /// How much of it is sent.
    sent: usize,
}

impl<S: AsyncRead + AsyncWrite> FlushOnly<WriteHalf<S>> {
    /// The whole stream, of which only the writing half is changed.
    pub(crate) fn of(inner: S) -> Join<ReadHalf<S>, Self> {
        let (reader, inner) = split(inner);
        join(reader, FlushOnly { inner, kept: Vec::new(), sent: 0 })
    }
}

impl<S: AsyncWrite + Unpin> FlushOnly<S> {
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.kept.len() {
            self.sent += ready!(Pin::new(&mut self.inner).poll_write(cx, &self.kept[self.sent..]))?;
        }
        self.kept.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FlushOnly<S> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.kept.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.send(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Gathers the buffers of a vectored write up to a limit that falls anywhere.
pub(crate) struct Gathers<S> {
    inner: S,
    writes: usize,
}

impl<S: AsyncRead + AsyncWrite> Gathers<WriteHalf<S>> {
    /// The whole stream, of which only the writing half is changed.
    pub(crate) fn of(inner: S) -> Join<ReadHalf<S>, Self> {
        let (reader, inner) = split(inner);
        join(reader, Gathers { inner, writes: 0 })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathers<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes += 1;
        let most = 1 + self.writes * 37 % 1000;
        let data: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).take(most).collect();
        Pin::new(&mut self.inner).poll_write(cx, &data)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Every waking is done by a task of the runtime, some milliseconds late.
pub(crate) struct Late(pub(crate) Duration);

struct Delayed(tokio::runtime::Handle, Duration, Waker);

impl Wake for Delayed {
    fn wake(self: Arc<Self>) {
        let (delay, waker) = (self.1, self.2.clone());
        self.0.spawn(async move {
            tokio::time::sleep(delay).await;
            waker.wake();
        });
    }
}

impl Manner for Late {
    fn waker(&mut self, waker: &Waker) -> Waker {
        Arc::new(Delayed(tokio::runtime::Handle::current(), self.0, waker.clone())).into()
    }
}
