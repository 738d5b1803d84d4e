//! Datagrams that do not come, come to the wrong end, or are said to come from elsewhere.

use std::collections::BTreeSet;
use std::io;
use std::task::{Context, Poll, Waker};

use litemap::LiteMap;

use super::letter::{on_receive, on_send};
use crate::fault::Fault;
use crate::fault::around::{around, counted, done, elsewhere, on_count};
use crate::plan::End;
use crate::subject::Capability;
use crate::system::{Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::datagram(
        "cancelled-receive-loss",
        "a receive that had to wait and was given up takes the next datagram with it",
        cancelled_receive_loss,
    ),
    Fault::datagram(
        "cross-talk-datagram",
        "the second datagram that is sent where there is a third end goes to that one",
        cross_talk_datagram,
    )
    .needing(&[Capability::Ports]),
    Fault::datagram(
        "drop-datagram",
        "the third datagram that is sent vanishes, and no counter shows it",
        drop_datagram,
    ),
    Fault::datagram(
        "foreign-accepted",
        "an end that is connected receives datagrams of strangers",
        foreign_accepted,
    )
    .needing(&[Capability::Ports]),
    Fault::datagram(
        "largest-vanishes",
        "datagrams of more than 65,000 bytes are reported as sent and never come, and no counter shows it",
        largest_vanishes,
    ),
    Fault::datagram(
        "lost-datagram-wake-up",
        "a receive that has to wait is never woken",
        lost_datagram_wake_up,
    )
    .waited_for(),
    Fault::datagram("lost-send-wake-up", "a send that has to wait is never woken", lost_send_wake_up)
        .needing(&[Capability::BackPressure])
        .waited_for(),
    Fault::datagram("uncounted-drop", "a drop for want of room is not counted", uncounted_drop)
        .needing(&[Capability::Ports]),
    Fault::datagram(
        "unreachable-silent",
        "an end that is connected never learns that nobody is there",
        unreachable_silent,
    )
    .needing(&[Capability::Ports]),
    Fault::datagram(
        "wrong-source",
        "a datagram is said to come from another port than its sender's",
        wrong_source,
    )
    .needing(&[Capability::Ports]),
];

/// A receive into a buffer of another length than the one that waits is another receive: that one was given up.
fn cancelled_receive_loss(sound: Box<dyn World>) -> Box<dyn World> {
    let mut waiting: LiteMap<End, usize> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let Call::ReceiveFrom(buffer) = call else { return sound.poll(cx, end, call) };
        let len = buffer.len();
        if waiting.get(&end).is_some_and(|waiting| *waiting != len) {
            let taken = sound.poll(cx, end, Call::ReceiveFrom(&mut *buffer));
            if taken.is_pending() {
                return taken;
            }
        }
        waiting.remove(&end);
        let answered = sound.poll(cx, end, Call::ReceiveFrom(buffer));
        if answered.is_pending() {
            waiting.insert(end, len);
        }
        answered
    })
}

fn cross_talk_datagram(sound: Box<dyn World>) -> Box<dyn World> {
    let mut ends: BTreeSet<End> = BTreeSet::new();
    let mut sent = 0;
    around(sound, move |sound, cx, end, call| match call {
        Call::SendTo(to, bytes) => {
            let strangers = ends.iter().filter(|other| **other != to && **other != end);
            let stranger = strangers.max_by_key(|other| other.actor == to.actor).copied();
            let answered = match stranger {
                Some(stranger) if sent == 1 => sound.poll(cx, end, Call::SendTo(stranger, bytes)),
                _ => sound.poll(cx, end, Call::SendTo(to, bytes)),
            };
            if stranger.is_some() && answered.is_ready() {
                sent += 1;
            }
            answered
        }
        Call::Bind | Call::Connect(_) => {
            ends.insert(end);
            sound.poll(cx, end, call)
        }
        Call::Open => {
            ends.extend([end, end.other()]);
            sound.poll(cx, end, Call::Open)
        }
        other => sound.poll(cx, end, other),
    })
}

fn drop_datagram(sound: Box<dyn World>) -> Box<dyn World> {
    let mut sent = 0;
    on_send(sound, move |sound, cx, end, to, bytes| {
        if sent == 2 {
            sent += 1;
            return counted(bytes.len());
        }
        let answered = sound.poll(cx, end, Call::SendTo(to, bytes));
        sent += u64::from(answered.is_ready());
        answered
    })
}

/// Connecting does nothing but be remembered; the end is bound, as connecting would have bound it.
fn foreign_accepted(sound: Box<dyn World>) -> Box<dyn World> {
    let mut connected: LiteMap<End, End> = LiteMap::new();
    around(sound, move |sound, cx, end, call| match (call, connected.get(&end)) {
        (Call::Connect(to), _) => {
            let _ = sound.poll(cx, end, Call::Bind);
            connected.insert(end, to);
            done()
        }
        (Call::Name, Some(to)) => {
            let peer = match sound.poll(cx, *to, Call::Name) {
                Poll::Ready(Ok(Answer::Names { local, .. })) => Some(local),
                _ => None,
            };
            sound.poll(cx, end, Call::Name).map_ok(|answer| match answer {
                Answer::Names { local, .. } => Answer::Names { local, peer },
                other => other,
            })
        }
        (other, _) => sound.poll(cx, end, other),
    })
}

fn largest_vanishes(sound: Box<dyn World>) -> Box<dyn World> {
    on_send(sound, |sound, cx, end, to, bytes| match bytes.len() {
        65_001.. => counted(bytes.len()),
        _ => sound.poll(cx, end, Call::SendTo(to, bytes)),
    })
}

fn lost_datagram_wake_up(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        if matches!(call, Call::ReceiveFrom(_)) {
            return sound.poll(&mut Context::from_waker(Waker::noop()), end, call);
        }
        sound.poll(cx, end, call)
    })
}

fn lost_send_wake_up(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        if matches!(call, Call::SendTo(..)) {
            return sound.poll(&mut Context::from_waker(Waker::noop()), end, call);
        }
        sound.poll(cx, end, call)
    })
}

fn uncounted_drop(sound: Box<dyn World>) -> Box<dyn World> {
    on_count(sound, |_, counters| counters.drops = counters.drops.map(|_| 0))
}

/// A socket reports a refusal once, so the call that met it is simply made again.
fn unreachable_silent(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::SendTo(to, bytes) => {
            let answered = sound.poll(cx, end, Call::SendTo(to, bytes));
            if is_refusal(&answered) { counted(bytes.len()) } else { answered }
        }
        Call::ReceiveFrom(buffer) => {
            let answered = sound.poll(cx, end, Call::ReceiveFrom(&mut *buffer));
            if is_refusal(&answered) { sound.poll(cx, end, Call::ReceiveFrom(buffer)) } else { answered }
        }
        other => sound.poll(cx, end, other),
    })
}

fn is_refusal(answered: &Poll<io::Result<Answer>>) -> bool {
    matches!(answered, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused)
}

fn wrong_source(sound: Box<dyn World>) -> Box<dyn World> {
    on_receive(sound, |letter| letter.from = letter.from.take().map(elsewhere))
}
