//! Where a world's sockets come from.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, SockRef, Socket, Type};

use super::waiting::bound_waits;
#[cfg(target_os = "linux")]
use crate::machine::namespace::{Namespace, SocketSort};
#[cfg(not(target_os = "linux"))]
use crate::system::unsupported;

/// The network in which a world makes its sockets, and how it makes them.
pub(super) struct Origin {
    ip: IpAddr,
    kind: Type,
    is_nonblocking: bool,
    /// The network that the world has to itself, once it was asked for.
    #[cfg(target_os = "linux")]
    private: Option<Namespace>,
}

impl Origin {
    /// Sockets of type `kind` in this machine's own network, at loopback address `ip`.
    pub(super) fn new(ip: IpAddr, kind: Type, is_nonblocking: bool) -> Origin {
        Origin {
            ip,
            kind,
            is_nonblocking,
            #[cfg(target_os = "linux")]
            private: None,
        }
    }

    /// Makes all further sockets in a network of their own, whose loopback device has that MTU in bytes.
    ///
    /// # Errors
    /// What the kernel refused; `Unsupported` where there are no such networks.
    #[cfg(target_os = "linux")]
    pub(super) fn move_out(&mut self, mtu: u32) -> io::Result<()> {
        let sort = SocketSort {
            is_v6: self.ip.is_ipv6(),
            is_datagram: self.kind == Type::DGRAM,
            is_nonblocking: self.is_nonblocking,
        };
        self.private = Some(Namespace::with_mtu(mtu, sort)?);
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn move_out(&mut self, _: u32) -> io::Result<()> {
        Err(unsupported("have a network of its own: that is Linux's"))
    }

    /// How many fragments the world's own network has made, if it has one.
    pub(super) fn fragments_created(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        return self.private.as_ref()?.fragments_created();
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// A socket, close-on-exec, bound to nothing.
    pub(super) fn socket(&mut self) -> io::Result<Socket> {
        #[cfg(target_os = "linux")]
        if let Some(private) = &mut self.private {
            let socket = private.take_socket().ok_or_else(no_more)?.into();
            return self.with_bounded_waits(socket);
        }
        let domain = Domain::for_address(self.any_port());
        if !self.is_nonblocking {
            return self.with_bounded_waits(Socket::new(domain, self.kind, None)?);
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

    fn with_bounded_waits(&self, socket: Socket) -> io::Result<Socket> {
        if !self.is_nonblocking {
            bound_waits(&SockRef::from(&socket))?;
        }
        Ok(socket)
    }

    /// Binds `socket` to a free port of loopback.
    pub(super) fn bind(&self, socket: &Socket) -> io::Result<()> {
        socket.bind(&self.any_port().into())
    }

    fn any_port(&self) -> SocketAddr {
        SocketAddr::new(self.ip, 0)
    }
}

#[cfg(target_os = "linux")]
fn no_more() -> io::Error {
    io::Error::other("another socket was wanted, the private network has no more in store")
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
