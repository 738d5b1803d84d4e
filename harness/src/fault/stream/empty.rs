//! Reads into nothing and writes of nothing that change something.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::fault::around::{around, counted};
use crate::fault::flow::Flows;
use crate::subject::Capability;
use crate::system::{Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream("empty-read-consumes", "a read into an empty buffer loses a byte", empty_read_consumes)
        .needing(&[Capability::EmptyRead]),
    Fault::stream(
        "empty-read-ends",
        "the read after one into an empty buffer says that the stream has ended",
        empty_read_ends,
    )
    .needing(&[Capability::EmptyRead]),
    Fault::stream("empty-write-ends", "a write of nothing ends the direction", empty_write_ends),
];

fn empty_read_consumes(sound: Box<dyn World>) -> Box<dyn World> {
    let mut flows = Flows::default();
    around(sound, move |sound, cx, end, call| {
        if matches!(&call, Call::Read(buffer) if buffer.is_empty()) {
            let flow = flows.to(end);
            flow.lost = flow.read..flow.read + 1;
        }
        flows.poll(sound, cx, end, call)
    })
}

fn empty_read_ends(sound: Box<dyn World>) -> Box<dyn World> {
    let mut ending = BTreeSet::new();
    around(sound, move |sound, cx, end, call| match call {
        Call::Read(buffer) if buffer.is_empty() => {
            ending.insert(end);
            sound.poll(cx, end, Call::Read(buffer))
        }
        Call::Read(_) if ending.remove(&end) => counted(0),
        other => sound.poll(cx, end, other),
    })
}

fn empty_write_ends(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        Call::Write([]) => sound.poll(cx, end, Call::ShutDown).map_ok(|_| Answer::Count(0)),
        other => sound.poll(cx, end, other),
    })
}
