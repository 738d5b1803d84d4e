//! The ways of using a kernel's socket between which a rule can differ.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::task::{Context, Poll};

use socket2::Socket;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::datagram::Datagram;

/// One way of using the kernel's TCP and UDP sockets: the types that do it, and how they wait.
pub(super) trait Flavour: 'static {
    /// Whether its sockets return at once when they would have to wait (`O_NONBLOCK`).
    const IS_NONBLOCKING: bool;
    /// A connected, or connecting, stream.
    type Stream: AsyncRead + AsyncWrite + Unpin + AsFd;
    /// A listening socket.
    type Listener: AsFd;
    /// A bound datagram socket.
    type Datagrams: Datagram + AsFd;

    /// Takes over a socket whose connecting has begun.
    fn stream(socket: Socket) -> io::Result<Self::Stream>;

    /// Takes over a socket that listens.
    fn listener(socket: Socket) -> io::Result<Self::Listener>;

    /// Takes over a bound datagram socket.
    fn datagrams(socket: Socket) -> io::Result<Self::Datagrams>;

    /// Waits until connecting has come to an end, good or bad.
    fn poll_connected(stream: &Self::Stream, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Accepts one connection, with its peer's address.
    fn poll_accept(
        listener: &Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>>;
}

/// tokio's sockets.
pub(super) struct Tokio;

impl Flavour for Tokio {
    const IS_NONBLOCKING: bool = true;
    type Stream = TcpStream;
    type Listener = TcpListener;
    type Datagrams = UdpSocket;

    fn stream(socket: Socket) -> io::Result<TcpStream> {
        TcpStream::from_std(socket.into())
    }

    fn listener(socket: Socket) -> io::Result<TcpListener> {
        TcpListener::from_std(socket.into())
    }

    fn datagrams(socket: Socket) -> io::Result<UdpSocket> {
        UdpSocket::from_std(socket.into())
    }

    fn poll_connected(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream.poll_write_ready(cx)
    }

    fn poll_accept(
        listener: &TcpListener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        listener.poll_accept(cx)
    }
}
