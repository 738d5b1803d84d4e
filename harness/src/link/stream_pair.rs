//! A connected pair of byte streams, made by a factory, as a system.
//!
//! The two ends may be of different types, and neither they nor the factory's future need be `Send` or `Unpin`:
//! a world lives and dies on one thread, and everything foreign is pinned in a box of its own.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use litemap::LiteMap;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::plan::{Actor, End};
use crate::subject::Subject;
use crate::system::{Answer, Call, System, World, unsupported};
use crate::trace::Counters;

/// A user's own transport: whatever a factory of connected pairs makes.
///
/// The first of a pair is the client's end, the second the peer's.
/// Why not simply two generic parameters on every driver and spec? Because then each spec would be compiled for each transport.
pub struct StreamPair {
    subject: Subject,
    factory: Factory,
}

impl StreamPair {
    /// A system of the pairs that `factory` makes, of which `subject` says what is known.
    ///
    /// The factory is called once for each connection, on the worker thread and inside the runtime in which the pair is used;
    /// what its future needs to make progress (a task, a timer) may be spawned there.
    /// An error that it gives is the answer to [`Call::Open`].
    pub fn new<F, Fut, A, B>(subject: Subject, factory: F) -> StreamPair
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<(A, B)>> + 'static,
        A: AsyncRead + AsyncWrite + 'static,
        B: AsyncRead + AsyncWrite + 'static,
    {
        let factory = move || -> Opening {
            let pair = factory();
            Box::pin(async move {
                let (client, peer) = pair.await?;
                Ok((Box::new(Box::pin(client)) as Erased, Box::new(Box::pin(peer)) as Erased))
            })
        };
        StreamPair { subject, factory: Arc::new(factory) }
    }
}

impl System for StreamPair {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn world(&self) -> Box<dyn World> {
        Box::new(PairWorld::new(Arc::clone(&self.factory)))
    }
}

/// One end of a pair, whatever its type.
pub(super) trait StreamEnd {
    /// The stream itself.
    fn stream(&mut self) -> Pin<&mut dyn ByteStream>;

    /// What the kernel knows of it.
    fn counters(&self) -> Counters {
        Counters::default()
    }
}

/// Both halves of a stream in one object.
pub(super) trait ByteStream: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> ByteStream for T {}

impl<T: AsyncRead + AsyncWrite + 'static> StreamEnd for Pin<Box<T>> {
    fn stream(&mut self) -> Pin<&mut dyn ByteStream> {
        self.as_mut()
    }
}

/// An end whose type is forgotten.
pub(super) type Erased = Box<dyn StreamEnd>;

/// A pair on its way.
pub(super) type Opening = Pin<Box<dyn Future<Output = io::Result<(Erased, Erased)>>>>;

/// What makes pairs.
pub(super) type Factory = Arc<dyn Fn() -> Opening + Send + Sync>;

/// The connections that one factory made for one plan.
pub(super) struct PairWorld {
    factory: Factory,
    opening: LiteMap<u16, Opening>,
    ends: LiteMap<End, Erased>,
}

impl PairWorld {
    pub(super) fn new(factory: Factory) -> PairWorld {
        PairWorld { factory, opening: LiteMap::new(), ends: LiteMap::new() }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, connection: u16) -> Poll<io::Result<Answer>> {
        let (client, peer) = (End::client(connection), End::peer(connection));
        if self.ends.contains_key(&client) || self.ends.contains_key(&peer) {
            return Poll::Ready(Err(already_open(connection)));
        }
        // Taken out while it is polled, so that a future which panics is not polled again.
        let mut opening = self.opening.remove(&connection).unwrap_or_else(|| (self.factory)());
        match opening.as_mut().poll(cx) {
            Poll::Pending => {
                self.opening.insert(connection, opening);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok((first, second))) => {
                self.ends.insert(client, first);
                self.ends.insert(peer, second);
                Poll::Ready(Ok(Answer::Done))
            }
        }
    }
}

