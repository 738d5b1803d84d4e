//! Encoding and decoding do not get in each other's way.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Payload, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, MIB, PEER, feed, finish, frames, is_direct, layout, wire_len};

pub(super) static SPEC: Spec = Spec {
    id: "framing/full-duplex",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a codec that encodes while it is in the middle of a frame decodes that frame whole, and encodes its own whole",
    clause: "A7, A10; RFC 9293 §2.2",
    needs: Needs { capabilities: &[Capability::Decodes, Capability::Encodes], ..Needs::DECODER },
    kills: &["encode-resets-decoder"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    for len in [0, 1, 5, 100, 300, 60_000] {
        let own = wire_len(layout, &[len]);
        if own <= layout.largest() {
            experiments.push(nested(layout, len).into());
        }
    }
    // Frames larger than a socket's buffers, both ways on one connection.
    let large = layout.largest().min(if is_direct(subject) { MIB / 4 } else { 2 * MIB });
    let own = wire_len(layout, &[large]);
    let most = layout.largest();
    if own <= most || most > 70_000 {
        let len = large.min(most.saturating_sub(16));
        experiments.push(nested(layout, len).into());
    }
    // Frame for frame, as a server that echoes.
    let script = [3, 0, 200, 1, 7].iter().fold(Script::new(), |script, len| {
        let len = (*len).min(most);
        let mut script = feed(frames(script, CLIENT, &[len]), PEER, super::plans::pieces(2));
        let payload = script.payload(PEER, len);
        feed(script.step(PEER, Operation::Encode(payload)), PEER, Cuts::None)
    });
    experiments.push(finish(script, PEER).into());
    experiments
}

/// A header of a frame is fed; then the same codec encodes a frame, and what it emits is that frame's payload.
fn nested(layout: &Layout, len: u64) -> Plan {
    let outer = layout.header(wire_len(layout, &[len])).unwrap_or_default();
    let (first, second) = outer.split_at(outer.len() / 2);
    let raw = |script: Script, bytes: &[u8]| {
        feed(script.step(CLIENT, Operation::Raw(Payload::Literal(bytes.to_vec()))), PEER, Cuts::None)
    };
    let mut script = raw(raw(Script::new(), first), second);
    let payload = script.payload(PEER, len);
    let script = feed(script.step(PEER, Operation::Encode(payload)), PEER, Cuts::None);
    let script = raw(script, layout.trailer());
    finish(feed(frames(script, CLIENT, &[3.min(layout.largest())]), PEER, Cuts::None), PEER)
}
