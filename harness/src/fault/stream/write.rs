//! Writes that take, count, keep or order bytes wrongly.

use std::collections::BTreeSet;
use std::io::IoSlice;
use std::task::{Poll, ready};

use litemap::LiteMap;

use super::backlog::Backlog;
use crate::fault::Fault;
use crate::fault::around::{around, count_of, counted, joined, on_write};
use crate::plan::End;
use crate::subject::Capability;
use crate::system::{Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "first-slice-only",
        "a write of several buffers sends the first and claims all of them",
        first_slice_only,
    )
    .needing(&[Capability::VectoredWrite]),
    Fault::stream(
        "impossible-write-count",
        "a write of more than 1000 bytes claims one more than it was given",
        impossible_write_count,
    ),
    Fault::stream(
        "over-reported-write",
        "a write of more than 1000 bytes takes half of them and claims all",
        over_reported_write,
    ),
    Fault::stream(
        "pending-write-sends",
        "a write of more than 100 bytes is taken and nevertheless told to wait, once at each end, so that it is sent again",
        pending_write_sends,
    ),
    Fault::stream(
        "reversed-slices",
        "a write of several buffers sends the last of them first",
        reversed_slices,
    )
    .needing(&[Capability::VectoredWrite]),
    Fault::stream("stuck-flush", "the second flush of an end and all that follow never return", stuck_flush)
        .waited_for(),
    Fault::stream(
        "truncated-write",
        "a write of more than 16 KiB loses what lies beyond and claims all",
        truncated_write,
    ),
    Fault::stream(
        "under-reported-write",
        "a write of more than 64 bytes claims half of what it took, once at each end, so that the rest is sent again",
        under_reported_write,
    ),
    Fault::stream(
        "unflushed-shutdown",
        "a writer that buffers up to 4096 bytes until it is flushed forgets them when it is shut down",
        unflushed_shutdown,
    ),
    Fault::stream(
        "withheld-flush",
        "the last byte of every write stays behind until the next write or the shutdown, flushed or not",
        withheld_flush,
    )
    .waited_for(),
    Fault::stream("zero-write", "a write of more than 100 bytes takes none, once at each end", zero_write),
];

fn first_slice_only(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::WriteVectored(slices) => {
            let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| &slice[..]);
            let answered = sound.poll(cx, end, Call::Write(first));
            if count_of(&answered) == Some(first.len()) { counted(joined(slices).len()) } else { answered }
        }
        other => sound.poll(cx, end, other),
    })
}

fn impossible_write_count(sound: Box<dyn World>) -> Box<dyn World> {
    on_write(sound, |sound, cx, end, bytes| {
        let answered = sound.poll(cx, end, Call::Write(bytes));
        match count_of(&answered) {
            Some(len) if len > 1000 && len == bytes.len() => counted(len + 1),
            _ => answered,
        }
    })
}

fn over_reported_write(sound: Box<dyn World>) -> Box<dyn World> {
    on_write(sound, |sound, cx, end, bytes| {
        let taken = if bytes.len() > 1000 { bytes.len() / 2 } else { bytes.len() };
        let answered = sound.poll(cx, end, Call::Write(&bytes[..taken]));
        if count_of(&answered) == Some(taken) { counted(bytes.len()) } else { answered }
    })
}

fn pending_write_sends(sound: Box<dyn World>) -> Box<dyn World> {
    let mut struck = BTreeSet::new();
    on_write(sound, move |sound, cx, end, bytes| {
        let answered = sound.poll(cx, end, Call::Write(bytes));
        if count_of(&answered).is_some_and(|len| len > 100) && struck.insert(end) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        answered
    })
}

fn reversed_slices(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::WriteVectored(slices) => {
            let reversed: Vec<IoSlice<'_>> = slices.iter().rev().map(|slice| IoSlice::new(slice)).collect();
            sound.poll(cx, end, Call::WriteVectored(&reversed))
        }
        other => sound.poll(cx, end, other),
    })
}

fn stuck_flush(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flushed = BTreeSet::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::Flush if flushed.contains(&end) => Poll::Pending,
        Call::Flush => {
            let answer = ready!(sound.poll(cx, end, Call::Flush));
            flushed.insert(end);
            Poll::Ready(answer)
        }
        other => sound.poll(cx, end, other),
    })
}

fn truncated_write(sound: Box<dyn World>) -> Box<dyn World> {
    on_write(sound, |sound, cx, end, bytes| {
        let taken = bytes.len().min(16 << 10);
        let answered = sound.poll(cx, end, Call::Write(&bytes[..taken]));
        if count_of(&answered) == Some(taken) { counted(bytes.len()) } else { answered }
    })
}

fn under_reported_write(sound: Box<dyn World>) -> Box<dyn World> {
    let mut struck = BTreeSet::new();
    on_write(sound, move |sound, cx, end, bytes| {
        let answered = sound.poll(cx, end, Call::Write(bytes));
        match count_of(&answered) {
            Some(len) if len > 64 && struck.insert(end) => counted(len / 2),
            _ => answered,
        }
    })
}

fn unflushed_shutdown(sound: Box<dyn World>) -> Box<dyn World> {
    let mut backlogs: LiteMap<End, Backlog> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let backlog = backlogs.entry(end).or_default();
        let bytes = match &call {
            Call::Write(bytes) => bytes.to_vec(),
            Call::WriteVectored(slices) => joined(slices),
            Call::Flush => {
                ready!(backlog.pass_on(sound, cx, end))?;
                Vec::new()
            }
            Call::ShutDown => {
                backlog.forget();
                Vec::new()
            }
            _ => Vec::new(),
        };
        if bytes.is_empty() {
            return sound.poll(cx, end, call);
        }
        if backlog.len() + bytes.len() > 4096 {
            ready!(backlog.pass_on(sound, cx, end))?;
        }
        if bytes.len() > 4096 {
            return sound.poll(cx, end, call);
        }
        backlog.take(&bytes);
        counted(bytes.len())
    })
}

fn withheld_flush(sound: Box<dyn World>) -> Box<dyn World> {
    let mut backlogs: LiteMap<End, Backlog> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let backlog = backlogs.entry(end).or_default();
        let bytes = match &call {
            Call::Write(bytes) => bytes.to_vec(),
            Call::WriteVectored(slices) => joined(slices),
            Call::ShutDown => {
                ready!(backlog.pass_on(sound, cx, end))?;
                Vec::new()
            }
            _ => Vec::new(),
        };
        let Some((last, others)) = bytes.split_last() else { return sound.poll(cx, end, call) };
        ready!(backlog.pass_on(sound, cx, end))?;
        if !others.is_empty() {
            match ready!(sound.poll(cx, end, Call::Write(others)))? {
                Answer::Count(len) if len == others.len() => (),
                other => return Poll::Ready(Ok(other)),
            }
        }
        backlog.take(&[*last]);
        counted(bytes.len())
    })
}

fn zero_write(sound: Box<dyn World>) -> Box<dyn World> {
    let mut struck = BTreeSet::new();
    on_write(sound, move |sound, cx, end, bytes| {
        if bytes.len() > 100 && struck.insert(end) {
            return counted(0);
        }
        sound.poll(cx, end, Call::Write(bytes))
    })
}