impl World for PairWorld {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        match call {
            Call::Open => return self.poll_open(cx, end.connection),
            Call::Drop => {
                let dropped = self.ends.remove(&end);
                return Poll::Ready(dropped.map(|_| Answer::Done).ok_or_else(|| not_open(end)));
            }
            _ => {}
        }
        if end.actor == Actor::Listener {
            return Poll::Ready(Err(unsupported("listen")));
        }
        match self.ends.get_mut(&end) {
            Some(open) => poll_stream(open.stream(), cx, call),
            None => Poll::Ready(Err(not_open(end))),
        }
    }

    fn counters(&mut self, end: End) -> Counters {
        self.ends.get(&end).map(|open| open.counters()).unwrap_or_default()
    }
}

/// One call on an open stream.
pub(super) fn poll_stream<S: AsyncRead + AsyncWrite + ?Sized>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    call: Call<'_>,
) -> Poll<io::Result<Answer>> {
    match call {
        Call::Read(buffer) => poll_read(stream, cx, buffer).map_ok(Answer::Count),
        Call::Write(bytes) => stream.poll_write(cx, bytes).map_ok(Answer::Count),
        Call::WriteVectored(buffers) => stream.poll_write_vectored(cx, buffers).map_ok(Answer::Count),
        Call::Flush => stream.poll_flush(cx).map_ok(|()| Answer::Done),
        Call::ShutDown => stream.poll_shutdown(cx).map_ok(|()| Answer::Done),
        _ => Poll::Ready(Err(unsupported("do that with a byte stream"))),
    }
}

/// Reads into `buffer`, and trusts nobody with it.
///
/// Each read gets a fresh [`ReadBuf`], so that one which clears or shrinks it spoils no later one; safe code can also put another
/// buffer in its place, whose count would mean nothing here.
/// A short one has been filled in part before, as it is for readers that fill one buffer by several reads: that part is not the stream's to touch.
fn poll_read<S: AsyncRead + ?Sized>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    if (1..=SHORT).contains(&buffer.len()) {
        return poll_short_read(stream, cx, buffer);
    }
    let start = buffer.as_ptr();
    let mut read = ReadBuf::new(buffer);
    ready!(stream.poll_read(cx, &mut read))?;
    let filled = read.filled();
    if filled.is_empty() || filled.as_ptr() == start {
        Poll::Ready(Ok(filled.len()))
    } else {
        let error =
            io::Error::other("the read was to fill the buffer it was given and put another in its place");
        Poll::Ready(Err(error))
    }
}

/// The longest read in bytes that finds its buffer filled in part: long ones are not to be copied.
const SHORT: usize = 64;

/// What such a buffer holds before the read.
const BEFORE: [u8; 5] = [0x5E, 0xA1, 0x00, 0xED, 0x7F];

fn poll_short_read<S: AsyncRead + ?Sized>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut whole = [0; BEFORE.len() + SHORT];
    let whole = &mut whole[..BEFORE.len() + buffer.len()];
    let start = whole.as_ptr();
    let mut read = ReadBuf::new(whole);
    read.put_slice(&BEFORE);
    ready!(stream.poll_read(cx, &mut read))?;
    match read.filled().strip_prefix(&BEFORE) {
        Some(new) if read.filled().as_ptr() == start && new.len() <= buffer.len() => {
            buffer[..new.len()].copy_from_slice(new);
            Poll::Ready(Ok(new.len()))
        }
        _ => {
            let error = io::Error::other("the read was to leave alone what the buffer held before it");
            Poll::Ready(Err(error))
        }
    }
}

/// The error of a call on an end that does not exist, or no longer.
pub(super) fn not_open(end: End) -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, format!("{end} is not open"))
}

