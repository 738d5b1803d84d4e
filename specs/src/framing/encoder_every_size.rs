//! Payloads of every size are encoded alike.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, encoded, is_direct, layout, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "framing/encoder-every-size",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a payload of any size up to the maximum is encoded, the hundredth as the first",
    clause: "A10",
    needs: Needs::ENCODER,
    kills: &["encode-length-8-bits", "encode-length-16-bits", "encode-refuses-largest", "encode-after-100"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let is_direct = is_direct(subject);
    let every: Vec<u64> = (0..=if is_direct { 1100 } else { 130 }.min(layout.largest())).collect();
    let sizes = sizes(layout, if is_direct { 300_000 } else { 70_000 });
    let falling: Vec<u64> = sizes.iter().rev().copied().collect();
    let many = vec![3.min(layout.largest()); if is_direct { 3000 } else { 300 }];
    let mut experiments: Vec<Experiment> = Vec::new();
    for lens in [&every, &sizes, &falling, &many] {
        experiments.push(encoded(Script::new(), CLIENT, lens).plan().into());
    }
    for _ in 0..if is_direct { 10 } else { 1 } {
        let lens: Vec<u64> = (0..40).map(|_| draw.length(1, 100_000).min(layout.largest())).collect();
        experiments.push(encoded(Script::new(), CLIENT, &lens).plan().into());
    }
    experiments
}
