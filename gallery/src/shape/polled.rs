//! Codecs that are a stream of frames over a stream of bytes: they are polled over a pipe in memory.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use futures_io::{AsyncRead, AsyncWrite};
use sockspec::codec::Codec;
use tokio::io::ReadBuf;

/// A codec with its own framed stream, and the pipe that it reads from and writes to.
pub(crate) struct Polled<S> {
    pipe: Pipe,
    stream: S,
    poll: fn(&mut S, &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>,
    send: fn(&mut S, &[u8], &mut Context<'_>) -> Poll<io::Result<()>>,
}

impl<S> Polled<S> {
    /// A stream made over a fresh pipe, with how to take its next frame and how to send one and flush.
    pub(crate) fn new(
        make: impl FnOnce(Pipe) -> S,
        poll: fn(&mut S, &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>,
        send: fn(&mut S, &[u8], &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Polled<S> {
        let pipe = Pipe::default();
        Polled { stream: make(pipe.clone()), pipe, poll, send }
    }

    fn poll(&mut self) -> Poll<Option<io::Result<Bytes>>> {
        (self.poll)(&mut self.stream, &mut Context::from_waker(Waker::noop()))
    }
}

impl<S> Codec for Polled<S> {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let sent = (self.send)(&mut self.stream, payload, &mut Context::from_waker(Waker::noop()));
        output.unsplit(self.pipe.ends().written.split());
        match sent {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::Error::other("it waits, though the pipe takes everything")),
        }
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.pipe.ends().unread.unsplit(input.split());
        match self.poll() {
            Poll::Ready(Some(frame)) => frame.map(Some),
            Poll::Ready(None) | Poll::Pending => Ok(None),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.pipe.ends().has_ended = true;
        self.pipe.ends().unread.unsplit(input.split());
        match self.poll() {
            Poll::Ready(frame) => frame.transpose(),
            Poll::Pending => Err(io::Error::other("it waits, though the stream has ended")),
        }
    }
}

/// What a polled codec reads from and writes to; a read that finds nothing is pending until the end is said.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Rc<RefCell<Ends>>);

#[derive(Default)]
struct Ends {
    unread: BytesMut,
    has_ended: bool,
    written: BytesMut,
}

impl Pipe {
    fn ends(&self) -> std::cell::RefMut<'_, Ends> {
        self.0.borrow_mut()
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut ends = self.ends();
        if ends.unread.is_empty() && !ends.has_ended {
            return Poll::Pending;
        }
        let len = ends.unread.len().min(buffer.len());
        ends.unread.copy_to_slice(&mut buffer[..len]);
        Poll::Ready(Ok(len))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.ends().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        AsyncRead::poll_read(self, cx, buffer.initialize_unfilled()).map_ok(|len| buffer.advance(len))
    }
}

impl tokio::io::AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(self, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(self, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_close(self, cx)
    }
}
