//! The TCP connections of one plan.

use std::io::{self, Read};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use litemap::LiteMap;
use socket2::{SockRef, Socket, Type};

use super::arrival::{Callers, Door};
use crate::link::evidence;
use crate::link::flavour::Flavour;
use crate::link::origin::{Origin, local_address, peer_address};
use crate::link::setting::apply_to_stream;
use crate::link::stream_pair::{already_open, not_open, poll_stream};
use crate::plan::{Actor, End, Setting};
use crate::system::{Answer, Call, World, unsupported};
use crate::trace::Counters;

/// The sockets of one plan, of one flavour.
pub(super) struct TcpWorld<F: Flavour> {
    origin: Origin,
    ends: LiteMap<End, Slot<F>>,
    callers: Callers<F>,
    /// What is to be set on ends that come into being by being accepted.
    planned: LiteMap<End, Vec<Setting>>,
    /// The listener of every `Open` whose accepted end asks for nothing.
    door: Option<Door<F>>,
    /// The connections whose `Open` has begun, each with a listener of its own if its accepted end inherits settings.
    opening: LiteMap<u16, Option<Door<F>>>,
}

/// How far an end has come.
enum Slot<F: Flavour> {
    /// A socket that neither listens nor has begun to connect.
    Made(Socket),
    Listening(Door<F>),
    Connecting(F::Stream),
    Connected(F::Stream),
}

impl<F: Flavour> Slot<F> {
    fn socket(&self) -> SockRef<'_> {
        match self {
            Slot::Made(socket) => SockRef::from(socket),
            Slot::Listening(door) => SockRef::from(&door.listener),
            Slot::Connecting(stream) | Slot::Connected(stream) => SockRef::from(stream),
        }
    }
}

impl<F: Flavour> TcpWorld<F> {
    pub(super) fn new(ip: IpAddr) -> TcpWorld<F> {
        TcpWorld {
            origin: Origin::new(ip, Type::STREAM, F::IS_NONBLOCKING),
            ends: LiteMap::new(),
            callers: Callers::new(),
            planned: LiteMap::new(),
            door: None,
            opening: LiteMap::new(),
        }
    }

    fn configure(&mut self, end: End, setting: Setting) -> io::Result<()> {
        if let Setting::PrivateMtu(mtu) = setting {
            return self.origin.move_out(mtu);
        }
        match self.ends.get(&end) {
            Some(slot) => apply_to_stream(&slot.socket(), setting),
            None if end.actor == Actor::Peer => {
                self.planned.entry(end).or_default().push(setting);
                Ok(())
            }
            None => {
                let socket = self.make()?;
                apply_to_stream(&SockRef::from(&socket), setting)?;
                self.ends.insert(end, Slot::Made(socket));
                Ok(())
            }
        }
    }

    fn bind(&mut self, end: End) -> io::Result<()> {
        let socket = self.take_made(end)?;
        let bound = self.origin.bind(&socket);
        self.ends.insert(end, Slot::Made(socket));
        bound
    }

    fn listen(&mut self, end: End) -> io::Result<()> {
        // An unbound socket would listen on every address of the machine.
        self.address_of(end)?;
        let socket = self.take_made(end)?;
        self.ends.insert(end, Slot::Listening(Door::open(socket)?));
        Ok(())
    }

    fn poll_connect(&mut self, cx: &mut Context<'_>, end: End, to: End) -> Poll<io::Result<()>> {
        if !matches!(self.ends.get(&end), Some(Slot::Connecting(_))) {
            let address = self.address_of(to)?;
            self.begin_connecting(end, address)?;
        }
        let connected = ready!(self.poll_connected(cx, end));
        if connected.is_err() {
            // A socket that failed to connect has no state that POSIX specifies; the next attempt gets a fresh one.
            self.ends.remove(&end);
            self.callers.forget(end.connection);
        }
        Poll::Ready(connected)
    }

    fn begin_connecting(&mut self, end: End, to: SocketAddr) -> io::Result<()> {
        let socket = self.take_made(end)?;
        match socket.connect(&to.into()) {
            Ok(()) => {}
            Err(error) if is_in_progress(&error) => {}
            Err(error) => return Err(error),
        }
        let local = local_address(&socket)?;
        self.ends.insert(end, Slot::Connecting(F::stream(socket)?));
        if end.actor == Actor::Client {
            self.callers.expect(end.connection, local, to);
        }
        Ok(())
    }

