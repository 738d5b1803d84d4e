//! Sends that get the length wrong: of what may be sent, and of what was.

use std::collections::BTreeSet;
use std::io;
use std::task::{Poll, ready};

use super::letter::on_send;
use crate::fault::Fault;
use crate::fault::around::{counted, failed};
use crate::subject::Capability;
use crate::system::{Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::datagram(
        "error-poisons",
        "an end that was refused an oversized datagram can send nothing more",
        error_poisons,
    )
    .needing(&[Capability::RefusesOversize]),
    Fault::datagram(
        "oversize-swallowed",
        "an oversized datagram is reported as sent, and nothing comes",
        oversize_swallowed,
    )
    .needing(&[Capability::RefusesOversize]),
    Fault::datagram(
        "oversize-truncated",
        "an oversized datagram is sent cut to 1000 bytes and reported as sent",
        oversize_truncated,
    )
    .needing(&[Capability::RefusesOversize]),
    Fault::datagram(
        "refuses-largest",
        "datagrams of more than 65,000 bytes are refused though they are legal",
        refuses_largest,
    ),
    Fault::datagram(
        "wrong-length-claimed",
        "a send of more than one byte claims one byte less than it sent",
        wrong_length_claimed,
    ),
];

fn error_poisons(sound: Box<dyn World>) -> Box<dyn World> {
    let mut poisoned = BTreeSet::new();
    on_send(sound, move |sound, cx, end, to, bytes| {
        if poisoned.contains(&end) {
            return failed(io::ErrorKind::BrokenPipe);
        }
        let answer = ready!(sound.poll(cx, end, Call::SendTo(to, bytes)));
        if is_oversize(&answer, bytes) {
            poisoned.insert(end);
        }
        Poll::Ready(answer)
    })
}

fn oversize_swallowed(sound: Box<dyn World>) -> Box<dyn World> {
    on_send(sound, |sound, cx, end, to, bytes| {
        let answer = ready!(sound.poll(cx, end, Call::SendTo(to, bytes)));
        if is_oversize(&answer, bytes) { counted(bytes.len()) } else { Poll::Ready(answer) }
    })
}

fn oversize_truncated(sound: Box<dyn World>) -> Box<dyn World> {
    on_send(sound, |sound, cx, end, to, bytes| {
        let answer = ready!(sound.poll(cx, end, Call::SendTo(to, bytes)));
        if !is_oversize(&answer, bytes) {
            return Poll::Ready(answer);
        }
        let cut = &bytes[..bytes.len().min(1000)];
        sound.poll(cx, end, Call::SendTo(to, cut)).map_ok(|_| Answer::Count(bytes.len()))
    })
}

fn refuses_largest(sound: Box<dyn World>) -> Box<dyn World> {
    on_send(sound, |sound, cx, end, to, bytes| {
        if bytes.len() > 65_000 {
            return Poll::Ready(Err(io::Error::from_raw_os_error(libc::EMSGSIZE)));
        }
        sound.poll(cx, end, Call::SendTo(to, bytes))
    })
}

fn wrong_length_claimed(sound: Box<dyn World>) -> Box<dyn World> {
    on_send(sound, |sound, cx, end, to, bytes| {
        sound.poll(cx, end, Call::SendTo(to, bytes)).map_ok(|answer| match answer {
            Answer::Count(len) if len > 1 => Answer::Count(len - 1),
            other => other,
        })
    })
}

/// Whether a send was refused for its size: the kernel says so, other systems may use any error for it.
fn is_oversize(answer: &io::Result<Answer>, bytes: &[u8]) -> bool {
    answer.as_ref().is_err_and(|error| match error.raw_os_error() {
        Some(errno) => errno == libc::EMSGSIZE,
        None => bytes.len() > 8192,
    })
}
