//! Sound datagram transports built from the ground: two mailboxes, and the many ways in which they may go about it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use sockspec::harness::link::Datagram;
use sockspec::harness::system::Address;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::delay::Delay;

/// How a post goes about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing is lost, and a sender waits for room.
    Waits,
    /// What finds no room is lost.
    Drops,
    /// One in a hundred is lost, by chance.
    Loses,
    /// One in ten overtakes the one before it.
    Reorders,
    /// One in ten comes twice.
    Repeats,
    /// Above 1200 bytes an error.
    Refuses1200,
    /// Above 1200 bytes nothing comes, as on a path that drops what is too long.
    Drops1200,
    /// Above 9000 bytes an error of an unlikely sort.
    RefusesOddly,
    /// A datagram without bytes is refused.
    RefusesEmpty,
    /// A datagram without bytes is accepted and goes nowhere.
    SwallowsEmpty,
    /// A receive into a short buffer is an error, and the datagram is gone.
    RefusesShortBuffers,
    /// A receive into a short buffer is an error, and the datagram stays.
    KeepsWhatIsTooLong,
    /// Every other call is put off, and asked for again at once.
    Hesitates,
    /// Only one datagram may wait.
    One,
}

#[derive(Default)]
struct Mailbox {
    letters: VecDeque<Vec<u8>>,
    sent: u64,
    chance: u64,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Mailbox {
    /// One in `odds`, by a generator as simple as can be.
    fn happens(&mut self, odds: u64) -> bool {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33).is_multiple_of(odds)
    }

    fn lay_down(&mut self, way: Way, datagram: &[u8]) {
        self.sent += 1;
        let is_lost = match way {
            Way::Loses => self.happens(100),
            Way::Drops => self.letters.len() >= 50,
            Way::Drops1200 => datagram.len() > 1200,
            Way::SwallowsEmpty => datagram.is_empty(),
            _ => false,
        };
        if is_lost {
            return;
        }
        self.letters.push_back(datagram.to_vec());
        if way == Way::Repeats && self.happens(10) {
            self.letters.push_back(datagram.to_vec());
        }
        let len = self.letters.len();
        if way == Way::Reorders && len > 1 && self.happens(10) {
            self.letters.swap(len - 1, len - 2);
        }
        self.reader.take().into_iter().for_each(Waker::wake);
    }
}

/// One end.
pub(crate) struct Post {
    way: Way,
    calls: u64,
    inbox: Rc<RefCell<Mailbox>>,
    outbox: Rc<RefCell<Mailbox>>,
}

/// Two ends that go that way.
pub(crate) fn pair(way: Way) -> (Post, Post) {
    let (there, back) = (Rc::default(), Rc::default());
    let end = |outbox: &Rc<_>, inbox: &Rc<_>| Post {
        way,
        calls: 0,
        inbox: Rc::clone(inbox),
        outbox: Rc::clone(outbox),
    };
    (end(&there, &back), end(&back, &there))
}

impl Post {
    fn hesitates(&mut self, cx: &mut Context<'_>) -> bool {
        self.calls += 1;
        let is_put_off = self.way == Way::Hesitates && self.calls % 2 == 1;
        if is_put_off {
            cx.waker().wake_by_ref();
        }
        is_put_off
    }
}

impl Datagram for Post {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        _: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        if self.hesitates(cx) {
            return Poll::Pending;
        }
        let refusal = match self.way {
            Way::Refuses1200 if datagram.len() > 1200 => Some(ErrorKind::InvalidInput),
            Way::RefusesOddly if datagram.len() > 9000 => Some(ErrorKind::BrokenPipe),
            Way::RefusesEmpty if datagram.is_empty() => Some(ErrorKind::InvalidInput),
            _ => None,
        };
        if let Some(refusal) = refusal {
            return Poll::Ready(Err(refusal.into()));
        }
        let mut outbox = self.outbox.borrow_mut();
        let most = match self.way {
            Way::One => 1,
            Way::Drops => usize::MAX,
            _ => 40,
        };
        if outbox.letters.len() >= most {
            outbox.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        outbox.lay_down(self.way, datagram);
        Poll::Ready(Ok(datagram.len()))
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        if self.hesitates(cx) {
            return Poll::Pending;
        }
        let mut inbox = self.inbox.borrow_mut();
        let Some(letter) = inbox.letters.pop_front() else {
            inbox.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if letter.len() > buffer.len() && self.way == Way::KeepsWhatIsTooLong {
            inbox.letters.push_front(letter);
            return Poll::Ready(Err(ErrorKind::InvalidInput.into()));
        }
        inbox.writer.take().into_iter().for_each(Waker::wake);
        if letter.len() > buffer.len() && self.way == Way::RefusesShortBuffers {
            return Poll::Ready(Err(ErrorKind::InvalidData.into()));
        }
        let len = letter.len().min(buffer.len());
        buffer[..len].copy_from_slice(&letter[..len]);
        Poll::Ready(Ok((len, None)))
    }
}

/// An end of two channels.
pub(crate) struct Channels(UnboundedSender<Vec<u8>>, UnboundedReceiver<Vec<u8>>);

/// Two ends over channels.
pub(crate) fn channels() -> (Channels, Channels) {
    let ((there, from_here), (back, from_there)) = (unbounded_channel(), unbounded_channel());
    (Channels(there, from_there), Channels(back, from_here))
}

impl Datagram for Channels {
    fn poll_send(
        &mut self,
        _: &mut Context<'_>,
        datagram: &[u8],
        _: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        let sent = self.0.send(datagram.to_vec());
        Poll::Ready(sent.map(|()| datagram.len()).map_err(|_| ErrorKind::BrokenPipe.into()))
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        let Some(letter) = ready!(self.1.poll_recv(cx)) else {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        };
        let len = letter.len().min(buffer.len());
        buffer[..len].copy_from_slice(&letter[..len]);
        Poll::Ready(Ok((len, None)))
    }
}

/// Each operation takes a millisecond of a timer before it begins.
pub(crate) struct Slow<D> {
    inner: D,
    send: Delay,
    receive: Delay,
}

impl<D> Slow<D> {
    pub(crate) fn new(inner: D) -> Slow<D> {
        Slow { inner, send: Delay::default(), receive: Delay::default() }
    }
}

impl<D: Datagram> Datagram for Slow<D> {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        self.send.before(cx, || 1, |cx| self.inner.poll_send(cx, datagram, to))
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        self.receive.before(cx, || 1, |cx| self.inner.poll_receive(cx, buffer))
    }

    fn local_address(&self) -> Option<Address> {
        self.inner.local_address()
    }

    fn is_connected(&self) -> bool {
        self.inner.is_connected()
    }
}