    fn poll_connected(&mut self, cx: &mut Context<'_>, end: End) -> Poll<io::Result<()>> {
        let Some(Slot::Connecting(stream)) = self.ends.get(&end) else {
            return Poll::Ready(Err(not_open(end)));
        };
        ready!(F::poll_connected(stream, cx))?;
        if let Some(error) = SockRef::from(stream).take_error()? {
            return Poll::Ready(Err(error));
        }
        self.mark_connected(end);
        Poll::Ready(Ok(()))
    }

    fn mark_connected(&mut self, end: End) {
        if let Some(Slot::Connecting(stream)) = self.ends.remove(&end) {
            self.ends.insert(end, Slot::Connected(stream));
        }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>, end: End, at: End) -> Poll<io::Result<()>> {
        if self.ends.contains_key(&end) {
            return Poll::Ready(Err(already_open(end.connection)));
        }
        let Some(Slot::Listening(door)) = self.ends.get(&at) else {
            return Poll::Ready(Err(not_open(at)));
        };
        let stream = ready!(self.callers.poll_accept(cx, door, end.connection))?;
        for setting in self.planned.remove(&end).unwrap_or_default() {
            apply_to_stream(&SockRef::from(&stream), setting)?;
        }
        self.ends.insert(end, Slot::Connected(stream));
        Poll::Ready(Ok(()))
    }

    /// Makes connection `n` whole: a listener, once; a client that connects; and the connection that arrives from its address.
    ///
    /// That the client's connection was accepted proves that the client has connected, so nothing waits for it to become writable.
    fn poll_open(&mut self, cx: &mut Context<'_>, n: u16) -> Poll<io::Result<()>> {
        let (client, peer) = (End::client(n), End::peer(n));
        if !self.opening.contains_key(&n) {
            self.begin_opening(client, peer)?;
        }
        let own = self.opening.get(&n).and_then(Option::as_ref);
        let Some(door) = own.or(self.door.as_ref()) else { return Poll::Ready(Err(not_open(peer))) };
        let arrived = ready!(self.callers.poll_accept(cx, door, n));
        self.opening.remove(&n);
        let opened = arrived.and_then(|stream| {
            for setting in self.planned.remove(&peer).unwrap_or_default() {
                if !is_inherited(setting) {
                    apply_to_stream(&SockRef::from(&stream), setting)?;
                }
            }
            self.ends.insert(peer, Slot::Connected(stream));
            Ok(())
        });
        match opened {
            Ok(()) => self.mark_connected(client),
            Err(_) => {
                self.ends.remove(&client);
                self.callers.forget(n);
            }
        }
        Poll::Ready(opened)
    }

    fn begin_opening(&mut self, client: End, peer: End) -> io::Result<()> {
        let client_is_fresh = matches!(self.ends.get(&client), None | Some(Slot::Made(_)));
        if !client_is_fresh || self.ends.contains_key(&peer) {
            return Err(already_open(client.connection));
        }
        let own = if self.planned.contains_key(&peer) { Some(self.open_door(peer)?) } else { None };
        if own.is_none() && self.door.is_none() {
            self.door = Some(self.open_door(peer)?);
        }
        let address = own.as_ref().or(self.door.as_ref()).map(|door| door.address);
        self.begin_connecting(client, address.ok_or_else(|| not_open(peer))?)?;
        self.opening.insert(client.connection, own);
        Ok(())
    }

    /// A listener whose accepted sockets inherit what is planned for `peer`.
    fn open_door(&mut self, peer: End) -> io::Result<Door<F>> {
        let socket = self.make()?;
        for setting in self.planned.get(&peer).into_iter().flatten() {
            if is_inherited(*setting) {
                apply_to_stream(&SockRef::from(&socket), *setting)?;
            }
        }
        self.origin.bind(&socket)?;
        Door::open(socket)
    }

