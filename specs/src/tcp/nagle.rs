//! With Nagle's algorithm a small write waits while others are unacknowledged.
//!
//! The kernel says so itself: bytes that are written and not sent, behind others that are sent and not acknowledged.
//! No clock is read. An acknowledgement that came early leaves nothing to see, so there are many rounds, after requests and answers
//! that have the receiver delay its acknowledgements; each round ends with an answer, which brings the acknowledgement with it.

use sockspec_harness::oracle::tcp::{SmallWrites, exact_connections, small_writes};
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::{ROUNDS, small_write_rounds};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/nagle",
    level: Level::Should,
    level_elsewhere: Level::Should,
    rule: "unless it is switched off, Nagle's algorithm holds a small write back while others are unacknowledged",
    clause: "A8; RFC 9293 §3.7.4 (SHLD-7); RFC 896",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::TcpInfo],
        ..super::TCP
    },
    kills: &["nagle-never"],
    experiments,
    judge,
};

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    [(End::client(0), 1), (End::peer(0), 1), (End::client(0), draw.length(2, 100))]
        .map(|(from, len)| Experiment::from(small_write_rounds(from, len, true, false)))
        .into()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let rounds = small_writes(run, true);
        // One write held is the algorithm at work. That one was not held proves nothing by itself: a tail-loss probe may have sent it.
        if rounds.contains(&SmallWrites::Held) {
            Verdict::Pass
        } else if rounds.iter().filter(|round| **round == SmallWrites::SentAtOnce).count() > ROUNDS / 2 {
            Verdict::fail(
                FailureKind::Segmentation,
                "a small write to be held back while another is unacknowledged",
                "small writes under way at once in most rounds, and none held back in any",
            )
        } else {
            Verdict::Inconclusive(
                "every small write was acknowledged before the next could be held".to_owned(),
            )
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
    fn rounds_and_what_is_said_of_them() {
        let plan = small_write_rounds(End::client(0), 1, true, false);
        let counts: Vec<usize> =
            (0..plan.steps.len()).filter(|step| plan.steps[*step].operation == Operation::Count).collect();
        let (held, at_once, unseen) = ((1, 1), (2, 0), (0, 0));
        let table = [
            ("pass", vec![held; ROUNDS]),
            ("segmentation", vec![at_once; ROUNDS]),
            ("segmentation", [vec![at_once; ROUNDS / 2 + 1], vec![unseen; ROUNDS / 2 - 1]].concat()),
            ("inconclusive", [vec![at_once; ROUNDS / 2], vec![unseen; ROUNDS / 2]].concat()),
            ("inconclusive", vec![unseen; ROUNDS]),
            ("pass", [vec![at_once; ROUNDS - 1], vec![held]].concat()),
        ];
        for (expected, rounds) in table {
            let mut trace = sound(&plan);
            for (round, (step, (unacked, bytes_not_sent))) in counts.iter().zip(&rounds).enumerate() {
                let bytes_acked = (ROUNDS + 2 * round) as u64;
                let info =
                    TcpInfo { unacked: *unacked, bytes_not_sent: *bytes_not_sent, bytes_acked, ..idle() };
                trace = trace.counting(*step, Some(info));
            }
            assert_eq!(said(&SPEC, &plan, trace), expected, "{rounds:?}");
        }
    }
}
