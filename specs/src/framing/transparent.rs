//! Whatever a payload holds, it is payload.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, PEER, disguises, feed, finish, is_direct, layout, pieces};

pub(super) static SPEC: Spec = Spec {
    id: "framing/transparent",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a payload may hold any bytes, be they like a header, a whole frame or a delimiter",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &[
        "lossy-text",
        "nested-frame-unwrapped",
        "newline-stripped",
        "nul-ends-payload",
        "unescapes-payload",
        "panics-on-byte",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let payloads = disguises(layout);
    let lay = |script: Script, payload: &Payload| script.step(CLIENT, Operation::Frame(payload.clone()));
    let mut experiments: Vec<Experiment> = Vec::new();
    for payload in &payloads {
        experiments.push(finish(feed(lay(Script::new(), payload), PEER, Cuts::None), PEER).into());
        if is_direct(subject) || payload.len() < 40 {
            // A plain frame behind it shows what was taken for something else.
            let script =
                lay(lay(Script::new(), payload), &Payload::Literal(vec![b'x'; tail(layout.largest())]));
            experiments.push(finish(feed(script, PEER, pieces(1)), PEER).into());
        }
    }
    let all = |script| payloads.iter().fold(script, lay);
    for cuts in [Cuts::None, pieces(3), pieces(64)] {
        experiments.push(finish(feed(all(Script::new()), PEER, cuts), PEER).into());
    }
    if subject.can(Capability::Encodes) {
        let encode =
            |script: Script, payload: &Payload| script.step(CLIENT, Operation::Encode(payload.clone()));
        let script = payloads.iter().fold(Script::new(), encode);
        experiments.push(finish(feed(script, PEER, Cuts::None), PEER).into());
    }
    // Every byte alone, and every pair of neighbours.
    if layout.largest() > 0 {
        let single =
            |script: Script, byte: u8| script.step(CLIENT, Operation::Frame(Payload::Literal(vec![byte])));
        experiments.push(finish(feed((0..=255).fold(Script::new(), single), PEER, Cuts::None), PEER).into());
    }
    for _ in 0..if is_direct(subject) { 60 } else { 5 } {
        let alphabet =
            *draw.pick(&[&b"\r\n"[..], b"0123456789:,", b"\x00\x01", b"\xFF\x80\x00", b"\\\"'%&;"]);
        let len = draw.length(1, 300).min(layout.largest());
        let bytes = (0..len).map(|_| *draw.pick(alphabet)).collect();
        let script = lay(Script::new(), &Payload::Literal(bytes));
        experiments.push(finish(feed(script, PEER, draw.cuts(len.max(2), 5)), PEER).into());
    }
    experiments
}

fn tail(largest: u64) -> usize {
    largest.min(2) as usize
}
