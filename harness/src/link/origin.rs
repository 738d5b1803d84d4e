//! Where a world's sockets come from.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, SockRef, Socket, Type};

use super::blocking::bound_waits;

/// The network in which a world makes its sockets, and how it makes them.
pub(super) struct Origin {
    ip: IpAddr,
    kind: Type,
    is_nonblocking: bool,
}

impl Origin {
    /// Sockets of type `kind` in this machine's own network, at loopback address `ip`.
    pub(super) fn new(ip: IpAddr, kind: Type, is_nonblocking: bool) -> Origin {
        Origin { ip, kind, is_nonblocking }
    }

    /// A socket, close-on-exec, bound to nothing.
    pub(super) fn socket(&mut self) -> io::Result<Socket> {
        let domain = Domain::for_address(self.any_port());
        if !self.is_nonblocking {
            let socket = Socket::new(domain, self.kind, None)?;
            bound_waits(&SockRef::from(&socket))?;
            return Ok(socket);
        }
        #[cfg(target_os = "linux")]
        return Socket::new(domain, self.kind.nonblocking(), None);
        #[cfg(not(target_os = "linux"))]
        {
            let socket = Socket::new(domain, self.kind, None)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        }
    }

    /// Binds `socket` to a free port of loopback.
    pub(super) fn bind(&self, socket: &Socket) -> io::Result<()> {
        socket.bind(&self.any_port().into())
    }

    fn any_port(&self) -> SocketAddr {
        SocketAddr::new(self.ip, 0)
    }
}

/// The address that the kernel gave `socket`.
pub(super) fn local_address(socket: &Socket) -> io::Result<SocketAddr> {
    inet(socket.local_addr()?)
}

/// The address of the peer of `socket`, if it has one by now, or still.
pub(super) fn peer_address(socket: &Socket) -> Option<SocketAddr> {
    socket.peer_addr().and_then(inet).ok()
}

fn inet(address: socket2::SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| io::Error::other("an IP address was wanted, another sort was seen"))
}
