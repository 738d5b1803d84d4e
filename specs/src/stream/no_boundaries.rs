//! Where writes begin and end is not to be seen by the reader.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Segmentation, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{every_mixture, every_way, in_turns, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/no-boundaries",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "many writes may come in one read and one write in many reads, and every way gives the same bytes",
    clause: "A8; RFC 9293 §3.9.1.2 (a push is no record mark), POSIX recv (boundaries are ignored)",
    needs: Needs::STREAM,
    kills: &["message-reads", "merge-loss"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    for joined in [false, true] {
        experiments.extend(one_way(subject, |mut script, from| {
            for len in 1..=8 {
                script = every_way(len, joined).fold(script, |script, cuts| script.cut(from, len, cuts, Vec::new()));
            }
            script
        }));
    }
    experiments.extend(in_turns(subject, |script, from| {
        every_mixture(5).fold(script, |script, cuts| script.cut(from, 5, cuts, vec![3, 4]))
    }));
    // One write read byte by byte, many writes read at once, and both byte by byte.
    experiments.extend(in_turns(subject, |script, from| {
        let every = |joined| Cuts::Every { len: 1, joined };
        let script = script.cut(from, 300, Cuts::None, vec![1]).cut(from, 300, every(true), Vec::new());
        script.cut(from, 300, every(false), vec![1]).cut(from, 300, every(true), vec![1])
    }));
    experiments
}

/// All ways must give the same bytes; that the cuts and joins were had is required of the kernel's own streams only.
fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let verdict = exact(plans, traces);
    let complete = traces.iter().all(|trace| trace.stopped.is_none());
    if verdict != Verdict::Pass || !subject.is_kernel || !complete {
        return verdict;
    }
    let mut seen = Segmentation::default();
    traces.iter().for_each(|trace| seen += trace.segmentation);
    let Segmentation { requested, achieved } = seen;
    if achieved.cut < requested.cut || achieved.joined < requested.joined {
        return Verdict::fail(
            FailureKind::Segmentation,
            format!("{} places cut and {} joined", requested.cut, requested.joined),
            format!("{} places cut and {} joined", achieved.cut, achieved.joined),
        );
    }
    Verdict::Pass
}
