//! Bytes that come otherwise than they were sent, somewhere early in a direction, however they were cut.

use crate::fault::Fault;
use crate::fault::around::around;
use crate::fault::flow::{Flows, on_read};
use crate::system::World;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "drop-byte",
        "the byte at offset 333 of each direction never comes, though it was counted",
        drop_byte,
    ),
    Fault::stream("flip-bit", "one bit of the byte at offset 500 of each direction is flipped", flip_bit),
    Fault::stream(
        "repeat-bytes",
        "the last four bytes of a read of 16 or more come twice, once in each direction",
        repeat_bytes,
    ),
    Fault::stream(
        "stale-tail",
        "a short read of 16 bytes or more claims four that did not come, once in each direction",
        stale_tail,
    ),
    Fault::stream(
        "swap-bytes",
        "two neighbouring bytes behind offset 100 change places, once in each direction",
        swap_bytes,
    ),
];

fn drop_byte(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| {
        flows.to(end).lost = 333..334;
        flows.poll(sound, cx, end, call)
    })
}

fn flip_bit(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| arrived.flip_at(500))
}

fn repeat_bytes(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        let len = arrived.len;
        if len >= 16 && len + 4 <= arrived.buffer.len() && arrived.flow.strike() {
            arrived.buffer.copy_within(len - 4..len, len);
            arrived.len += 4;
        }
    })
}

fn stale_tail(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.len >= 16 && arrived.len + 4 <= arrived.buffer.len() && arrived.flow.strike() {
            arrived.len += 4;
        }
    })
}

fn swap_bytes(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.start < 100 {
            return;
        }
        // Two equal neighbours would change places unseen.
        let unlike = arrived.bytes().windows(2).position(|pair| pair[0] != pair[1]);
        if let Some(first) = unlike
            && arrived.flow.strike()
        {
            arrived.bytes().swap(first, first + 1);
        }
    })
}
