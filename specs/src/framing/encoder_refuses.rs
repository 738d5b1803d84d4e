//! An encoder refuses what its prefix cannot hold.

use std::collections::BTreeSet;

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
    kills: &[
        "encode-wraps",
        "encode-header-though-refused",
        "encode-panics-on-oversized",
        "encode-refused-later",
    ],
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
    over(subject)
        .is_empty()
        .then(|| format!("its prefix holds lengths up to {most}, too many bytes for a payload to exceed"))
}

/// Lengths that are refused, or may be: over what the prefix holds, and over the maximum, where whoever takes a payload owes its frame.
fn over(subject: &Subject) -> Vec<u64> {
    let layout = layout(subject);
    let (largest, most) = (layout.largest(), layout.announceable());
    let mut over = Vec::new();
    if largest < most {
        over.extend([largest.saturating_add(1), largest.saturating_mul(2).saturating_add(1).min(most)]);
    }
    over.extend([1, 2, 10].map(|more| most.saturating_add(more)));
    over.extend([0, 2].map(|more| most.saturating_mul(2).saturating_add(more)));
    let affordable = if is_direct(subject) { 17 * MIB } else { MIB };
    over.retain(|len| *len > largest && *len <= affordable);
    // Of payloads of many megabytes the first over the maximum and the first over what the prefix holds are tried.
    let mut sorts = BTreeSet::new();
    over.retain(|len| *len <= MIB || sorts.insert(*len > most));
    over
}

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    for len in over(subject) {
        // First of all, and between others that have to come out whole.
        experiments.push(encoded(Script::new(), CLIENT, &[len]).plan().into());
        let around = [3, 0].map(|len: u64| len.min(layout.largest()));
        experiments
            .push(encoded(Script::new(), CLIENT, &[around[0], len, around[0], around[1]]).plan().into());
    }
    experiments
}
