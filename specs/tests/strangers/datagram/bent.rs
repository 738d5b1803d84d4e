//! Two ends that write each other letters, and at each place where a flaw can sit, the flaw.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use sockspec::harness::link::Datagram;
use sockspec::harness::system::Address;

use super::flaw::Flaw;
use crate::hang::compute_for_good;

/// How long the longest datagram is.
const MOST: usize = 65_000;

/// How many datagrams wait before a sender does.
const WAITING: usize = 64;

thread_local! {
    /// How many ends of this thread are open.
    static OPEN: Cell<usize> = const { Cell::new(0) };
    /// The first byte of what was sent last, and on which pair: the state that should not be shared.
    static LAST: Cell<(usize, u8)> = const { Cell::new((0, 0)) };
}

#[derive(Default)]
struct Mailbox {
    letters: VecDeque<Vec<u8>>,
    sent: u64,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One end.
pub(crate) struct Bent {
    flaw: Flaw,
    is_peer: bool,
    pair: usize,
    inbox: Rc<RefCell<Mailbox>>,
    outbox: Rc<RefCell<Mailbox>>,
    calls: u64,
    waits: u64,
    waiting: Option<usize>,
    last: Vec<u8>,
}

/// Two ends with that flaw.
pub(crate) fn pair(flaw: Flaw) -> (Bent, Bent) {
    let pair = OPEN.get() / 2 + 1;
    let (there, back) = (Rc::default(), Rc::default());
    let end = |is_peer, outbox: &Rc<_>, inbox: &Rc<_>| {
        OPEN.set(OPEN.get() + 1);
        Bent {
            flaw,
            is_peer,
            pair,
            inbox: Rc::clone(inbox),
            outbox: Rc::clone(outbox),
            calls: 0,
            waits: 0,
            waiting: None,
            last: Vec::new(),
        }
    };
    (end(false, &there, &back), end(true, &back, &there))
}

impl Drop for Bent {
    fn drop(&mut self) {
        OPEN.set(OPEN.get() - 1);
    }
}

impl Bent {
    fn enter(&mut self) {
        self.calls += 1;
        match self.flaw {
            Flaw::PanicsOnCall50 if self.calls == 50 => panic!("the fiftieth call"),
            Flaw::NeverReturns if self.calls == 60 => compute_for_good(),
            _ => {}
        }
    }

