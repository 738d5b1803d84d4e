//! What an encoder lays on the wire, the decoder beside it gives back.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, PEER, encoded, feed, finish, is_direct, layout, pieces, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "framing/round-trip",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "what is encoded comes out of the decoder, frame by frame and byte by byte",
    clause: "A10; RFC 1035 §4.2.2",
    needs: Needs { capabilities: &[Capability::Decodes, Capability::Encodes], ..Needs::DECODER },
    kills: &[
        "length-byte-swapped",
        "length-8-bits",
        "length-counts-header",
        "length-one-less",
        "length-one-more",
        "varint-one-byte",
        "varint-two-bytes",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let most = if is_direct(subject) { 140_000 } else { 70_000 };
    let sizes = sizes(layout, most);
    let falling: Vec<u64> = sizes.iter().rev().copied().collect();
    let mut experiments = Vec::new();
    for lens in [&sizes, &falling] {
        // All on the wire before the first is decoded, and one by one.
        let script = feed(encoded(Script::new(), CLIENT, lens), PEER, Cuts::None);
        experiments.push(finish(script, PEER).into());
        let script = lens
            .iter()
            .fold(Script::new(), |script, len| feed(encoded(script, CLIENT, &[*len]), PEER, Cuts::None));
        experiments.push(finish(script, PEER).into());
    }
    let small: Vec<u64> = (0..=300.min(layout.largest())).collect();
    for cuts in [pieces(1), pieces(7), Cuts::None] {
        let small = if is_direct(subject) { &small[..] } else { &small[..small.len().min(30)] };
        experiments.push(finish(feed(encoded(Script::new(), CLIENT, small), PEER, cuts), PEER).into());
    }
    // One codec encodes and decodes.
    let script = [5, 0, 1, 300, 2].iter().fold(Script::new(), |mut script, len| {
        let payload = script.payload(PEER, (*len).min(layout.largest()));
        feed(script.step(PEER, Operation::Encode(payload)), PEER, pieces(2))
    });
    experiments.push(finish(script, PEER).into());
    for _ in 0..if is_direct(subject) { 40 } else { 6 } {
        let mut script = Script::new();
        for _ in 0..draw.between(1, 9) {
            let len = draw.length(1, most) - u64::from(draw.one_in(4));
            script = encoded(script, CLIENT, &[len.min(layout.largest())]);
            if draw.one_in(2) {
                script = feed(script, PEER, draw.cuts(len.max(2), 5));
            }
        }
        experiments.push(finish(feed(script, PEER, Cuts::None), PEER).into());
    }
    experiments
}
