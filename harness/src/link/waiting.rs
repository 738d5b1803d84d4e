//! std's own sockets, on which a call is made at once and the runtime's reactor only does the waiting.
//!
//! A blocking one is in blocking mode, and std's own calls are made on it, so that what a rule may find different there is seen.
//! Before each call poll(2) is asked whether it would return at once.
//! That leaves one way to block: a write of more than there is room for. A timeout of the socket ends it, and then it gives a partial count,
//! as such a write does in a program of one's own.
//!
//! An eager one is non-blocking, and known to the reactor only once a call would have had to wait.
//! Over loopback hardly any has to, which saves a turn of the reactor for each piece: that is for fuzzing, where nothing else counts.

use std::cell::OnceCell;
use std::io::{self, IoSlice, Read, Write};
use std::marker::PhantomData;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::rc::Rc;
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

/// In which mode std's sockets are.
pub(super) trait Mode: Unpin + 'static {
    /// Whether their calls return at once when they would have to wait (`O_NONBLOCK`); if not, poll(2) is asked first.
    const IS_NONBLOCKING: bool;
}

/// Sockets in blocking mode.
pub(super) struct Blocking;

impl Mode for Blocking {
    const IS_NONBLOCKING: bool = false;
}

/// Sockets in non-blocking mode.
pub(super) struct Eager;

impl Mode for Eager {
    const IS_NONBLOCKING: bool = true;
}

impl<M: Mode> Flavour for M {
    const IS_NONBLOCKING: bool = M::IS_NONBLOCKING;
    type Stream = Waiting<TcpStream, M>;
    type Listener = Waiting<TcpListener, M>;
    type Datagrams = Waiting<UdpSocket, M>;

    fn stream(socket: Socket) -> io::Result<Waiting<TcpStream, M>> {
        Ok(Waiting::new(socket.into()))
    }

    fn listener(socket: Socket) -> io::Result<Waiting<TcpListener, M>> {
        Ok(Waiting::new(socket.into()))
    }

    fn datagrams(socket: Socket) -> io::Result<Waiting<UdpSocket, M>> {
        Ok(Waiting::new(socket.into()))
    }

    fn poll_connected(stream: &Waiting<TcpStream, M>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream.poll(cx, Direction::Send, |stream| {
            let is_over = is_ready(stream.as_fd(), Direction::Send)?;
            if is_over { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        })
    }

    fn poll_accept(
        listener: &Waiting<TcpListener, M>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Waiting<TcpStream, M>, SocketAddr)>> {
        let (stream, from) = ready!(listener.poll(cx, Direction::Receive, TcpListener::accept))?;
        if M::IS_NONBLOCKING {
            stream.set_nonblocking(true)?;
        } else {
            bound_waits(&SockRef::from(&stream))?;
        }
        Poll::Ready(Ok((Waiting::new(stream), from)))
    }
}

/// A socket on which calls are made until they would block, and then its readiness is waited for.
pub(super) struct Waiting<T: StdSocket, M> {
    /// What the reactor knows of it, from the first wait on.
    watch: OnceCell<AsyncFd<Rc<T>>>,
    socket: Rc<T>,
    mode: PhantomData<M>,
}

impl<T: StdSocket, M: Mode> Waiting<T, M> {
    fn new(socket: T) -> Waiting<T, M> {
        Waiting { watch: OnceCell::new(), socket: Rc::new(socket), mode: PhantomData }
    }

    /// Makes the call once it does not block.
    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut call: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            if M::IS_NONBLOCKING || is_ready(self.socket.as_fd(), direction)? {
                match call(&self.socket) {
                    // Of a blocking socket, the timeout came first: POSIX calls both by one number.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return Poll::Ready(result),
                }
            }
            let watch = self.watched()?;
            // What the reactor remembers may be old news; only after it has forgotten does it wait for the next.
            let mut remembered = match direction {
                Direction::Receive => ready!(watch.poll_read_ready(cx))?,
                Direction::Send => ready!(watch.poll_write_ready(cx))?,
            };
            remembered.clear_ready();
        }
    }

    fn watched(&self) -> io::Result<&AsyncFd<Rc<T>>> {
        if let Some(watch) = self.watch.get() {
            return Ok(watch);
        }
        let watch = watch(Rc::clone(&self.socket))?;
        Ok(self.watch.get_or_init(|| watch))
    }
}

impl<T: StdSocket, M> AsFd for Waiting<T, M> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl<M: Mode> AsyncRead for Waiting<TcpStream, M> {
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

impl<M: Mode> AsyncWrite for Waiting<TcpStream, M> {
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
        Poll::Ready((&*self.socket).flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.shutdown(Shutdown::Write))
    }
}

impl<M: Mode> Datagram for Waiting<UdpSocket, M> {
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
