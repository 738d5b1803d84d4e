//! Datagram transports that never touch a socket: sound ones with unusual habits, and broken ones.
//!
//! They are written against the front door's trait like a user's own, and know nothing of how they are tested.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use sockspec_harness::link::Datagram;
use sockspec_harness::system::Address;

/// What a conforming transport may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Habit {
    Plain,
    LosesEvery { n: u64, first: u64 },
    LosesOneIn { n: u64, seed: u64 },
    Reorders,
    RepeatsEvery(u64),
    HasRoomFor(usize),
    DropsBeyond(usize),
    KeepsTheNewest(usize),
    PendsOnceWithRoomFor(usize),
    RefusesAbove(usize),
    RefusesShortBuffers,
    KeepsWhatItRefuses,
    IsSeldomReady,
    ComesLate,
}

/// What a broken one does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Break {
    LosesLength(usize),
    LosesFrom(usize),
    LosesBackwards,
    LosesAfterAbandoned,
    DeadAfter(u64),
    Merges,
    SplitsAbove(usize),
    TruncatesAbove(usize),
    FlipsAfter(u64),
    FlipsLength(usize),
    FlipsBackwards,
    RefusesLength(usize),
    NamesAnother,
    KeepsTheRest,
    AddsStaleBytes,
    PadsToEven,
    ClaimsOneLess,
    ClaimsNothing,
    SendsElsewhere,
    NeverWakes,
    ForgetsWriterBeyond(usize),
    OneWakerBeyond(usize),
    SharesFromTheFifthOn,
    WakesOnlyTheFirst,
    FailsAfterEmpty,
    RepeatsAll,
    RepeatsLength(usize),
    Panics,
    InventsEmpty,
    SwapsHalves,
}

/// How one pair of ends behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Manner {
    Sound(Habit),
    Broken(Break),
}

/// One direction.
#[derive(Default)]
struct Pipe {
    letters: VecDeque<Vec<u8>>,
    /// Letters that come only later.
    late: VecDeque<Vec<u8>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    sent: u64,
    polls: u64,
    received: u64,
    woken: u64,
    has_abandoned: Option<usize>,
    stale: Vec<u8>,
    has_failed: bool,
}

impl Pipe {
    fn deliver(&mut self, letter: Vec<u8>) {
        self.letters.push_back(letter);
        self.wake();
    }

    fn wake(&mut self) {
        self.woken += 1;
        self.reader.take().into_iter().for_each(Waker::wake);
    }
}

/// One end of a pair.
pub(crate) struct Double {
    manner: Manner,
    is_client: bool,
    out: Rc<RefCell<Pipe>>,
    inbox: Rc<RefCell<Pipe>>,
    random: u64,
    /// Whether the operation that comes next has been made to wait already.
    has_pended: bool,
}

/// A pair of ends.
pub(crate) fn pair(manner: Manner) -> (Double, Double) {
    let (there, back) = (Rc::<RefCell<Pipe>>::default(), Rc::<RefCell<Pipe>>::default());
    let seed = match manner {
        Manner::Sound(Habit::LosesOneIn { seed, .. }) => seed,
        _ => 0,
    };
    let end = |is_client, out: &Rc<RefCell<Pipe>>, inbox: &Rc<RefCell<Pipe>>| Double {
        manner,
        is_client,
        out: Rc::clone(out),
        inbox: Rc::clone(inbox),
        random: (88_172_645_463_325_252 + 2 * seed + u64::from(is_client))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15),
        has_pended: false,
    };
    let open = LATEST.with(|latest| {
        let mut latest = latest.borrow_mut();
        latest.retain(|pipe| Rc::strong_count(pipe) > 1);
        if matches!(manner, Manner::Broken(Break::SendsElsewhere | Break::SharesFromTheFifthOn)) {
            latest.push(Rc::clone(&there));
        }
        latest.clone()
    });
    if manner == Manner::Broken(Break::SharesFromTheFifthOn) && open.len() > 4 {
        return (end(true, &open[0], &back), end(false, &back, &open[0]));
    }
    (end(true, &there, &back), end(false, &back, &there))
}

thread_local! {
    /// The pipes of the pairs made so far, for one that mistakes them.
    static LATEST: RefCell<Vec<Rc<RefCell<Pipe>>>> = const { RefCell::new(Vec::new()) };
}

