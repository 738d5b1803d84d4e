//! Where writes begin and end is not to be seen by the reader.

use sockspec_harness::oracle::stream::exact_and;
use sockspec_harness::plan::{Cuts, Draw, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{EvidenceKind, Subject};
use sockspec_harness::trace::{Segmentation, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{every_mixture, every_way, in_turns, joined, one_way, queued};

pub(super) static SPEC: Spec = Spec {
    id: "stream/no-boundaries",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "many writes may come in one read and one write in many reads, and every way gives the same bytes",
    clause: "A8; RFC 9293 §3.9.1.2 (a push is no record mark), POSIX recv (boundaries are ignored)",
    needs: Needs::STREAM,
    kills: &["message-reads", "merge-loss", "merged-out-of-order"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    for joined in [false, true] {
        experiments.extend(one_way(subject, |mut script, from| {
            for len in 1..=8 {
                script = every_way(len, joined)
                    .fold(script, |script, cuts| script.cut(from, len, cuts, Vec::new()));
            }
            script
        }));
    }
    experiments.extend(in_turns(subject, |script, from| {
        every_mixture(5).fold(script, |script, cuts| script.cut(from, 5, cuts, Vec::new()))
    }));
    // Every way to write six bytes, read a few at a time.
    experiments.extend(in_turns(subject, |mut script, from| {
        for reads in [vec![1], vec![2], vec![3, 1]] {
            script =
                every_way(6, false).fold(script, |script, cuts| script.cut(from, 6, cuts, reads.clone()));
        }
        script
    }));
    // One write read byte by byte, many writes read at once, and both byte by byte.
    experiments.extend(in_turns(subject, |script, from| {
        let every = Cuts::Every { len: 1, joined: false };
        let script = queued(script.cut(from, 200, Cuts::None, vec![1]), from, [1; 200], 1);
        script.cut(from, 200, every.clone(), vec![1]).cut(from, 200, every, Vec::new())
    }));
    // As many writes in one read as a fresh connection of TCP carries before it waits for an acknowledgement.
    experiments.extend(one_way(subject, |script, from| script.cut(from, 30, joined(1), Vec::new())));
    experiments
}

/// All ways must give the same bytes; that the cuts and joins were had is required of the kernel's own streams only.
fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let must_be_had = subject.is_kernel && subject.shows(EvidenceKind::ReceiveQueue);
    exact_and(plans, traces, |run| {
        let Segmentation { requested, achieved } = run.trace.segmentation;
        let is_had = achieved.cut >= requested.cut && achieved.joined >= requested.joined;
        if !must_be_had || is_had || !run.is_complete() {
            return Verdict::Pass;
        }
        Verdict::fail(
            FailureKind::Segmentation,
            format!("{} places cut and {} joined", requested.cut, requested.joined),
            format!("{} places cut and {} joined", achieved.cut, achieved.joined),
        )
    })
}
