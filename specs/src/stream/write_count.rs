//! A write has taken as many bytes as it says, no more and no fewer.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, Operation};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{MIB, one_way, queued, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "stream/write-count",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a write takes as many bytes as it says and at most what it was given; what it did not take can be written again",
    clause: "tokio AsyncWrite::poll_write (n is at most buf.len()), POSIX write (partial writes)",
    needs: Needs::STREAM,
    kills: &[
        "over-reported-write",
        "under-reported-write",
        "truncated-write",
        "impossible-write-count",
        "zero-write",
    ],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    // Each write by itself, so that a count that is wrong once is seen where it is wrong.
    let mut experiments = one_way(subject, |script, from| {
        sizes().into_iter().fold(script, |script, len| {
            let script = script.send(from, len).step(from, Operation::Flush);
            script.receive(from.other(), len, 16_384)
        })
    });
    experiments.extend(one_way(subject, |script, from| queued(script, from, [9001; 40], 65_536)));
    let lens: Vec<u64> = (0..40).map(|_| draw.length(1000, 262_144)).collect();
    experiments.extend(one_way(subject, |script, from| {
        lens.iter().fold(script, |script, len| script.send(from, *len))
    }));
    // Writes that meet full buffers are taken in part, and nobody reads before they have to wait.
    experiments.extend(one_way(subject, |script, from| script.send(from, 5 * MIB).send(from, 3)));
    experiments
}
