//! A world of which every call goes through a tamperer: all that a fault has to be is one closure.

use std::hint::spin_loop;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use crate::plan::End;
use crate::system::{Address, Answer, Call, World};
use crate::trace::Counters;

/// What a world answers when it is polled.
pub(super) type Answered = Poll<io::Result<Answer>>;

/// A world in which `tamper` answers in place of `sound`, which it is given to do so.
pub(super) fn around<F>(sound: Box<dyn World>, tamper: F) -> Box<dyn World>
where
    F: FnMut(&mut dyn World, &mut Context<'_>, End, Call<'_>) -> Answered + 'static,
{
    Box::new(Around { sound, tamper })
}

/// A world in which `tamper` answers writes of at least one byte; what was written as several buffers it sees as one.
pub(super) fn on_write<F>(sound: Box<dyn World>, mut tamper: F) -> Box<dyn World>
where
    F: FnMut(&mut dyn World, &mut Context<'_>, End, &[u8]) -> Answered + 'static,
{
    around(sound, move |sound, cx, end, call| match call {
        Call::Write(bytes) if !bytes.is_empty() => tamper(sound, cx, end, bytes),
        Call::WriteVectored(slices) if slices.iter().any(|slice| !slice.is_empty()) => {
            tamper(sound, cx, end, &joined(slices))
        }
        other => sound.poll(cx, end, other),
    })
}

/// A world in which `tamper` changes what the counters say.
pub(super) fn on_count<F>(sound: Box<dyn World>, tamper: F) -> Box<dyn World>
where
    F: FnMut(End, &mut Counters) + 'static,
{
    Box::new(Miscounted { sound, tamper })
}

/// The bytes of several buffers, in order.
pub(super) fn joined(slices: &[IoSlice<'_>]) -> Vec<u8> {
    slices.iter().flat_map(|slice| slice.iter().copied()).collect()
}

/// The answer of a call that took or delivered so many bytes.
pub(super) fn counted(len: usize) -> Answered {
    Poll::Ready(Ok(Answer::Count(len)))
}

/// The answer of a call that is done.
pub(super) fn done() -> Answered {
    Poll::Ready(Ok(Answer::Done))
}

/// The answer of a call that failed.
pub(super) fn failed(kind: io::ErrorKind) -> Answered {
    Poll::Ready(Err(kind.into()))
}

/// An address at which nobody is: its port lies outside the range from which the kernel gives ports to sockets that ask for none.
pub(super) fn elsewhere(address: Address) -> Address {
    match address {
        Address::Inet(mut address) => {
            address.set_port(address.port() ^ 0x8000);
            Address::Inet(address)
        }
        other => Address::Other(format!("not {other}")),
    }
}

/// How many bytes a ready call took or delivered, if it counted any.
pub(super) fn count_of(answered: &Answered) -> Option<usize> {
    match answered {
        Poll::Ready(Ok(Answer::Count(len))) => Some(*len),
        _ => None,
    }
}

/// See [`around`].
struct Around<F> {
    sound: Box<dyn World>,
    tamper: F,
}

impl<F> World for Around<F>
where
    F: FnMut(&mut dyn World, &mut Context<'_>, End, Call<'_>) -> Answered,
{
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Answered {
        (self.tamper)(&mut *self.sound, cx, end, call)
    }

    fn counters(&mut self, end: End) -> Counters {
        self.sound.counters(end)
    }
}

/// See [`on_count`].
struct Miscounted<F> {
    sound: Box<dyn World>,
    tamper: F,
}

impl<F: FnMut(End, &mut Counters)> World for Miscounted<F> {
    fn poll(&mut self, cx: &mut Context<'_>, end: End, call: Call<'_>) -> Answered {
        self.sound.poll(cx, end, call)
    }

    fn counters(&mut self, end: End) -> Counters {
        let mut counters = self.sound.counters(end);
        (self.tamper)(end, &mut counters);
        counters
    }
}

/// Never returns.
///
/// It is busy for as long as a watchdog on the thread's own time takes to see it, and then lies still, where one that waits for a call sees it:
/// the thread it has taken is nobody's any more, but the cores are the others'.
pub(super) fn spin_for_good() -> ! {
    for _ in 0..BUSY_TURNS {
        // One instruction of the processor's, which takes as long in every build, and asks the scheduler for nothing.
        spin_loop();
    }
    loop {
        std::thread::park();
    }
}

/// At 27 ns each, 0.4 s of processor time, where a watchdog with little patience asks for 0.25 s; where they take less, it sees the thread lie still.
const BUSY_TURNS: u64 = 15_000_000;