    fn poll_use(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        match self.ends.get_mut(&end) {
            Some(Slot::Connected(stream) | Slot::Connecting(stream)) => {
                poll_stream(Pin::new(stream), cx, call)
            }
            Some(slot) => Poll::Ready(ask_kernel(&slot.socket(), call)),
            None => Poll::Ready(Err(not_open(end))),
        }
    }

    fn abort(&mut self, end: End) -> io::Result<()> {
        let slot = self.ends.remove(&end).ok_or_else(|| not_open(end))?;
        // Closing a connection with a linger time of zero sends a reset instead of a FIN (socket(7), SO_LINGER).
        slot.socket().set_linger(Some(Duration::ZERO))
    }

    fn name(&self, end: End) -> io::Result<Answer> {
        let slot = self.ends.get(&end).ok_or_else(|| not_open(end))?;
        let socket = slot.socket();
        let local = local_address(&socket)?.into();
        Ok(Answer::Names { local, peer: peer_address(&socket).map(Into::into) })
    }

    fn address_of(&self, end: End) -> io::Result<SocketAddr> {
        let slot = self.ends.get(&end).ok_or_else(|| not_open(end))?;
        let address = match slot {
            // It was asked for when the door was opened, and does not change.
            Slot::Listening(door) if door.address.port() != 0 => door.address,
            _ => local_address(&slot.socket())?,
        };
        if address.port() == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{end} is not bound")));
        }
        Ok(address)
    }

    /// The socket of an end that has not been used, or a fresh one.
    fn take_made(&mut self, end: End) -> io::Result<Socket> {
        match self.ends.remove(&end) {
            Some(Slot::Made(socket)) => Ok(socket),
            None => self.make(),
            Some(used) => {
                self.ends.insert(end, used);
                Err(already_open(end.connection))
            }
        }
    }

    fn make(&mut self) -> io::Result<Socket> {
        let socket = self.origin.socket()?;
        socket.set_tcp_nodelay(true)?;
        Ok(socket)
    }
}

impl<F: Flavour> World for TcpWorld<F> {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
        let done = match call {
            Call::Configure(setting) => Poll::Ready(self.configure(end, setting)),
            Call::Open => self.poll_open(cx, end.connection),
            Call::Bind => Poll::Ready(self.bind(end)),
            Call::Listen => Poll::Ready(self.listen(end)),
            Call::Connect(to) => self.poll_connect(cx, end, to),
            Call::Accept(at) => self.poll_accept(cx, end, at),
            Call::Abort => Poll::Ready(self.abort(end)),
            Call::Drop => Poll::Ready(self.ends.remove(&end).map(drop).ok_or_else(|| not_open(end))),
            Call::Name => return Poll::Ready(self.name(end)),
            call => return self.poll_use(cx, end, call),
        };
        done.map_ok(|()| Answer::Done)
    }

    fn counters(&mut self, end: End) -> Counters {
        let Some(slot) = self.ends.get(&end) else { return Counters::default() };
        let fragments_created = self.origin.fragments_created();
        Counters { fragments_created, ..evidence::of_tcp(slot.socket().as_fd()) }
    }
}

/// Puts a call to the kernel on a socket that is no connection, for the kernel's own error.
fn ask_kernel(socket: &Socket, call: Call<'_>) -> io::Result<Answer> {
    match call {
        Call::Write(bytes) => socket.send_with_flags(bytes, NO_SIGNAL).map(Answer::Count),
        Call::WriteVectored(buffers) => {
            socket.send_vectored_with_flags(buffers, NO_SIGNAL).map(Answer::Count)
        }
        Call::Read(buffer) => {
            let mut socket = socket;
            socket.read(buffer).map(Answer::Count)
        }
        Call::Flush => Ok(Answer::Done),
        Call::ShutDown => socket.shutdown(Shutdown::Write).map(|()| Answer::Done),
        _ => Err(unsupported("do that with a byte stream")),
    }
}

/// A write on a socket that is not connected would raise SIGPIPE, which a program that embeds the harness may not ignore.
#[cfg(target_os = "linux")]
const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: i32 = 0;

/// Whether an accepted socket has it from its listener; a receive buffer must be set there, ere the window is announced (tcp(7)).
fn is_inherited(setting: Setting) -> bool {
    !matches!(setting, Setting::Cork(_))
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::EINPROGRESS)
}
