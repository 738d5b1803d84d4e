//! The bytes on the wire are exactly those of the layout.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, MIB, disguises, encoded, is_direct, layout};

pub(super) static SPEC: Spec = Spec {
    id: "framing/encoder-layout",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "what is emitted for a payload is exactly the frame that the layout says, to the byte",
    clause: "A10; Python struct, byte order, size and alignment",
    needs: Needs::ENCODER,
    kills: &[
        "encode-swapped",
        "encode-adds-byte",
        "encode-counts-header",
        "encode-splits",
        "encode-swallows-empty",
        "mutual-counts-header",
        "mutual-narrow",
        "mutual-swapped",
        "spins-encoder",
    ],
    experiments,
    judge: exact,
};

/// One length for each number of bytes that a length field needs, each with another value in every byte.
const LENS: [u64; 13] = [0, 1, 3, 0x7F, 0x80, 0xC3, 0xFF, 0x100, 0x1234, 0x3FFF, 0x4000, 0xFEDC, 0x01_2345];

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let largest = layout.largest().min(if is_direct(subject) { 16 * MIB } else { MIB });
    let mut experiments: Vec<Experiment> = Vec::new();
    // A fresh encoder for each length, so that each is once the first.
    for len in LENS.into_iter().chain([largest]).filter(|len| *len <= layout.largest()) {
        experiments.push(encoded(Script::new(), CLIENT, &[len]).plan().into());
    }
    // Three bytes of length where the layout has them, and what payloads hold.
    if largest >= 0x12_3456 && is_direct(subject) {
        experiments.push(encoded(Script::new(), CLIENT, &[0x12_3456]).plan().into());
    }
    let encode = |script: Script, payload| script.step(CLIENT, Operation::Encode(payload));
    experiments.push(disguises(layout).into_iter().fold(Script::new(), encode).plan().into());
    experiments
}
