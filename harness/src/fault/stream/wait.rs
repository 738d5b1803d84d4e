//! Calls that wait when they should not, do not wait when they should, or are not woken.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use litemap::LiteMap;

use super::backlog::Backlog;
use crate::fault::Fault;
use crate::fault::around::{around, counted, done, failed, joined};
use crate::plan::End;
use crate::subject::Capability;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "duplex-deadlock",
        "an end whose write has to wait reads nothing until the write has gone on",
        duplex_deadlock,
    )
    .waited_for(),
    Fault::stream(
        "lost-read-wake-up",
        "from the second read of an end that has to wait on, none is woken",
        lost_read_wake_up,
    )
    .waited_for(),
    Fault::stream("lost-write-wake-up", "a write that has to wait is never woken", lost_write_wake_up)
        .needing(&[Capability::BackPressure])
        .waited_for(),
    Fault::stream(
        "mutual-deadlock",
        "an end whose write has to wait reads nothing until its peer has read",
        mutual_deadlock,
    )
    .waited_for(),
    Fault::stream(
        "no-back-pressure",
        "a writer is not made to wait until 64 MiB of what it wrote lie unread",
        no_back_pressure,
    )
    .needing(&[Capability::BackPressure]),
    Fault::stream(
        "one-waker",
        "of a read and a write that wait at one end, only the one that came last is woken",
        one_waker,
    )
    .needing(&[Capability::BackPressure])
    .waited_for(),
];

fn duplex_deadlock(sound: Box<dyn World>) -> Box<dyn World> {
    deadlock(sound, false)
}

fn mutual_deadlock(sound: Box<dyn World>) -> Box<dyn World> {
    deadlock(sound, true)
}

/// An end whose write waits reads nothing until it has written, or, if `reading_frees`, until its peer has read.
fn deadlock(sound: Box<dyn World>, reading_frees: bool) -> Box<dyn World> {
    let mut stuck: LiteMap<End, Option<Waker>> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let freed = match call {
            Call::Write(_) | Call::WriteVectored(_) => end,
            Call::Read(_) => {
                if let Some(reader) = stuck.get_mut(&end) {
                    *reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                end.other()
            }
            other => return sound.poll(cx, end, other),
        };
        let writes = freed == end;
        let answered = sound.poll(cx, end, call);
        if writes && answered.is_pending() {
            stuck.entry(end).or_default();
        } else if answered.is_ready() && (writes || reading_frees) {
            // There is room again for whoever waited to write.
            stuck.remove(&freed).flatten().into_iter().for_each(Waker::wake);
        }
        answered
    })
}

fn lost_read_wake_up(sound: Box<dyn World>) -> Box<dyn World> {
    let mut waits: LiteMap<End, u64> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        if !matches!(call, Call::Read(_)) {
            return sound.poll(cx, end, call);
        }
        let waits = waits.entry(end).or_default();
        let mut asleep = Context::from_waker(Waker::noop());
        let answered = sound.poll(if *waits < 1 { cx } else { &mut asleep }, end, call);
        *waits += u64::from(answered.is_pending());
        answered
    })
}

fn lost_write_wake_up(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::Write(_) | Call::WriteVectored(_) => {
            sound.poll(&mut Context::from_waker(Waker::noop()), end, call)
        }
        other => sound.poll(cx, end, other),
    })
}

fn one_waker(sound: Box<dyn World>) -> Box<dyn World> {
    let mut slots: LiteMap<End, Arc<Slot>> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        if !matches!(call, Call::Read(_) | Call::Write(_) | Call::WriteVectored(_)) {
            return sound.poll(cx, end, call);
        }
        let slot = slots.entry(end).or_default();
        let earlier = slot.replace(Some(cx.waker().clone()));
        let waker = Waker::from(Arc::clone(slot));
        let answered = sound.poll(&mut Context::from_waker(&waker), end, call);
        if answered.is_ready() {
            slot.replace(earlier);
        }
        answered
    })
}

/// The one place in which an end keeps whom it wakes.
#[derive(Default)]
struct Slot(Mutex<Option<Waker>>);

impl Slot {
    /// Puts another waker there, or none, and returns the one that was there.
    fn replace(&self, waker: Option<Waker>) -> Option<Waker> {
        std::mem::replace(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), waker)
    }
}

impl Wake for Slot {
    fn wake(self: Arc<Slot>) {
        self.replace(None).into_iter().for_each(Waker::wake);
    }
}

/// The most bytes that a direction without back pressure holds: far above what any kernel's buffers do, far below what hurts.
const UNREAD_MAX: usize = 64 << 20;

fn no_back_pressure(sound: Box<dyn World>) -> Box<dyn World> {
    let mut outboxes: LiteMap<End, Outbox> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let writer = if matches!(call, Call::Read(_)) { end.other() } else { end };
        let outbox = outboxes.entry(writer).or_default();
        outbox.pass_on(sound, cx, writer);
        let bytes = match &call {
            Call::Write(bytes) => bytes.to_vec(),
            Call::WriteVectored(slices) => joined(slices),
            Call::ShutDown if outbox.backlog.len() > 0 => {
                outbox.shuts_down = true;
                return done();
            }
            Call::Drop | Call::Abort => {
                outbox.backlog.forget();
                Vec::new()
            }
            _ => Vec::new(),
        };
        if bytes.is_empty() {
            return sound.poll(cx, end, call);
        }
        if outbox.shuts_down {
            return failed(io::ErrorKind::BrokenPipe);
        }
        if outbox.backlog.len() == 0 {
            let answered = sound.poll(cx, end, call);
            if answered.is_ready() {
                return answered;
            }
        }
        if outbox.backlog.len() + bytes.len() > UNREAD_MAX {
            return Poll::Pending;
        }
        outbox.backlog.take(&bytes);
        counted(bytes.len())
    })
}

/// What an unbounded writer still owes: whoever reads at the other end fetches it.
#[derive(Default)]
struct Outbox {
    backlog: Backlog,
    shuts_down: bool,
}

impl Outbox {
    /// Passes on as much as there is room for; a reader that waits is then woken by either direction.
    fn pass_on(&mut self, sound: &mut dyn World, cx: &mut Context<'_>, end: End) {
        match self.backlog.pass_on(sound, cx, end) {
            Poll::Ready(Ok(())) if self.shuts_down => {
                self.shuts_down = sound.poll(cx, end, Call::ShutDown).is_pending();
            }
            // A broken connection has no use for what is left.
            Poll::Ready(Err(_)) => self.backlog.forget(),
            _ => (),
        }
    }
}
