//! The UDP sockets of one plan.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::task::{Context, Poll};

use litemap::LiteMap;
use socket2::{SockRef, Socket, Type};

use crate::link::datagram::Datagram;
use crate::link::datagram_pair::poll_receive;
use crate::link::evidence;
use crate::link::flavour::Flavour;
use crate::link::origin::{Origin, local_address, peer_address};
use crate::link::setting::apply_to_buffers;
use crate::link::stream_pair::{already_open, not_open};
use crate::plan::{End, Setting};
use crate::system::{Address, Answer, Call, World, unsupported};
use crate::trace::Counters;

/// The sockets of one plan, of one flavour.
pub(super) struct UdpWorld<F: Flavour> {
    origin: Origin,
    ends: LiteMap<End, Slot<F>>,
    /// Where each end is bound, or was before it was dropped: one can send there all the same.
    addresses: LiteMap<End, Address>,
}

/// How far an end has come.
enum Slot<F: Flavour> {
    /// A socket that is bound to nothing yet.
    Made(Socket),
    Bound(Bound<F>),
}

/// A socket in use.
struct Bound<F: Flavour> {
    socket: F::Datagrams,
    /// The end to which it is connected.
    peer: Option<End>,
}

impl<F: Flavour> Slot<F> {
    fn socket(&self) -> SockRef<'_> {
        match self {
            Slot::Made(socket) => SockRef::from(socket),
            Slot::Bound(bound) => SockRef::from(&bound.socket),
        }
    }
}

impl<F: Flavour> UdpWorld<F> {
    pub(super) fn new(ip: IpAddr) -> UdpWorld<F> {
        UdpWorld {
            origin: Origin::new(ip, Type::DGRAM, F::IS_NONBLOCKING),
            ends: LiteMap::new(),
            addresses: LiteMap::new(),
        }
    }

    fn configure(&mut self, end: End, setting: Setting) -> io::Result<()> {
        if let Setting::PrivateMtu(mtu) = setting {
            return self.origin.move_out(mtu);
        }
        if let Some(slot) = self.ends.get(&end) {
            return apply_to_buffers(&slot.socket(), setting);
        }
        let socket = self.origin.socket()?;
        apply_to_buffers(&SockRef::from(&socket), setting)?;
        self.ends.insert(end, Slot::Made(socket));
        Ok(())
    }

    fn open(&mut self, n: u16) -> io::Result<()> {
        self.bind(End::client(n))?;
        self.bind(End::peer(n))
    }

    fn bind(&mut self, end: End) -> io::Result<()> {
        let socket = match self.ends.remove(&end) {
            Some(Slot::Made(socket)) => socket,
            None => self.origin.socket()?,
            Some(bound) => {
                self.ends.insert(end, bound);
                return Err(already_open(end.connection));
            }
        };
        self.origin.bind(&socket)?;
        self.addresses.insert(end, local_address(&socket)?.into());
        self.ends.insert(end, Slot::Bound(Bound { socket: F::datagrams(socket)?, peer: None }));
        Ok(())
    }

    /// Fixes where `end` sends to and from whom it receives (POSIX connect); no packet goes out.
    fn connect(&mut self, end: End, to: End) -> io::Result<()> {
        let to_address = inet(self.address_of(to)?)?;
        let bound = self.bound(end)?;
        SockRef::from(&bound.socket).connect(&to_address.into())?;
        bound.peer = Some(to);
        Ok(())
    }

    fn name(&self, end: End) -> io::Result<Answer> {
        let slot = self.ends.get(&end).ok_or_else(|| not_open(end))?;
        let socket = slot.socket();
        let local = local_address(&socket)?.into();
        Ok(Answer::Names { local, peer: peer_address(&socket).map(Into::into) })
    }

    /// Sends to where `end` is connected without naming it, and anywhere else by name.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        end: End,
        to: End,
        datagram: &[u8],
    ) -> Poll<io::Result<Answer>> {
        let Some(address) = self.addresses.get(&to) else { return Poll::Ready(Err(never_bound(to))) };
        let Some(Slot::Bound(bound)) = self.ends.get_mut(&end) else {
            return Poll::Ready(Err(not_open(end)));
        };
        let named = (bound.peer != Some(to)).then_some(address);
        bound.socket.poll_send(cx, datagram, named).map_ok(Answer::Count)
    }

    fn bound(&mut self, end: End) -> io::Result<&mut Bound<F>> {
        match self.ends.get_mut(&end) {
            Some(Slot::Bound(bound)) => Ok(bound),
            _ => Err(not_open(end)),
        }
    }

    fn address_of(&self, end: End) -> io::Result<&Address> {
        self.addresses.get(&end).ok_or_else(|| never_bound(end))
    }
}

impl<F: Flavour> World for UdpWorld<F> {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        let done = match call {
            Call::SendTo(to, datagram) => return self.poll_send(cx, end, to, datagram),
            Call::ReceiveFrom(buffer) => return poll_receive(&mut self.bound(end)?.socket, cx, buffer),
            Call::Configure(setting) => self.configure(end, setting),
            Call::Open => self.open(end.connection),
            Call::Bind => self.bind(end),
            Call::Connect(to) => self.connect(end, to),
            Call::Name => return Poll::Ready(self.name(end)),
            Call::Drop => self.ends.remove(&end).map(drop).ok_or_else(|| not_open(end)),
            _ => Err(unsupported("do that with a datagram socket")),
        };
        Poll::Ready(done.map(|()| Answer::Done))
    }

    fn counters(&mut self, end: End) -> Counters {
        let Some(slot) = self.ends.get(&end) else { return Counters::default() };
        let fragments_created = self.origin.fragments_created();
        Counters { fragments_created, ..evidence::of_datagrams(slot.socket().as_fd()) }
    }
}

fn inet(address: &Address) -> io::Result<SocketAddr> {
    match address {
        Address::Inet(address) => Ok(*address),
        other => Err(io::Error::other(format!("an IP address was wanted, {other} was seen"))),
    }
}

fn never_bound(end: End) -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, format!("{end} was never bound"))
}
