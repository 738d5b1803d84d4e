//! Ends that come too early, too late, as something else, or not at all.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{Answered, around, count_of, counted, done, failed, joined};
use crate::fault::flow::Flows;
use crate::plan::End;
use crate::subject::Capability;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream("bytes-after-end", "the read after the end gives one byte more", bytes_after_end),
    Fault::stream("early-end", "the reader is told of the end once it has read 10 KiB", early_end),
    Fault::stream("end-as-error", "the end comes as an error", end_as_error),
    Fault::stream("end-as-reset", "the end comes as a reset", end_as_reset),
    Fault::stream("end-not-kept", "a read after the end waits for ever", end_not_kept),
    Fault::stream(
        "end-wakes-nobody",
        "a reader that waits already when the end comes is not woken",
        end_wakes_nobody,
    )
    .waited_for(),
    Fault::stream("error-as-end", "an error, like a reset, comes as the end", error_as_end)
        .needing(&[Capability::Abort]),
    Fault::stream(
        "half-close-closes-both",
        "an end that shuts down its sending direction hears nothing more either",
        half_close_closes_both,
    )
    .needing(&[Capability::HalfClose]),
    Fault::stream(
        "lost-tail-at-drop",
        "of what is unread when the writer is dropped behind its shutdown, the last ten bytes never come",
        lost_tail_at_drop,
    ),
    Fault::stream(
        "lost-tail-at-shutdown",
        "of what is unread when the writer shuts down, the last ten bytes never come",
        lost_tail_at_shutdown,
    ),
    Fault::stream("missing-end", "the reader never learns of a shutdown", missing_end).waited_for(),
    Fault::stream(
        "write-after-shutdown-accepted",
        "what is written after the writer's own shutdown is accepted and goes nowhere",
        write_after_shutdown_accepted,
    )
    .needing(&[Capability::RefusesWriteAfterShutdown]),
];

fn bytes_after_end(sound: Box<dyn World>) -> Box<dyn World> {
    on_end(sound, |times, buffer| {
        if times != 1 {
            return counted(0);
        }
        buffer[0] = b'!';
        counted(1)
    })
}

fn early_end(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| match call {
        Call::Read(_) if flows.to(end).read >= 10 << 10 => counted(0),
        other => flows.poll(sound, cx, end, other),
    })
}

fn end_as_error(sound: Box<dyn World>) -> Box<dyn World> {
    on_end(sound, |_, _| failed(io::ErrorKind::UnexpectedEof))
}

fn end_as_reset(sound: Box<dyn World>) -> Box<dyn World> {
    on_end(sound, |_, _| failed(io::ErrorKind::ConnectionReset))
}

fn end_not_kept(sound: Box<dyn World>) -> Box<dyn World> {
    on_end(sound, |times, _| if times == 0 { counted(0) } else { Poll::Pending })
}

fn error_as_end(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        let reads = matches!(call, Call::Read(_));
        match sound.poll(cx, end, call) {
            Poll::Ready(Err(_)) if reads => counted(0),
            answered => answered,
        }
    })
}

fn end_wakes_nobody(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    let mut bells: LiteMap<End, Arc<Bell>> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        if let Call::Read(_) = &call {
            let bell = Arc::clone(bells.entry(end).or_default());
            bell.hang(Some(cx.waker().clone()));
            let waker = Waker::from(bell);
            return flows.poll(sound, &mut Context::from_waker(&waker), end, call);
        }
        let reader = end.other();
        let flow = flows.to(reader);
        if let (Call::ShutDown, true) = (&call, flow.written == flow.read) {
            // Nothing is under way that could wake it, but the end.
            bells.entry(reader).or_default().hang(None);
        }
        flows.poll(sound, cx, end, call)
    })
}

/// A waker that can be taken away from whoever is going to call it.
#[derive(Default)]
struct Bell(Mutex<Option<Waker>>);

impl Bell {
    fn hang(&self, waker: Option<Waker>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = waker;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        let waker = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        waker.into_iter().for_each(Waker::wake);
    }
}

fn half_close_closes_both(sound: Box<dyn World>) -> Box<dyn World> {
    let mut closed = BTreeSet::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::ShutDown => {
            let answer = ready!(sound.poll(cx, end, Call::ShutDown));
            closed.insert(end);
            Poll::Ready(answer)
        }
        Call::Read(_) if closed.contains(&end) => counted(0),
        other => sound.poll(cx, end, other),
    })
}

fn lost_tail_at_drop(sound: Box<dyn World>) -> Box<dyn World> {
    lost_tail(sound, |call| matches!(call, Call::Drop))
}

fn lost_tail_at_shutdown(sound: Box<dyn World>) -> Box<dyn World> {
    lost_tail(sound, |call| matches!(call, Call::ShutDown))
}

/// At such a call, the last bytes that the reader has not read are lost.
fn lost_tail(sound: Box<dyn World>, is_then: fn(&Call<'_>) -> bool) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| {
        if is_then(&call) {
            let flow = flows.to(end.other());
            flow.lost = flow.written.saturating_sub(10).max(flow.read)..flow.written;
        }
        flows.poll(sound, cx, end, call)
    })
}

fn missing_end(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::ShutDown => sound.poll(cx, end, Call::Flush),
        other => sound.poll(cx, end, other),
    })
}

fn write_after_shutdown_accepted(sound: Box<dyn World>) -> Box<dyn World> {
    let mut shut = BTreeSet::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::Write(bytes) if shut.contains(&end) => counted(bytes.len()),
        Call::WriteVectored(slices) if shut.contains(&end) => counted(joined(slices).len()),
        Call::Flush if shut.contains(&end) => done(),
        Call::ShutDown => {
            let answer = ready!(sound.poll(cx, end, Call::ShutDown));
            shut.insert(end);
            Poll::Ready(answer)
        }
        other => sound.poll(cx, end, other),
    })
}

/// A world in which `tamper` answers reads that the sound world answers with the end.
///
/// It is told how often that end had been told so before, and given the reader's buffer, which is not empty.
fn on_end(sound: Box<dyn World>, tamper: fn(u64, &mut [u8]) -> Answered) -> Box<dyn World> {
    let mut times: LiteMap<End, u64> = LiteMap::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::Read(buffer) if !buffer.is_empty() => {
            let answered = sound.poll(cx, end, Call::Read(&mut *buffer));
            if count_of(&answered) != Some(0) {
                return answered;
            }
            let times = times.entry(end).or_default();
            *times += 1;
            tamper(*times - 1, buffer)
        }
        other => sound.poll(cx, end, other),
    })
}
