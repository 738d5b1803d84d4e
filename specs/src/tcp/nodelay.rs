//! Without Nagle's algorithm a small write leaves at once, acknowledged or not what went before.
//!
//! Two small segments under way together, neither acknowledged, are the proof, and the kernel's counters show them.
//! No clock is read.

use sockspec_harness::oracle::tcp::{SmallWrites, exact_connections, small_writes};
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::{ROUNDS, small_write_rounds};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/nodelay",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "with Nagle's algorithm switched off a small write leaves at once, without waiting for an acknowledgement",
    clause: "A8; RFC 9293 §3.7.4 (MUST-17); tcp(7) TCP_NODELAY",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::ReceiveQueue, EvidenceKind::TcpInfo],
        ..super::TCP
    },
    kills: &["nagle-always"],
    experiments,
    judge,
};

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    [(End::client(0), 1), (End::peer(0), 1), (End::client(0), draw.length(2, 100))]
        .map(|(from, len)| Experiment::from(small_write_rounds(from, len, false, true)))
        .into()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let looks = small_writes(run, false);
        let held = looks.iter().filter(|look| **look == SmallWrites::Held).count();
        // One pair sent at once shows it. A write that waits is no proof against: it may wait for its pacing, or for room.
        if looks.contains(&SmallWrites::SentAtOnce) {
            Verdict::Pass
        } else if held > ROUNDS / 2 {
            Verdict::fail(
                FailureKind::Segmentation,
                "a small write to leave at once, though another is unacknowledged",
                "small writes held back in most rounds, and no two under way at once in any",
            )
        } else {
            Verdict::Inconclusive("every small write was acknowledged before the next".to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Operation};
    use sockspec_harness::trace::TcpInfo;

    use super::{ROUNDS, SPEC, small_write_rounds};
    use crate::written::{idle, said, sound};

    #[test]
    fn looks_and_what_is_said_of_them() {
        let plan = small_write_rounds(End::client(0), 1, false, true);
        let counts: Vec<usize> =
            (0..plan.steps.len()).filter(|step| plan.steps[*step].operation == Operation::Count).collect();
        let (held, at_once, unseen) = ((1, 1), (2, 0), (0, 0));
        // What each round shows before the writes have arrived, and then.
        let table = [
            ("pass", vec![(at_once, at_once); ROUNDS]),
            ("pass", vec![(held, at_once); ROUNDS]),
            ("segmentation", vec![(held, unseen); ROUNDS]),
            (
                "segmentation",
                [vec![(held, unseen); ROUNDS / 2 + 1], vec![(unseen, unseen); ROUNDS / 2 - 1]].concat(),
            ),
            ("inconclusive", [vec![(held, unseen); ROUNDS / 2], vec![(unseen, unseen); ROUNDS / 2]].concat()),
            ("inconclusive", vec![(unseen, unseen); ROUNDS]),
            ("pass", [vec![(held, unseen); ROUNDS - 1], vec![(unseen, at_once)]].concat()),
        ];
        for (expected, rounds) in table {
            let mut trace = sound(&plan);
            let looks = rounds.iter().flat_map(|(first, second)| [*first, *second]);
            for (look, (step, (unacked, bytes_not_sent))) in counts.iter().zip(looks).enumerate() {
                let bytes_acked = (ROUNDS + look / 2 * 2) as u64;
                let info = TcpInfo { unacked, bytes_not_sent, bytes_acked, ..idle() };
                trace = trace.counting(*step, Some(info));
            }
            assert_eq!(said(&SPEC, &plan, trace), expected, "{rounds:?}");
        }
    }
}
