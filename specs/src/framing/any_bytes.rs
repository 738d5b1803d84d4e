//! Whatever bytes arrive, a decoder gets through them.

use sockspec_harness::layout::{Layout, Rest};
use sockspec_harness::oracle::framing::survives;
use sockspec_harness::plan::{Draw, Operation, Payload, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, MIB, PEER, feed, finish, is_direct, layout};

pub(super) static SPEC: Spec = Spec {
    id: "framing/any-bytes",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "any bytes at all are decoded, refused or waited for: no panic, no hang, no frames without end",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &[
        "panics-at-cut-end",
        "panics-on-oversized",
        "spins-decoder",
        "panics-on-cut-header",
        "panics-on-empty-frame",
    ],
    experiments,
    judge: |_, plans, traces| survives(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    let plain = (0..=255u8).flat_map(|byte| [vec![byte], vec![byte; 3], vec![byte; 40]]);
    let plain = plain.step_by(if is_direct(subject) { 1 } else { 37 });
    for bytes in plain {
        experiments.extend(fed(layout, bytes, draw).map(Experiment::from));
    }
    for _ in 0..if is_direct(subject) { 600 } else { 30 } {
        let bytes = garbage(layout, draw);
        experiments.extend(fed(layout, bytes, draw).map(Experiment::from));
    }
    experiments
}

/// A codec may reserve what is announced and allowed; more than this is not announced without being sent.
const RESERVED: u64 = 8 * MIB;

/// The bytes, cut at random and then ended; nothing if they announce, rightly, more than any machine should reserve.
fn fed(layout: &Layout, bytes: Vec<u8>, draw: &mut Draw) -> Option<Plan> {
    let parsed = layout.parse(&bytes);
    let rest = parsed.frames.last().map_or(0, |frame| frame.whole.end);
    let announced = layout.announced(&bytes[rest..]).unwrap_or(0);
    if parsed.rest == Rest::Payload && announced > RESERVED {
        return None;
    }
    let cuts = draw.cuts(bytes.len() as u64, 6);
    let script = Script::new().step(CLIENT, Operation::Raw(Payload::Literal(bytes)));
    Some(finish(feed(script, PEER, cuts), PEER))
}

/// Frames, headers that lie, parts of either and random bytes, one behind the other.
fn garbage(layout: &Layout, draw: &mut Draw) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..draw.between(1, 6) {
        let len = draw.length(1, 64);
        let noise: Vec<u8> = (0..len).map(|_| draw.between(0, 255) as u8).collect();
        match draw.between(0, 5) {
            0 => bytes.extend(noise),
            1 => {
                let value = draw.between(0, u64::MAX) >> draw.between(0, 63);
                bytes.extend(layout.header_of_value(value.min(layout.field().most())).unwrap_or_default());
            }
            2 => {
                let digits: Vec<u8> =
                    noise.iter().map(|byte| b"0123456789:,"[usize::from(byte % 12)]).collect();
                bytes.extend(digits);
            }
            3 => bytes.extend(noise.iter().map(|byte| byte | 0x80)),
            4 => bytes.extend(vec![*draw.pick(&[0u8, 0xFF, 0x80, b'9', b':']); noise.len()]),
            _ => {
                let payload = &noise[..noise.len().min(layout.largest() as usize)];
                bytes.extend(layout.encode(payload).unwrap_or_default());
            }
        }
    }
    bytes
}
