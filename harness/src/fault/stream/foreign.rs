//! Code that the harness must survive: it panics, does not return, or takes memory without end.

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{around, on_write, spin_for_good};
use crate::plan::End;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream(
        "hoards-memory",
        "each write keeps memory ten thousand times as large as itself",
        hoards_memory,
    ),
    Fault::stream("panics", "the fourth read of an end panics", |sound| {
        on_fourth_read(sound, || panic!("the fourth read panics"))
    }),
    Fault::stream("spins", "the fourth read of an end never returns", |sound| {
        on_fourth_read(sound, || spin_for_good())
    }),
];

/// The most bytes that are kept: more than any budget, and addresses only, since nothing is written to them.
const KEPT_MAX: usize = 1 << 31;

fn hoards_memory(sound: Box<dyn World>) -> Box<dyn World> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut total = 0;
    on_write(sound, move |sound, cx, end, bytes| {
        let len = bytes.len().saturating_mul(10_000);
        let mut hoard = Vec::new();
        // A machine that refuses the memory has shown enough.
        if len <= KEPT_MAX - total && hoard.try_reserve_exact(len).is_ok() {
            total += len;
            kept.push(hoard);
        }
        sound.poll(cx, end, Call::Write(bytes))
    })
}

fn on_fourth_read(sound: Box<dyn World>, strike: fn()) -> Box<dyn World> {
    let mut reads: LiteMap<End, u64> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        if matches!(call, Call::Read(_)) {
            let reads = reads.entry(end).or_default();
            *reads += 1;
            if *reads == 4 {
                strike();
            }
        }
        sound.poll(cx, end, call)
    })
}
