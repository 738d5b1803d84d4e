//! A codec holds memory in proportion to its frames, not to what it is told or to what it has seen.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::{exact_and, within_memory};
use sockspec_harness::plan::{Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, MIB, PEER, feed, finish, fitting, frames, layout, pieces, wire_len};

pub(super) static SPEC: Spec = Spec {
    id: "framing/bounded-memory",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "no memory is taken for a length over the maximum, and never more is held than a multiple of the largest frame",
    clause: "A10",
    needs: Needs {
        capabilities: &[Capability::Decodes, Capability::DirectCalls],
        evidence: &[EvidenceKind::Allocations],
        ..Needs::DECODER
    },
    kills: &["allocates-announced", "hoards-frames"],
    experiments,
    judge: |subject, plans, traces| exact_and(subject, plans, traces, within_memory),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    for value in announcements(layout) {
        for cuts in [Cuts::None, pieces(1)] {
            let script = Script::new().step(CLIENT, Operation::Header(value)).step(PEER, Operation::Count);
            experiments.push(counted(feed(script, PEER, cuts)).into());
        }
    }
    // Many frames, far more in all than a codec may hold; and one that is as large as is cheap.
    let len = layout.largest().min(MIB / 16);
    let whole = wire_len(layout, &[len]).max(1);
    let count = (STREAM / whole).clamp(1, MOST_FRAMES);
    for piece in [4096, 60_000] {
        // The first part fills what a codec fills but once; a store that doubles has to double again in the second.
        let script = [count / 4, count - count / 4].iter().fold(Script::new(), |script, count| {
            let script = frames(script, CLIENT, &vec![len; *count as usize]);
            feed(script.step(PEER, Operation::Count), PEER, pieces(piece)).step(PEER, Operation::Count)
        });
        experiments.push(finish(script, PEER).into());
    }
    // Short ones, of which whoever keeps a little for each keeps much in the end.
    for len in fitting(layout, &[0, 16, 300]) {
        let script =
            [MOST_SHORT / 4, MOST_SHORT - MOST_SHORT / 4].iter().fold(Script::new(), |script, count| {
                let script = frames(script, CLIENT, &vec![len; *count]);
                feed(script.step(PEER, Operation::Count), PEER, pieces(SHORT_PIECE))
                    .step(PEER, Operation::Count)
            });
        experiments.push(finish(script, PEER).into());
    }
    let large = layout.largest().min(8 * MIB);
    let script = frames(Script::new(), CLIENT, &[large, large.min(3)]);
    experiments.push(counted(feed(script.step(PEER, Operation::Count), PEER, pieces(60_000))).into());
    experiments
}

/// How many bytes are decoded in all, and in how many frames at most.
const STREAM: u64 = 10 * MIB;
const MOST_FRAMES: u64 = 8000;

/// How many short frames are decoded, as many as a plan has steps for, and in pieces of how many bytes.
const MOST_SHORT: usize = 15_000;
const SHORT_PIECE: u32 = 256;

fn counted(script: Script) -> sockspec_harness::plan::Plan {
    finish(script.step(PEER, Operation::Count), PEER)
}

/// Lengths over the maximum, from the next one to the largest that the length field holds.
fn announcements(layout: &Layout) -> Vec<u64> {
    let largest = layout.value_of(layout.largest()).unwrap_or(u64::MAX);
    let most = layout.field().most();
    // Beyond what any machine has, taking it fails at once, which is another way to depart from the rule.
    let over = [1, MIB, 16 * MIB, 256 * MIB, 1 << 30, 1 << 40].map(|more| largest.saturating_add(more));
    let mut values: Vec<u64> = over.into_iter().chain([most / 2 + 1, most]).collect();
    values.retain(|value| *value > largest && *value <= most);
    values.dedup();
    values
}
