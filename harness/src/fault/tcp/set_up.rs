//! Connections that are set up when they must not be, or not when they must, or are not what they seem.

use std::collections::BTreeSet;
use std::io;
use std::task::Poll;

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{around, counted, done, on_count};
use crate::plan::{Actor, End};
use crate::subject::Capability;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "accept-shares",
        "closing one accepted connection closes the next one of that listener",
        accept_shares,
    )
    .needing(&[Capability::Ports]),
    Fault::stream("connects-to-nobody", "connecting succeeds where nobody listens", connects_to_nobody)
        .needing(&[Capability::Ports]),
    Fault::stream("deaf-listener", "a listener accepts one connection and no more", deaf_listener)
        .needing(&[Capability::Ports]),
    Fault::stream("half-open", "a client that has connected is still waiting for its handshake", half_open)
        .needing(&[Capability::Ports]),
    Fault::stream(
        "write-before-connect",
        "a write on an end that is not connected is accepted",
        write_before_connect,
    )
    .needing(&[Capability::Ports]),
];

fn accept_shares(sound: Box<dyn World>) -> Box<dyn World> {
    let mut accepted: LiteMap<End, Vec<End>> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let listener = match call {
            Call::Accept(listener) => Some(listener),
            _ => None,
        };
        let closes = matches!(call, Call::ShutDown | Call::Abort | Call::Drop);
        let answered = sound.poll(cx, end, call);
        if answered.is_pending() {
            return answered;
        }
        if let Some(listener) = listener {
            accepted.entry(listener).or_default().push(end);
        }
        if closes && let Some(next) = accepted.values().find_map(|siblings| next_to(siblings, end)) {
            let _ = sound.poll(cx, next, Call::ShutDown);
        }
        answered
    })
}

/// The one behind `end` in a ring, if `end` is in it and not alone.
fn next_to(ring: &[End], end: End) -> Option<End> {
    let index = ring.iter().position(|other| *other == end)?;
    Some(ring[(index + 1) % ring.len()]).filter(|next| *next != end)
}

fn connects_to_nobody(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        let connects = matches!(call, Call::Connect(_));
        match sound.poll(cx, end, call) {
            Poll::Ready(Err(error)) if connects && error.kind() == io::ErrorKind::ConnectionRefused => done(),
            answered => answered,
        }
    })
}

fn deaf_listener(sound: Box<dyn World>) -> Box<dyn World> {
    let mut deaf = BTreeSet::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::Accept(listener) => {
            if deaf.contains(&listener) {
                return Poll::Pending;
            }
            let answered = sound.poll(cx, end, Call::Accept(listener));
            if answered.is_ready() {
                deaf.insert(listener);
            }
            answered
        }
        other => sound.poll(cx, end, other),
    })
}

/// The number of the state in which a client has asked for a connection and heard nothing yet, as Linux counts them.
const SYN_SENT: u8 = 2;

fn half_open(sound: Box<dyn World>) -> Box<dyn World> {
    on_count(sound, |end, counters| {
        if let (Actor::Client, Some(tcp)) = (end.actor, &mut counters.tcp) {
            tcp.state = SYN_SENT;
        }
    })
}

fn write_before_connect(sound: Box<dyn World>) -> Box<dyn World> {
    let mut connected = BTreeSet::new();
    around(sound, move |sound, cx, end, call| {
        match &call {
            Call::Open => connected.extend([end, end.other()]),
            Call::Connect(_) | Call::Accept(_) => connected.extend([end]),
            Call::Write(bytes) if !connected.contains(&end) => return counted(bytes.len()),
            _ => (),
        }
        sound.poll(cx, end, call)
    })
}
