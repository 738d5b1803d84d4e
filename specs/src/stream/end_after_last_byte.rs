//! The end comes behind the last byte, and only once the sender has shut down.

use sockspec_harness::oracle::stream::{Run, exact_and};
use sockspec_harness::plan::{Draw, End, Operation, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::Outcome;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{ENDS, READS, one_way, other_finished};

pub(super) static SPEC: Spec = Spec {
    id: "stream/end-after-last-byte",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after a shutdown the reader gets every byte, then the end and no byte more; before it, never the end",
    clause: "RFC 9293 §3.6, POSIX recv (0 after an orderly shutdown)",
    needs: Needs { guarantees: &[Guarantee::SignalsEnd], ..Needs::STREAM },
    kills: &[
        "early-end",
        "missing-end",
        "end-as-error",
        "end-as-reset",
        "zero-read",
        "lost-tail-at-shutdown",
    ],
    experiments,
    judge: |_, plans, traces| exact_and(plans, traces, |run| read_to_end(run).unwrap_or(Verdict::Pass)),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    // Everything was read before the end: it comes alone. With nothing sent at all it comes first.
    for len in [0, 1, 2, 1000, 4096, 65_536] {
        experiments.extend(one_way(subject, |script, from| {
            let script = if len > 0 { script.transfer(from, len) } else { script };
            idle(script, from)
        }));
    }
    // Nothing was read before the end: it stands behind bytes that wait, no read may jump over them, and none come behind it.
    for len in [1, 2, 3, 100, 1460, 4096, 16_385, 50_000, 200_000] {
        for max in [len as u32, len as u32 + 1, 65_536, (len / 50) as u32 + 1] {
            experiments.extend(ENDS.map(|from| {
                let script = Script::open().send(from, len).shut_down(from);
                let script = idle(script.receive(from.other(), u64::MAX, max), from);
                other_finished(subject, script, from).into()
            }));
        }
    }
    // Long before the end there is none, however the bytes are read.
    experiments.extend(one_way(subject, |script, from| {
        READS.into_iter().fold(script, |script, size| {
            let script = script.cut(from, u64::from(size) * 2, Default::default(), vec![size]);
            idle(script, from)
        })
    }));
    experiments
}

/// Polls the receiver, which has nothing to get.
fn idle(script: Script, from: End) -> Script {
    [1, 4096]
        .into_iter()
        .fold(script, |script, max| script.step(from.other(), Operation::PollReceive { max }))
}

/// A read to the end that was done without having seen it.
fn read_to_end(run: &Run<'_>) -> Option<Verdict> {
    let reads_on = |operation: &Operation| matches!(operation, Operation::Receive { len: u64::MAX, .. });
    let unread = run.plan.steps.iter().enumerate().find(|(step, planned)| {
        run.is_complete()
            && reads_on(&planned.operation)
            && run.shuts_down(planned.end.other(), *step)
            && !run.is_torn(planned.end, *step)
            && run.seen_of(*step).last().is_none_or(|seen| matches!(seen.outcome, Outcome::Delivered(_)))
    });
    unread.map(|(_, planned)| {
        let sender = planned.end.other();
        Verdict::fail(
            FailureKind::MissingEnd,
            format!("the end at {}, since {sender} has shut down", planned.end),
            "no end".to_owned(),
        )
    })
}