impl Double {
    fn one_in(&mut self, n: u64) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.is_multiple_of(n)
    }

    /// Whether something befalls this send; `sent` counts from 1.
    fn is_lost(&mut self, sent: u64, len: usize, has_abandoned: bool) -> bool {
        match self.manner {
            Manner::Sound(Habit::LosesEvery { n, first }) => sent % n == first % n,
            Manner::Sound(Habit::LosesOneIn { n, .. }) => self.one_in(n),
            Manner::Sound(Habit::DropsBeyond(room)) => self.out.borrow().letters.len() >= room,
            Manner::Broken(Break::LosesLength(lost)) => len == lost,
            Manner::Broken(Break::LosesFrom(lost)) => len >= lost,
            Manner::Broken(Break::LosesBackwards) => !self.is_client,
            Manner::Broken(Break::LosesAfterAbandoned) => has_abandoned,
            Manner::Broken(Break::DeadAfter(last)) => sent > last,
            _ => false,
        }
    }
}

impl Double {
    /// Whether an operation is to wait once, and is woken for it at once.
    fn pends_once(&mut self, cx: &Context<'_>) -> bool {
        self.has_pended =
            !self.has_pended && matches!(self.manner, Manner::Sound(Habit::PendsOnceWithRoomFor(_)));
        if self.has_pended {
            cx.waker().wake_by_ref();
        }
        self.has_pended
    }
}

