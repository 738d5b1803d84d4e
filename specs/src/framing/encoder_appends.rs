//! An encoder leaves alone what the buffer held before.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, PEER, encoded, feed, finish, fitting, layout, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "framing/encoder-appends",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a frame is appended to what the buffer holds already, of which nothing is lost or changed",
    clause: "A10",
    needs: Needs { capabilities: &[Capability::Encodes, Capability::DirectCalls], ..Needs::ENCODER },
    kills: &["encode-clears", "encode-overwrites"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    let shapes: [&[u64]; 9] = [
        &[5, 5],
        &[0, 0],
        &[5, 0, 5],
        &[300, 1],
        &[1, 300],
        &[1; 40],
        &[0, 9, 0, 9],
        &[9000, 3, 9000],
        &[1, 70_000, 1],
    ];
    for lens in shapes {
        let lens = fitting(layout, lens);
        experiments.push(encoded(Script::new(), CLIENT, &lens).plan().into());
        if subject.can(Capability::Decodes) {
            // What lies in the buffer behind the last frame is what a peer would be sent.
            let script = feed(encoded(Script::new(), CLIENT, &lens), PEER, Cuts::None);
            experiments.push(finish(script, PEER).into());
        }
    }
    let lens: Vec<u64> = sizes(layout, 9000).iter().flat_map(|len| [*len, 1.min(layout.largest())]).collect();
    experiments.push(encoded(Script::new(), CLIENT, &lens).plan().into());
    for _ in 0..20 {
        let lens: Vec<u64> =
            (0..draw.between(2, 40)).map(|_| draw.length(1, 5000).min(layout.largest())).collect();
        experiments.push(encoded(Script::new(), CLIENT, &lens).plan().into());
    }
    experiments
}
