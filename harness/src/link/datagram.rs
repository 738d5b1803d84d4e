//! What an end must be able to do to be tested as a datagram socket.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
#[cfg(unix)]
use tokio::net::UnixDatagram;

use crate::system::Address;

/// One end of a datagram transport: it sends and receives whole messages.
///
/// tokio's `UdpSocket` and `UnixDatagram` are such ends already; anything else (datagrams of a QUIC connection, a user-space stack,
/// a layer of one's own) needs two methods.
///
/// Why not `Sink` and `Stream`? Because they hide what the rules are about: whether a message was refused or lost,
/// that a receive has a buffer of some size, and who sent what came.
///
/// Both polls follow the custom of [`tokio::io::AsyncRead`]: an end that cannot go on returns `Pending`, after it has seen to it that the waker
/// of the latest call *in that direction* is woken once it can. `Pending` means that nothing was sent, or taken out:
/// the call may be repeated, or abandoned for good.
///
/// ```
/// use std::collections::VecDeque;
/// use std::io;
/// use std::sync::{Arc, Mutex};
/// use std::task::{Context, Poll, Waker};
///
/// use sockspec_harness::link::Datagram;
/// use sockspec_harness::system::Address;
///
/// #[derive(Default)]
/// struct Mailbox {
///     letters: VecDeque<Vec<u8>>,
///     reader: Option<Waker>,
/// }
///
/// /// Sends into one mailbox and receives from another.
/// struct Correspondent {
///     inbox: Arc<Mutex<Mailbox>>,
///     outbox: Arc<Mutex<Mailbox>>,
/// }
///
/// impl Datagram for Correspondent {
///     fn poll_send(
///         &mut self,
///         _: &mut Context<'_>,
///         datagram: &[u8],
///         _: Option<&Address>,
///     ) -> Poll<io::Result<usize>> {
///         let mut outbox = self.outbox.lock().expect("nobody panics with the lock held");
///         outbox.letters.push_back(datagram.to_vec());
///         outbox.reader.take().into_iter().for_each(Waker::wake);
///         Poll::Ready(Ok(datagram.len()))
///     }
///
///     fn poll_receive(
///         &mut self,
///         cx: &mut Context<'_>,
///         buffer: &mut [u8],
///     ) -> Poll<io::Result<(usize, Option<Address>)>> {
///         let mut inbox = self.inbox.lock().expect("nobody panics with the lock held");
///         let Some(letter) = inbox.letters.pop_front() else {
///             inbox.reader = Some(cx.waker().clone());
///             return Poll::Pending;
///         };
///         let len = letter.len().min(buffer.len());
///         buffer[..len].copy_from_slice(&letter[..len]);
///         Poll::Ready(Ok((len, None)))
///     }
/// }
/// ```
pub trait Datagram {
    /// Sends `datagram` as one message.
    ///
    /// `to` is an address that another end of the same kind named as its own ([`local_address`](Datagram::local_address));
    /// it is `None` for an end that [is connected](Datagram::is_connected).
    /// The number is how many bytes were sent, which for a message is all of them.
    ///
    /// # Errors
    /// The transport's own; among them its refusal of a message that is too long, of which nothing may be sent then.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: Option<&Address>,
    ) -> Poll<io::Result<usize>>;

    /// Receives one message into `buffer`, and says how many of its bytes are there and where it came from, if that is known.
    ///
    /// Of a message that is longer than the buffer either the first bytes come and the rest is lost, or an error;
    /// the rest never comes as a message of its own. An empty message is one of 0 bytes, and not an end.
    ///
    /// # Errors
    /// The transport's own.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>>;

    /// Where others send to in order to reach this end, if it has such a place.
    fn local_address(&self) -> Option<Address> {
        None
    }

    /// Whether this end sends to the other end of its pair by itself; if not, it is told the other's local address with each message.
    ///
    /// Asked once, when the pair has been made.
    fn is_connected(&self) -> bool {
        true
    }
}

impl Datagram for UdpSocket {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        match to {
            None => UdpSocket::poll_send(self, cx, datagram),
            Some(Address::Inet(to)) => self.poll_send_to(cx, datagram, *to),
            Some(other) => Poll::Ready(Err(wrong_sort(other, "an IP address"))),
        }
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        let mut read = ReadBuf::new(buffer);
        let from = ready!(self.poll_recv_from(cx, &mut read))?;
        Poll::Ready(Ok((read.filled().len(), Some(from.into()))))
    }

    fn local_address(&self) -> Option<Address> {
        self.local_addr().ok().map(Into::into)
    }

    fn is_connected(&self) -> bool {
        self.peer_addr().is_ok()
    }
}

#[cfg(unix)]
impl Datagram for UnixDatagram {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        match to {
            None => UnixDatagram::poll_send(self, cx, datagram),
            Some(Address::Path(to)) => self.poll_send_to(cx, datagram, to),
            Some(other) => Poll::Ready(Err(wrong_sort(other, "a path"))),
        }
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        let mut read = ReadBuf::new(buffer);
        let from = ready!(self.poll_recv_from(cx, &mut read))?;
        Poll::Ready(Ok((read.filled().len(), Some(unix_address(&from)))))
    }

    fn local_address(&self) -> Option<Address> {
        self.local_addr().ok().map(|address| unix_address(&address))
    }

    fn is_connected(&self) -> bool {
        self.peer_addr().is_ok()
    }
}

#[cfg(unix)]
fn unix_address(address: &tokio::net::unix::SocketAddr) -> Address {
    address.as_pathname().map_or(Address::Unnamed, |path| Address::Path(path.to_owned()))
}

fn wrong_sort(address: &Address, wanted: &str) -> io::Error {
    let words = format!("{wanted} was wanted to send to, {address} was given");
    io::Error::new(io::ErrorKind::InvalidInput, words)
}
