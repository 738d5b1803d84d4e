//! Sound layers over any stream: slow, crumbling, hesitant, reading ahead, waking from afar.

use std::cell::RefCell;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker, ready};
use std::thread;

use tokio::io::{AsyncRead, AsyncWrite, Join, ReadBuf, ReadHalf, WriteHalf, join, split};

use crate::delay::Delay;

/// Each operation takes one to three milliseconds of a timer before it begins.
pub(crate) struct Slow<S> {
    inner: S,
    calls: u64,
    read: Delay,
    /// Of everything else.
    write: Delay,
}

impl<S> Slow<S> {
    pub(crate) fn new(inner: S) -> Slow<S> {
        Slow { inner, calls: 0, read: Delay::default(), write: Delay::default() }
    }
}

/// How long the next operation takes, in milliseconds.
fn next(calls: &mut u64) -> u64 {
    *calls += 1;
    1 + *calls % 3
}

impl<S: AsyncRead + Unpin> AsyncRead for Slow<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Slow { inner, calls, read, .. } = &mut *self;
        read.before(cx, || next(calls), |cx| Pin::new(inner).poll_read(cx, buffer))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Slow<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let Slow { inner, calls, write, .. } = &mut *self;
        write.before(cx, || next(calls), |cx| Pin::new(inner).poll_write(cx, data))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Slow { inner, calls, write, .. } = &mut *self;
        write.before(cx, || next(calls), |cx| Pin::new(inner).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Slow { inner, calls, write, .. } = &mut *self;
        write.before(cx, || next(calls), |cx| Pin::new(inner).poll_shutdown(cx))
    }
}

/// A layer that treats every call alike, before it hands it on.
pub(crate) trait Manner: Unpin {
    /// How many bytes a call may move.
    const MOST: usize = usize::MAX;

    /// Whether the call, which reads or does something else, is to be made now; if not, the waker has been seen to.
    fn is_willing(&mut self, _: &mut Context<'_>, _reads: bool) -> bool {
        true
    }

    /// The waker that the inner stream gets for a call in that direction.
    fn waker(&mut self, waker: &Waker) -> Waker {
        waker.clone()
    }

    /// The inner stream said that it cannot go on.
    fn is_pending(&mut self, _: &mut Context<'_>) {}
}

/// A stream with a manner.
pub(crate) struct Mannered<S, M> {
    pub(crate) inner: S,
    pub(crate) manner: M,
}

impl<S: Unpin, M: Manner> Mannered<S, M> {
    fn call<T>(
        &mut self,
        cx: &mut Context<'_>,
        reads: bool,
        operation: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if !self.manner.is_willing(cx, reads) {
            return Poll::Pending;
        }
        let waker = self.manner.waker(cx.waker());
        let answer = operation(Pin::new(&mut self.inner), &mut Context::from_waker(&waker));
        if answer.is_pending() {
            self.manner.is_pending(cx);
        }
        answer
    }
}

impl<S: AsyncRead + Unpin, M: Manner> AsyncRead for Mannered<S, M> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.call(cx, true, |inner, cx| {
            let most = buffer.remaining().min(M::MOST);
            let mut read = ReadBuf::new(buffer.initialize_unfilled_to(most));
            ready!(inner.poll_read(cx, &mut read))?;
            let len = read.filled().len();
            buffer.advance(len);
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin, M: Manner> AsyncWrite for Mannered<S, M> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.call(cx, false, |inner, cx| inner.poll_write(cx, &data[..data.len().min(M::MOST)]))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call(cx, false, |inner, cx| inner.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call(cx, false, |inner, cx| inner.poll_shutdown(cx))
    }
}

/// One byte a call.
pub(crate) struct Crumbs;

impl Manner for Crumbs {
    const MOST: usize = 1;
}

/// Every other call is put off, and asked for again at once.
///
/// Reads are counted apart from the rest: counted together, whoever writes and reads by turns would have every write put off, for ever.
#[derive(Default)]
pub(crate) struct Hesitant {
    reads: u64,
    others: u64,
}

impl Manner for Hesitant {
    fn is_willing(&mut self, cx: &mut Context<'_>, reads: bool) -> bool {
        let calls = if reads { &mut self.reads } else { &mut self.others };
        *calls += 1;
        let is_willing = calls.is_multiple_of(2);
        if !is_willing {
            cx.waker().wake_by_ref();
        }
        is_willing
    }
}

/// Wakes three times for nothing before it waits in earnest.
#[derive(Default)]
pub(crate) struct Restless(u64);

impl Manner for Restless {
    fn is_pending(&mut self, cx: &mut Context<'_>) {
        self.0 += 1;
        if !self.0.is_multiple_of(4) {
            cx.waker().wake_by_ref();
        }
    }
}

/// Every waking is done by a thread of its own.
pub(crate) struct FromAfar(mpsc::Sender<Waker>);

impl FromAfar {
    pub(crate) fn new() -> FromAfar {
        let (sender, wakers) = mpsc::channel::<Waker>();
        thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
        FromAfar(sender)
    }
}

struct Distant(mpsc::Sender<Waker>, Waker);

impl Wake for Distant {
    fn wake(self: Arc<Self>) {
        // The thread is gone only when nobody waits any more.
        let _ = self.0.send(self.1.clone());
    }
}

impl Manner for FromAfar {
    fn waker(&mut self, waker: &Waker) -> Waker {
        Arc::new(Distant(self.0.clone(), waker.clone())).into()
    }
}

/// Whatever has come is read ahead, up to 10,000 bytes, before anybody asks for it.
pub(crate) struct Ahead<S> {
    inner: S,
    store: Vec<u8>,
    is_ended: bool,
}

impl<S: AsyncRead + AsyncWrite> Ahead<ReadHalf<S>> {
    /// The whole stream, of which only the reading half is changed.
    pub(crate) fn of(inner: S) -> Join<Self, WriteHalf<S>> {
        let (inner, writer) = split(inner);
        join(Ahead { inner, store: Vec::new(), is_ended: false }, writer)
    }
}

impl<S: AsyncRead + Unpin> Ahead<S> {
    fn fetch(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let mut part = [0; 1000];
        while !self.is_ended && self.store.len() < 10_000 {
            let mut read = ReadBuf::new(&mut part);
            match Pin::new(&mut self.inner).poll_read(cx, &mut read) {
                Poll::Pending => return Ok(()),
                Poll::Ready(answer) => answer?,
            }
            self.is_ended = read.filled().is_empty();
            self.store.extend_from_slice(read.filled());
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.fetch(cx)?;
        let len = self.store.len().min(buffer.remaining());
        if len == 0 && !self.is_ended {
            return Poll::Pending;
        }
        buffer.put_slice(&self.store[..len]);
        self.store.drain(..len);
        Poll::Ready(Ok(()))
    }
}

/// Cannot be moved once it is pinned.
pub(crate) struct Stuck<S> {
    inner: RefCell<S>,
    _pinned: PhantomPinned,
}

impl<S> Stuck<S> {
    pub(crate) fn new(inner: S) -> Stuck<S> {
        Stuck { inner: RefCell::new(inner), _pinned: PhantomPinned }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stuck<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner.borrow_mut()).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stuck<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.inner.borrow_mut()).poll_write(cx, data)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner.borrow_mut()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner.borrow_mut()).poll_shutdown(cx)
    }
}