impl Datagram for Double {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        _: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        let len = datagram.len();
        if self.pends_once(cx) {
            return Poll::Pending;
        }
        match self.manner {
            Manner::Sound(Habit::HasRoomFor(room) | Habit::PendsOnceWithRoomFor(room))
            | Manner::Broken(Break::OneWakerBeyond(room))
                if self.out.borrow().letters.len() >= room =>
            {
                self.out.borrow_mut().writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Manner::Broken(Break::ForgetsWriterBeyond(room)) if self.out.borrow().letters.len() >= room => {
                return Poll::Pending;
            }
            Manner::Sound(Habit::RefusesAbove(most)) if len > most => {
                return Poll::Ready(Err(io::Error::other("too long for this path")));
            }
            Manner::Broken(Break::RefusesLength(refused)) if len == refused => {
                return Poll::Ready(Err(io::Error::other("no")));
            }
            _ => {}
        }
        let (sent, has_abandoned) = {
            let mut out = self.out.borrow_mut();
            out.sent += 1;
            (out.sent, out.has_abandoned.take().is_some())
        };
        if self.is_lost(sent, len, has_abandoned) {
            return Poll::Ready(Ok(len));
        }
        let mut letter = datagram.to_vec();
        let middle = len / 2;
        let mut out = self.out.borrow_mut();
        match self.manner {
            Manner::Sound(Habit::Reorders) => {
                if sent.is_multiple_of(3) {
                    out.letters.push_front(letter);
                    out.wake();
                } else {
                    out.deliver(letter);
                }
            }
            Manner::Sound(Habit::KeepsTheNewest(room)) => {
                if out.letters.len() >= room {
                    out.letters.pop_front();
                }
                out.deliver(letter);
            }
            Manner::Sound(Habit::ComesLate) => {
                // It comes when the runtime has had a few turns.
                out.late.push_back(letter);
                let pipe = Rc::clone(&self.out);
                tokio::task::spawn_local(async move {
                    for _ in 0..3 {
                        tokio::task::yield_now().await;
                    }
                    let mut pipe = pipe.borrow_mut();
                    let letter = pipe.late.pop_front().expect("one task for each late letter");
                    pipe.deliver(letter);
                });
            }
            Manner::Sound(Habit::RepeatsEvery(n)) => {
                if sent.is_multiple_of(n) {
                    out.deliver(letter.clone());
                }
                out.deliver(letter);
            }
            Manner::Broken(Break::RepeatsAll) => {
                out.deliver(letter.clone());
                out.deliver(letter);
            }
            Manner::Broken(Break::RepeatsLength(repeated)) => {
                if len == repeated {
                    out.deliver(letter.clone());
                }
                out.deliver(letter);
            }
            Manner::Broken(Break::Merges) if !out.letters.is_empty() => {
                out.letters.back_mut().expect("not empty").append(&mut letter);
            }
            Manner::Broken(Break::SplitsAbove(most)) if len > most => {
                let rest = letter.split_off(most);
                out.deliver(letter);
                out.deliver(rest);
            }
            Manner::Broken(Break::TruncatesAbove(most)) if len > most => {
                letter.truncate(most);
                out.deliver(letter);
            }
            Manner::Broken(Break::FlipsAfter(last)) if sent > last && len > 0 => {
                letter[middle] ^= 1;
                out.deliver(letter);
            }
            Manner::Broken(Break::FlipsLength(flipped)) if len == flipped => {
                letter[middle] ^= 0x80;
                out.deliver(letter);
            }
            Manner::Broken(Break::FlipsBackwards) if !self.is_client && len > 0 => {
                letter[len - 1] ^= 4;
                out.deliver(letter);
            }
            Manner::Broken(Break::SwapsHalves) if len >= 2000 => {
                letter.rotate_left(middle);
                out.deliver(letter);
            }
            Manner::Broken(Break::AddsStaleBytes) => {
                let stale = std::mem::replace(&mut out.stale, letter.clone());
                letter.extend(stale.get(len..).unwrap_or_default().iter().take(3));
                out.deliver(letter);
            }
            Manner::Broken(Break::PadsToEven) => {
                letter.resize(len.next_multiple_of(2), 0);
                out.deliver(letter);
            }
            Manner::Broken(Break::InventsEmpty) => {
                out.deliver(letter);
                if sent == 9 {
                    out.deliver(Vec::new());
                }
            }
            Manner::Broken(Break::SendsElsewhere) => {
                let others = LATEST.with(|latest| latest.borrow().clone());
                let is_taken = |pipe: &Rc<RefCell<Pipe>>| Rc::strong_count(pipe) > 2;
                match others.iter().rev().find(|pipe| is_taken(pipe) && !Rc::ptr_eq(pipe, &self.out)) {
                    Some(other) if self.is_client && sent == 2 => other.borrow_mut().deliver(letter),
                    _ => out.deliver(letter),
                }
            }
            Manner::Broken(Break::NeverWakes) => out.letters.push_back(letter),
            Manner::Broken(Break::WakesOnlyTheFirst) => {
                out.letters.push_back(letter);
                if out.woken == 0 {
                    out.wake();
                }
            }
            _ => out.deliver(letter),
        }
        Poll::Ready(Ok(match self.manner {
            Manner::Broken(Break::ClaimsOneLess) => len.saturating_sub(1),
            Manner::Broken(Break::ClaimsNothing) => 0,
            _ => len,
        }))
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        if self.pends_once(cx) {
            return Poll::Pending;
        }
        let mut inbox = self.inbox.borrow_mut();
        inbox.polls += 1;
        if self.manner == Manner::Sound(Habit::IsSeldomReady) && !inbox.polls.is_multiple_of(4) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if inbox.has_failed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let Some(letter) = inbox.letters.pop_front() else {
            inbox.reader = Some(cx.waker().clone());
            inbox.has_abandoned = Some(buffer.len());
            if let Manner::Broken(Break::OneWakerBeyond(_)) = self.manner {
                self.out.borrow_mut().writer = None;
            }
            return Poll::Pending;
        };
        // A receive that found something was not given up.
        inbox.has_abandoned = None;
        inbox.writer.take().into_iter().for_each(Waker::wake);
        inbox.received += 1;
        if self.manner == Manner::Broken(Break::Panics) && inbox.received == 30 {
            panic!("the thirtieth receive");
        }
        let len = letter.len().min(buffer.len());
        if letter.len() > buffer.len() {
            match self.manner {
                Manner::Sound(Habit::RefusesShortBuffers) => {
                    return Poll::Ready(Err(io::Error::other("the buffer is too short")));
                }
                Manner::Sound(Habit::KeepsWhatItRefuses) => {
                    inbox.letters.push_front(letter);
                    return Poll::Ready(Err(io::Error::other("the buffer is too short")));
                }
                Manner::Broken(Break::KeepsTheRest) => inbox.letters.push_front(letter[len..].to_vec()),
                _ => {}
            }
        }
        inbox.has_failed = self.manner == Manner::Broken(Break::FailsAfterEmpty) && letter.is_empty();
        buffer[..len].copy_from_slice(&letter[..len]);
        let sender = match self.manner {
            Manner::Broken(Break::NamesAnother) => "nobody",
            _ => name(!self.is_client),
        };
        Poll::Ready(Ok((len, Some(Address::Other(sender.to_owned())))))
    }

    fn local_address(&self) -> Option<Address> {
        Some(Address::Other(name(self.is_client).to_owned()))
    }
}

fn name(is_client: bool) -> &'static str {
    if is_client { "client" } else { "peer" }
}
