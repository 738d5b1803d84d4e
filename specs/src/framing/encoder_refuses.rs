//! An encoder refuses what its prefix cannot hold.

use sockspec_harness::layout::Refusal;
use sockspec_harness::oracle::framing::{emits_nothing_refused, exact_and, refuses};
use sockspec_harness::plan::{Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::{Level, Verdict};

use super::plans::{CLIENT, MIB, encoded, is_direct, layout};

pub(super) static SPEC: Spec = Spec {
    id: "framing/encoder-refuses",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a payload whose length the prefix cannot hold is refused, and of no payload that is refused anything is emitted",
    clause: "A10",
    needs: Needs { lacks, ..Needs::ENCODER },
    kills: &["encode-wraps", "encode-header-though-refused"],
    experiments,
    judge: |subject, plans, traces| {
        exact_and(subject, plans, traces, |layout, run| match emits_nothing_refused(run) {
            Verdict::Pass => refuses(layout, run, Refusal::OverField),
            other => other,
        })
    },
};

fn lacks(subject: &Subject) -> Option<String> {
    let most = layout(subject).announceable();
    too_long(subject)
        .is_empty()
        .then(|| format!("its prefix holds lengths up to {most}, too many bytes for a payload to exceed"))
}

/// Lengths that are to be refused, or over the maximum may be.
fn too_long(subject: &Subject) -> Vec<u64> {
    let layout = layout(subject);
    let cheap = if is_direct(subject) { 17 * MIB } else { MIB };
    let most = layout.announceable();
    let mut over = Vec::new();
    if most <= cheap {
        over.extend([most + 1, most + 2, most + 10, most * 2, most * 2 + 2]);
    }
    // Over the maximum it may be taken, and then its frame is owed; or it is refused, and then nothing of it is.
    let largest = layout.largest();
    if largest < most.min(cheap) {
        over.extend([largest + 1, (largest * 2 + 1).min(most)]);
    }
    over
}

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let over = too_long(subject);
    // A payload of many megabytes is tried once.
    let over = if over.first().is_some_and(|len| *len > MIB) { &over[..1] } else { &over[..] };
    let mut experiments: Vec<Experiment> = Vec::new();
    for len in over {
        // First of all, and between others that have to come out whole.
        experiments.push(encoded(Script::new(), CLIENT, &[*len]).plan().into());
        let around = [3, 0].map(|len: u64| len.min(layout.largest()));
        experiments
            .push(encoded(Script::new(), CLIENT, &[around[0], *len, around[0], around[1]]).plan().into());
    }
    experiments
}
