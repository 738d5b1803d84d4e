//! Who arrives at a listener: the connection that was meant, one for later, or a stranger.
//!
//! A port of loopback is open to every process of the machine, so whatever is accepted is first matched by address
//! with the connections that this world has begun.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use litemap::LiteMap;
use socket2::{SockRef, Socket};

use crate::link::flavour::Flavour;
use crate::link::origin::local_address;

/// How many connections may wait to be accepted; with std's 128, many clients at once would stall for a second each
/// (measured: one lost SYN is sent again after 1 s).
const BACKLOG: i32 = 4096;

/// A listening socket and its address.
pub(super) struct Door<F: Flavour> {
    pub(super) listener: F::Listener,
    pub(super) address: SocketAddr,
}

impl<F: Flavour> Door<F> {
    /// Begins to listen on a bound socket.
    pub(super) fn open(socket: Socket) -> io::Result<Door<F>> {
        let address = local_address(&socket)?;
        socket.listen(BACKLOG)?;
        Ok(Door { listener: F::listener(socket)?, address })
    }
}

/// A connection that a client has begun and nobody has accepted.
struct Caller<F: Flavour> {
    local: SocketAddr,
    remote: SocketAddr,
    /// Its other end, if that was accepted while another was waited for.
    accepted: Option<F::Stream>,
}

/// All connections that have been begun and not been accepted.
pub(super) struct Callers<F: Flavour>(LiteMap<u16, Caller<F>>);

impl<F: Flavour> Callers<F> {
    pub(super) fn new() -> Callers<F> {
        Callers(LiteMap::new())
    }

    /// Notes that the client of connection `n` connects from `local` to `remote`.
    pub(super) fn expect(&mut self, n: u16, local: SocketAddr, remote: SocketAddr) {
        self.0.insert(n, Caller { local, remote, accepted: None });
    }

    /// Forgets the client of connection `n`, whose connecting failed.
    pub(super) fn forget(&mut self, n: u16) {
        self.0.remove(&n);
    }

    /// Accepts at `door` the connection of client `n`, or, if that one calls elsewhere, whichever of this world comes first.
    ///
    /// Others of this world are kept until they are asked for, since a handshake may overtake another; strangers are closed.
    pub(super) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
        door: &Door<F>,
        n: u16,
    ) -> Poll<io::Result<F::Stream>> {
        let calls_here = self.0.get(&n).is_some_and(|caller| caller.remote == door.address);
        if let Some(stream) = self.take_accepted(n, door.address, calls_here) {
            return Poll::Ready(Ok(stream));
        }
        loop {
            let (stream, from) = ready!(F::poll_accept(&door.listener, cx))?;
            if !cfg!(target_os = "linux") {
                // Linux hands the listener's own down; elsewhere that is not promised.
                let is_set = SockRef::from(&door.listener).tcp_nodelay()?;
                SockRef::from(&stream).set_tcp_nodelay(is_set)?;
            }
            let met = |caller: &Caller<F>| caller.local == from && caller.remote == door.address;
            let Some((&m, caller)) = self.0.iter_mut().find(|(_, caller)| met(caller)) else { continue };
            if m == n || !calls_here {
                self.0.remove(&m);
                return Poll::Ready(Ok(stream));
            }
            caller.accepted = Some(stream);
        }
    }

    fn take_accepted(&mut self, n: u16, address: SocketAddr, only_n: bool) -> Option<F::Stream> {
        let waits = |(&m, caller): (&u16, &Caller<F>)| {
            let is_here = caller.remote == address && caller.accepted.is_some();
            (is_here && (m == n || !only_n)).then_some(m)
        };
        let m = self.0.iter().find_map(waits)?;
        self.0.remove(&m)?.accepted
    }
}
