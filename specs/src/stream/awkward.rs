//! A stream that keeps every rule and makes no concession: it takes and gives little at a time, waits often and closes as it likes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// A duplex pipe with habits.
pub(super) struct Awkward {
    pub(super) pipe: DuplexStream,
    /// How many bytes one call moves at most.
    pub(super) most: usize,
    /// Every how many calls one waits for nothing; 0 for never.
    pub(super) waits_every: u32,
    /// Whether a shutdown ends both directions, at once here and, once its end is read, at the other end.
    pub(super) closes_both: bool,
    pub(super) calls: u32,
    pub(super) is_closed: bool,
}

impl Awkward {
    pub(super) fn new(pipe: DuplexStream, most: usize, waits_every: u32) -> Awkward {
        Awkward { pipe, most, waits_every, closes_both: false, calls: 0, is_closed: false }
    }

    /// Waits now and then though it could go on.
    fn has_to_wait(&mut self, cx: &mut Context<'_>) -> bool {
        self.calls = self.calls.wrapping_add(1);
        let waits = self.waits_every > 0 && self.calls.is_multiple_of(self.waits_every);
        if waits {
            cx.waker().wake_by_ref();
        }
        waits
    }
}

impl AsyncRead for Awkward {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        if self.closes_both && self.is_closed {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = vec![0; read.remaining().min(self.most)];
        let mut few = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.pipe).poll_read(cx, &mut few))?;
        let is_end = few.filled().is_empty() && few.capacity() > 0;
        read.put_slice(few.filled());
        self.is_closed |= self.closes_both && is_end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Awkward {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        if self.is_closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let few = &bytes[..bytes.len().min(self.most)];
        Pin::new(&mut self.pipe).poll_write(cx, few)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) { Poll::Pending } else { Pin::new(&mut self.pipe).poll_flush(cx) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_to_wait(cx) {
            return Poll::Pending;
        }
        self.is_closed |= self.closes_both;
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}
