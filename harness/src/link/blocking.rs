//! std's blocking sockets, called only when they would not block.
//!
//! The descriptor is in blocking mode and std's own calls are made on it, so that what a rule may find different there is seen.
//! Before each call poll(2) is asked whether it would return at once; tokio's reactor only does the waiting.
//! That leaves one way to block: a write of more than there is room for. A timeout of the socket ends it, and then it gives a partial count,
//! as such a write does in a program of one's own.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::datagram::Datagram;
use super::flavour::Flavour;
use crate::machine::readiness::{Direction, StdSocket, is_ready, watch};
use crate::system::{Address, unsupported};

/// How long a call may block at most: a few of the kernel's own ticks, which are 1 to 10 ms.
const LONGEST_CALL: Duration = Duration::from_millis(2);

/// Sees to it that no call on the socket, connecting included, blocks for long (SO_RCVTIMEO, SO_SNDTIMEO; socket(7)).
pub(super) fn bound_waits(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_read_timeout(Some(LONGEST_CALL))?;
    socket.set_write_timeout(Some(LONGEST_CALL))
}

/// std's sockets in blocking mode.
pub(super) struct Blocking;

impl Flavour for Blocking {
    const IS_NONBLOCKING: bool = false;
    type Stream = Waiting<TcpStream>;
    type Listener = Waiting<TcpListener>;
    type Datagrams = Waiting<UdpSocket>;

    fn stream(socket: Socket) -> io::Result<Waiting<TcpStream>> {
        Waiting::new(socket.into())
    }

    fn listener(socket: Socket) -> io::Result<Waiting<TcpListener>> {
        Waiting::new(socket.into())
    }

    fn datagrams(socket: Socket) -> io::Result<Waiting<UdpSocket>> {
        Waiting::new(socket.into())
    }

    fn poll_connected(stream: &Waiting<TcpStream>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream.poll(cx, Direction::Send, |_| Ok(()))
    }

    fn poll_accept(
        listener: &Waiting<TcpListener>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Waiting<TcpStream>, SocketAddr)>> {
        let (stream, from) = ready!(listener.poll(cx, Direction::Receive, TcpListener::accept))?;
        bound_waits(&SockRef::from(&stream))?;
        Poll::Ready(Ok((Waiting::new(stream)?, from)))
    }
}

/// A blocking socket whose readiness is waited for.
pub(super) struct Waiting<T: StdSocket>(AsyncFd<T>);

impl<T: StdSocket> Waiting<T> {
    fn new(socket: T) -> io::Result<Waiting<T>> {
        watch(socket).map(Waiting)
    }

    /// Makes the call once it does not block.
    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut call: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            if is_ready(self.0.get_ref().as_fd(), direction)? {
                match call(self.0.get_ref()) {
                    // The timeout came first: POSIX calls both by one number.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return Poll::Ready(result),
                }
            }
            // What the reactor remembers may be old news; only after it has forgotten does it wait for the next.
            let mut remembered = match direction {
                Direction::Receive => ready!(self.0.poll_read_ready(cx))?,
                Direction::Send => ready!(self.0.poll_write_ready(cx))?,
            };
            remembered.clear_ready();
        }
    }
}

impl<T: StdSocket> AsFd for Waiting<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}

impl AsyncRead for Waiting<TcpStream> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.initialize_unfilled();
        let len = ready!(self.poll(cx, Direction::Receive, |mut stream| stream.read(room)))?;
        buffer.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Waiting<TcpStream> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(cx, Direction::Send, |mut stream| stream.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, Direction::Send, |mut stream| stream.write_vectored(buffers))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(Shutdown::Write))
    }
}

impl Datagram for Waiting<UdpSocket> {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        match to {
            None => self.poll(cx, Direction::Send, |socket| socket.send(datagram)),
            Some(Address::Inet(to)) => self.poll(cx, Direction::Send, |socket| socket.send_to(datagram, to)),
            Some(_) => Poll::Ready(Err(unsupported("send to anything but an IP address"))),
        }
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        let received = ready!(self.poll(cx, Direction::Receive, |socket| socket.recv_from(buffer)));
        Poll::Ready(received.map(|(len, from)| (len, Some(from.into()))))
    }
}