/// The error of opening what is open.
pub(super) fn already_open(connection: u16) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("connection {connection} is open already"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::io::{self, ErrorKind, IoSlice};
    use std::marker::PhantomPinned;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

    use super::StreamPair;
    use crate::link::by_hand::{CLIENT, LISTENER, PEER, ask, done, poll_once, read, run, write};
    use crate::subject::Subject;
    use crate::system::{Answer, Call, System};

    /// Neither `Send` nor `Unpin`, of a type of its own, and up to mischief if told so.
    struct Odd {
        pipe: RefCell<DuplexStream>,
        exchanges_buffers: bool,
        _not_send: Rc<()>,
        _not_unpin: PhantomPinned,
    }

    fn odd(pipe: DuplexStream, exchanges_buffers: bool) -> Odd {
        Odd { pipe: RefCell::new(pipe), exchanges_buffers, _not_send: Rc::new(()), _not_unpin: PhantomPinned }
    }

    impl AsyncRead for Odd {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.exchanges_buffers {
                *buffer = ReadBuf::new(Box::leak(Box::new([0; 9])));
                buffer.put_slice(b"elsewhere");
                return Poll::Ready(Ok(()));
            }
            Pin::new(&mut *self.pipe.borrow_mut()).poll_read(cx, buffer)
        }
    }

    impl AsyncWrite for Odd {
        fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut *self.pipe.borrow_mut()).poll_write(cx, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut *self.pipe.borrow_mut()).poll_flush(cx)
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut *self.pipe.borrow_mut()).poll_shutdown(cx)
        }
    }

    fn odd_pair(exchanges_buffers: bool) -> StreamPair {
        StreamPair::new(Subject::stream("odd"), move || {
            let not_send = Rc::new(());
            async move {
                tokio::task::yield_now().await;
                drop(not_send);
                let (client, peer) = tokio::io::duplex(16);
                Ok((odd(client, exchanges_buffers), peer))
            }
        })
    }

    #[test]
    fn ends_of_two_odd_types_are_opened_used_and_dropped() {
        run(async || {
            let world = &mut *odd_pair(false).world();
            assert_eq!(read(world, CLIENT, 4).await.unwrap_err().kind(), ErrorKind::NotConnected);
            assert!(poll_once(world, CLIENT, Call::Open).is_pending(), "the future yields once");
            done(world, CLIENT, || Call::Open).await;
            assert_eq!(write(world, CLIENT, b"ping").await.unwrap(), 4);
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"ping");
            let both = [IoSlice::new(b"po"), IoSlice::new(b"ng")];
            let vectored = poll_fn(|cx| world.poll(cx, PEER, Call::WriteVectored(&both))).await;
            assert_eq!(vectored.unwrap(), Answer::Count(4));
            assert_eq!(read(world, CLIENT, 8).await.unwrap(), b"pong");
            done(world, CLIENT, || Call::Drop).await;
            assert_eq!(read(world, PEER, 8).await.unwrap(), b"");
            assert_eq!(ask(world, CLIENT, || Call::Flush).await.unwrap_err().kind(), ErrorKind::NotConnected);
            for call in [|| Call::Abort, || Call::Name] {
                assert_eq!(ask(world, PEER, call).await.unwrap_err().kind(), ErrorKind::Unsupported);
            }
            assert_eq!(
                ask(world, LISTENER, || Call::Listen).await.unwrap_err().kind(),
                ErrorKind::Unsupported
            );
        });
    }

    #[test]
    fn a_read_that_exchanges_the_buffer_is_an_error_and_no_panic() {
        run(async || {
            let world = &mut *odd_pair(true).world();
            done(world, CLIENT, || Call::Open).await;
            assert_eq!(read(world, CLIENT, 4).await.unwrap_err().kind(), ErrorKind::Other);
        });
    }

    #[test]
    fn a_factory_that_fails_gives_its_own_error() {
        run(async || {
            let system = StreamPair::new(Subject::stream("none"), || async {
                Err::<(DuplexStream, DuplexStream), _>(ErrorKind::PermissionDenied.into())
            });
            let error = ask(&mut *system.world(), CLIENT, || Call::Open).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        });
    }
}
