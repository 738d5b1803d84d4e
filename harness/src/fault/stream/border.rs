//! Bytes that are lost or change places where one write ends and the next begins: what code does that takes a write for a message.

use crate::fault::Fault;
use crate::fault::flow::on_read;
use crate::system::World;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "merge-loss",
        "where one read spans two writes, the first byte of the second is lost",
        merge_loss,
    ),
    Fault::stream(
        "merged-out-of-order",
        "where one read spans two writes, what lies behind the border comes first",
        merged_out_of_order,
    ),
    Fault::stream(
        "message-reads",
        "a read too short for what one write sent throws the rest of that write away",
        message_reads,
    ),
];

fn merge_loss(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if let Some(border) = arrived.border() {
            arrived.remove(border..border + 1);
        }
    })
}

fn merged_out_of_order(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if let Some(border) = arrived.border() {
            arrived.bytes().rotate_left(border);
        }
    })
}

fn message_reads(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.len == arrived.buffer.len() {
            let read = arrived.flow.read;
            arrived.flow.lost = read..read + arrived.left_of_write();
        }
    })
}
