//! An encoder refuses what every decoder of its kind would refuse.

use sockspec_harness::layout::Refusal;
use sockspec_harness::oracle::framing::{exact_and, refuses};
use sockspec_harness::plan::{Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, MIB, encoded, lacks_refusable, layout};

pub(super) static SPEC: Spec = Spec {
    id: "framing/encoder-maximum",
    level: Level::Should,
    level_elsewhere: Level::Should,
    rule: "a payload longer than the configured maximum is refused, and nothing of it is emitted",
    clause: "A10",
    needs: Needs { lacks: |subject| lacks_refusable(subject, 16 * MIB), ..Needs::ENCODER },
    kills: &["encode-over-limit"],
    experiments,
    judge: |subject, plans, traces| {
        exact_and(subject, plans, traces, |layout, run| refuses(layout, run, Refusal::OverMaximum))
    },
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let most = layout.largest();
    let over = [most + 1, most + 2, most + 100, most * 2].map(|len| len.min(layout.announceable()));
    let over = if most > MIB { &over[..1] } else { &over[..] };
    let mut experiments: Vec<Experiment> = Vec::new();
    for len in over {
        experiments.push(encoded(Script::new(), CLIENT, &[*len]).plan().into());
        experiments.push(encoded(Script::new(), CLIENT, &[3.min(most), *len, 3.min(most), 0]).plan().into());
    }
    experiments
}
