//! Bytes that depend on whose they are: on another connection, on the other direction, on who sends.

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{around, joined};
use crate::fault::flow::{Arrived, Flows, on_read};
use crate::plan::{Actor, End};
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "cross-talk",
        "a piece of one connection's bytes comes out on another, once in each direction",
        cross_talk,
    ),
    Fault::stream(
        "echoed-direction",
        "a piece of what an end sent comes back to it in place of what its peer sent, once at each end",
        echoed_direction,
    ),
    Fault::stream(
        "peer-direction-only",
        "one bit of the byte at offset 50 is flipped, only in what the peer sends",
        peer_direction_only,
    ),
    Fault::stream(
        "second-connection",
        "one bit of the byte at offset 50 is flipped, only on connections behind the first",
        second_connection,
    ),
];

/// Pieces from here on, in bytes, are long enough to tell whose they are.
const SHORTEST_PIECE: usize = 8;

/// The longest piece in bytes that goes astray.
const LONGEST_PIECE: usize = 64;

fn cross_talk(sound: Box<dyn World>) -> Box<dyn World> {
    let mut last: Option<(u16, Vec<u8>)> = None;
    on_read(sound, move |arrived| {
        let connection = arrived.end.connection;
        let own = arrived.buffer[..arrived.len.min(LONGEST_PIECE)].to_vec();
        match &last {
            Some((other, stray)) if *other != connection => replace_once(arrived, stray),
            _ => (),
        }
        last = Some((connection, own));
    })
}

fn echoed_direction(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    let mut sent: LiteMap<End, Vec<u8>> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let bytes = match &call {
            Call::Write(bytes) => bytes[..bytes.len().min(LONGEST_PIECE)].to_vec(),
            Call::WriteVectored(slices) => joined(slices),
            _ => Vec::new(),
        };
        if bytes.len() >= SHORTEST_PIECE {
            sent.insert(end, bytes);
        }
        flows.poll_editing(sound, cx, end, call, &mut |arrived| {
            if let Some(stray) = sent.get(&end) {
                replace_once(arrived, stray);
            }
        })
    })
}

fn peer_direction_only(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.end.actor == Actor::Client {
            arrived.flip_at(50);
        }
    })
}

fn second_connection(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.end.connection > 0 {
            arrived.flip_at(50);
        }
    })
}

/// Puts a stray piece in the place of bytes that came.
fn replace_once(arrived: &mut Arrived<'_>, stray: &[u8]) {
    let len = arrived.len.min(stray.len());
    if len >= SHORTEST_PIECE && arrived.flow.strike() {
        arrived.bytes()[..len].copy_from_slice(&stray[..len]);
    }
}
