//! Breaks that wait: for many operations, for mebibytes, for the wrap of the sequence numbers.

use crate::fault::Fault;
use crate::fault::flow::on_read;
use crate::system::World;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "late-corruption",
        "one bit is flipped in what is read first after the 300th write into a direction",
        late_corruption,
    ),
    Fault::stream(
        "late-megabyte",
        "one bit of the first byte behind the third MiB of each direction is flipped",
        late_megabyte,
    ),
    Fault::stream(
        "wrap-corruption",
        "one bit of the first byte behind 2^32 bytes of each direction is flipped",
        wrap_corruption,
    ),
];

fn late_corruption(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| {
        if arrived.flow.writes > 300 && arrived.flow.strike() {
            arrived.flip_at(arrived.start);
        }
    })
}

fn late_megabyte(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| arrived.flip_at(3 << 20))
}

fn wrap_corruption(sound: Box<dyn World>) -> Box<dyn World> {
    on_read(sound, |arrived| arrived.flip_at(1 << 32))
}
