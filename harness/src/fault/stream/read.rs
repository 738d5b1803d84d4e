//! Reads that answer wrongly, by the size of the buffer, by what was asked before, or once in the middle.

use std::io;

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{around, counted, failed};
use crate::fault::flow::{Flows, on_read};
use crate::plan::End;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "boundary-sized-read",
        "a read that fills a buffer of exactly 4096 bytes loses the last byte",
        boundary_sized_read,
    ),
    Fault::stream(
        "cancelled-read-loss",
        "a read that had to wait and was abandoned for one of another size takes the bytes it would have got with it",
        cancelled_read_loss,
    ),
    Fault::stream(
        "one-byte-read",
        "a read into a buffer of exactly one byte skips a byte, once in each direction",
        one_byte_read,
    ),
    Fault::stream(
        "would-block-error",
        "the second read of an end that has to wait fails instead, as a non-blocking call would",
        would_block_error,
    ),
    Fault::stream(
        "zero-read",
        "a read behind offset 100 answers 0 though the stream goes on, once in each direction",
        zero_read,
    ),
];

fn boundary_sized_read(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.buffer.len() == 4096 && arrived.len == 4096 {
            arrived.len -= 1;
        }
    })
}

/// What completion-based input does when a read is cancelled after it was handed to the system.
fn cancelled_read_loss(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    let mut waiting: LiteMap<End, usize> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let Call::Read(buffer) = call else { return flows.poll(sound, cx, end, call) };
        let max = buffer.len();
        if let Some(taken) = waiting.remove(&end).filter(|taken| *taken != max) {
            let flow = flows.to(end);
            flow.lost = flow.read..flow.read + taken as u64;
        }
        let answered = flows.poll(sound, cx, end, Call::Read(buffer));
        if answered.is_pending() {
            waiting.insert(end, max);
        }
        answered
    })
}

fn one_byte_read(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| {
        if matches!(&call, Call::Read(buffer) if buffer.len() == 1) {
            let flow = flows.to(end);
            if flow.read > 0 && flow.strike() {
                flow.lost = flow.read..flow.read + 1;
            }
        }
        flows.poll(sound, cx, end, call)
    })
}

fn would_block_error(sound: Box<dyn World>) -> Box<dyn World> {
    let mut waits: LiteMap<End, u64> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let reads = matches!(call, Call::Read(_));
        let answered = sound.poll(cx, end, call);
        if reads && answered.is_pending() {
            let waits = waits.entry(end).or_default();
            *waits += 1;
            if *waits == 2 {
                return failed(io::ErrorKind::WouldBlock);
            }
        }
        answered
    })
}

fn zero_read(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| {
        if matches!(&call, Call::Read(buffer) if !buffer.is_empty()) {
            let flow = flows.to(end);
            if flow.read > 100 && flow.strike() {
                return counted(0);
            }
        }
        flows.poll(sound, cx, end, call)
    })
}