    /// What is laid into the mailbox for a datagram: one letter, or none, or several.
    fn bend(&self, datagram: &[u8], outbox: &mut Mailbox) -> Vec<Vec<u8>> {
        let mut letter = datagram.to_vec();
        let len = letter.len();
        let (owner, byte) = LAST.replace((self.pair, letter.first().copied().unwrap_or(0)));
        match self.flaw {
            Flaw::SplitsAbove1500 if len > 1500 => {
                return datagram.chunks(1500).map(<[u8]>::to_vec).collect();
            }
            Flaw::TruncatesAbove8192 => letter.truncate(8192),
            Flaw::TruncatesAbove60000 => letter.truncate(60_000),
            Flaw::LengthInTwelveBits if len > 4096 => letter.truncate(len % 4096),
            Flaw::StopsAtZeroByte => {
                letter.truncate(letter.iter().position(|byte| *byte == 0).unwrap_or(len));
            }
            Flaw::SwallowsEmpty if len == 0 => return Vec::new(),
            Flaw::SwapsFirstBytesOfOdd if len % 2 == 1 && len > 2 => letter.swap(0, 1),
            Flaw::Loses512 if len == 512 => return Vec::new(),
            Flaw::LosesEveryThird if outbox.sent % 3 == 2 => return Vec::new(),
            Flaw::LosesFromPeer if self.is_peer => return Vec::new(),
            Flaw::SecondPairLoses if self.pair == 2 => return Vec::new(),
            Flaw::PadsTo46 if (1..46).contains(&len) => letter.resize(46, 0),
            Flaw::PadsOdd if len % 2 == 1 => letter.push(0),
            Flaw::FlipsDatagram300 if outbox.sent == 300 && len > 0 => letter[len / 2] ^= 1,
            Flaw::FlipsLastBitOfLong if len > 30_000 => letter[len - 1] ^= 1,
            Flaw::FlipsFromPeerOnly if self.is_peer && len > 0 => letter[0] ^= 0x80,
            Flaw::CrossTalk if owner != self.pair && owner > 0 && OPEN.get() > 2 && len > 0 => {
                letter[0] = byte
            }
            Flaw::KeepsOnlyLatest => outbox.letters.clear(),
            Flaw::HalvesOfTwoSwapped => {
                if let Some(before) =
                    outbox.letters.back_mut().filter(|before| before.len() > 1000 && len > 1000)
                {
                    before[500..1000].swap_with_slice(&mut letter[500..1000]);
                }
            }
            Flaw::ClobbersWaiting => {
                if let Some(before) = outbox.letters.back_mut().filter(|before| before.len() > 8 && len > 8) {
                    before[4..8].copy_from_slice(&letter[4..8]);
                }
            }
            Flaw::RepeatsBehindLater if outbox.sent % 5 == 4 => {
                let repeated = outbox.letters.back().cloned();
                return [letter].into_iter().chain(repeated).collect();
            }
            _ => {}
        }
        vec![letter]
    }
}

impl Datagram for Bent {
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        _: Option<&Address>,
    ) -> Poll<io::Result<usize>> {
        self.enter();
        let outbox = Rc::clone(&self.outbox);
        let mut outbox = outbox.borrow_mut();
        let len = datagram.len();
        if len > MOST {
            if self.flaw == Flaw::RefusesAndSendsPart {
                outbox.letters.push_back(datagram[..1000].to_vec());
            }
            return Poll::Ready(Err(ErrorKind::InvalidInput.into()));
        }
        if outbox.letters.len() >= WAITING {
            outbox.writer = Some(cx.waker().clone());
            return match self.flaw {
                Flaw::WouldBlock => Poll::Ready(Err(ErrorKind::WouldBlock.into())),
                _ => Poll::Pending,
            };
        }
        let letters = self.bend(datagram, &mut outbox);
        outbox.letters.extend(letters);
        outbox.sent += 1;
        outbox.reader.take().into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(match self.flaw {
            Flaw::ClaimsOneLess if len > 4000 => len - 1,
            Flaw::ClaimsNothing if len == 1 => 0,
            Flaw::ClaimsMoreThanGiven if len == 100 => len + 28,
            _ => len,
        }))
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, Option<Address>)>> {
        self.enter();
        let mut inbox = self.inbox.borrow_mut();
        if self.flaw == Flaw::AbandonedReceiveEats && self.waiting.is_some_and(|len| len != buffer.len()) {
            inbox.letters.pop_front();
            self.waiting = None;
        }
        if self.flaw == Flaw::MergesTwoWaiting && inbox.letters.len() == 2 {
            let second = inbox.letters.pop_back().expect("two wait");
            inbox.letters[0].extend(second);
        }
        if self.flaw == Flaw::WouldBlock && inbox.letters.is_empty() {
            return Poll::Ready(Err(ErrorKind::WouldBlock.into()));
        }
        let is_overlooked =
            self.flaw == Flaw::EmptyIsWaited && inbox.letters.len() == 1 && inbox.letters[0].is_empty();
        if inbox.letters.is_empty() || is_overlooked {
            self.waits += 1;
            self.waiting = Some(buffer.len());
            let is_lost = self.flaw == Flaw::SecondWakeLost && self.waits == 2;
            inbox.reader = (!is_lost).then(|| cx.waker().clone());
            return Poll::Pending;
        }
        self.waiting = None;
        let letter = inbox.letters.pop_front().expect("one waits");
        inbox.writer.take().into_iter().for_each(Waker::wake);
        if letter.is_empty() && self.flaw == Flaw::EmptyIsError {
            return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
        }
        let mut len = letter.len().min(buffer.len());
        buffer[..len].copy_from_slice(&letter[..len]);
        match self.flaw {
            Flaw::RestComesNext if letter.len() > len => inbox.letters.push_front(letter[len..].to_vec()),
            Flaw::CutReportsWholeLength => len = letter.len(),
            Flaw::ExactBufferCuts if len == buffer.len() && letter.len() == len => {
                len = len.saturating_sub(1)
            }
            Flaw::StaleTail if len < self.last.len() && self.last.len() <= buffer.len() => {
                buffer[len..self.last.len()].copy_from_slice(&self.last[len..]);
                len = self.last.len();
            }
            _ => {}
        }
        self.last = letter;
        let from = if self.is_peer == (self.flaw == Flaw::WrongSource) { "peer" } else { "client" };
        Poll::Ready(Ok((len, Some(Address::Other(from.to_owned())))))
    }

    fn local_address(&self) -> Option<Address> {
        Some(Address::Other(if self.is_peer { "peer" } else { "client" }.to_owned()))
    }
}
