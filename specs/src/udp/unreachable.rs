//! A connected end is told, once, that nobody is there; one that is not connected is told nothing.

use std::io::ErrorKind;

use sockspec_harness::oracle::datagram::judge as judge_in_general;
use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::{UDP, bound};

pub(super) static SPEC: Spec = Spec {
    id: "udp/unreachable",
    level: Level::Must,
    level_elsewhere: Level::Should,
    rule: "a connected end that sent where nobody is bound is told so once, by its next call; an unconnected end is told nothing",
    clause: "A3; RFC 1122 §4.1.3.1, §4.1.3.3 (ICMP messages are passed up); udp(7) (ECONNREFUSED)",
    needs: UDP,
    kills: &["unreachable-silent"],
    experiments,
    judge,
};

/// Connected to the one who leaves.
const CLIENT: End = End::client(0);
const LEAVES: End = End::peer(0);

/// Connected to nobody.
const FREE: End = End::client(2);

/// A pair in good order: what they exchange has gone through the same loopback queue,
/// so that an error message sent before is there, too.
const SOUND: [End; 2] = [End::client(1), End::peer(1)];

/// How many times the client sends in vain. One error message may be late, but not every one of them.
const PROBES: usize = 12;

/// From so many sends in vain on, not to be told is a departure.
const ENOUGH: usize = 8;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let mut traffic = bound(subject, &[CLIENT, LEAVES, FREE, SOUND[0], SOUND[1]]);
    traffic = traffic.step(CLIENT, Operation::Connect(LEAVES));
    traffic = traffic.exchange(CLIENT, 40).exchange(LEAVES, 40).step(LEAVES, Operation::Drop);
    for _ in 0..PROBES {
        traffic = traffic.send(CLIENT, LEAVES, 50).send(FREE, LEAVES, 51).poll(FREE);
        traffic = traffic.exchange(SOUND[0], 60).exchange(SOUND[1], 60);
    }
    // Neither is the worse for it. The error of the last send in vain may meet the first of these.
    traffic = traffic.step(CLIENT, Operation::Connect(SOUND[1]));
    traffic = traffic.send(CLIENT, SOUND[1], 70).send(CLIENT, SOUND[1], 71).poll(SOUND[1]).poll(SOUND[1]);
    traffic = traffic.exchange_with(FREE, SOUND[1], 72, None).exchange_with(SOUND[1], FREE, 73, None);
    vec![traffic.plan().into()]
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    match judge_in_general(subject, plans, traces) {
        Verdict::Pass | Verdict::PassWithReason(_) => {}
        verdict => return verdict,
    }
    let verdicts = plans.iter().zip(traces).map(|(plan, trace)| told(plan, trace));
    verdicts.reduce(|one, other| if one == Verdict::Pass { other } else { one }).unwrap_or(Verdict::Pass)
}

/// What one run shows of who was told.
fn told(plan: &Plan, trace: &Trace) -> Verdict {
    // Of the connected end's sends in vain: how many were taken, how many of those are not answered yet, how many were refused.
    let (mut taken, mut unanswered, mut refused) = (0, 0, 0);
    let (mut is_connected, mut is_gone) = (false, false);
    for seen in &trace.observations {
        let Some(step) = plan.steps.get(seen.step as usize) else { continue };
        let is_refusal =
            matches!(&seen.outcome, Outcome::Error(failure) if failure.kind == ErrorKind::ConnectionRefused);
        match &step.operation {
            Operation::Connect(to) if step.end == CLIENT && seen.outcome == Outcome::Done => {
                is_connected = *to == LEAVES;
            }
            Operation::Drop if step.end == LEAVES => is_gone = true,
            Operation::SendDatagram { .. }
            | Operation::ReceiveDatagram { .. }
            | Operation::PollDatagram { .. } => {
                if is_refusal && step.end != CLIENT {
                    let expected = format!("{} not to be told: it is not connected", step.end);
                    return Verdict::fail(FailureKind::UnexpectedError, expected, "connection refused");
                }
                if is_refusal && unanswered == 0 {
                    let expected = format!("{} to be told once of each send in vain", step.end);
                    return Verdict::fail(
                        FailureKind::UnexpectedError,
                        expected,
                        "connection refused once more",
                    );
                }
                if is_refusal {
                    refused += 1;
                    unanswered -= 1;
                }
                let is_vain = step.end == CLIENT
                    && is_connected
                    && is_gone
                    && matches!(&step.operation, Operation::SendDatagram { to: LEAVES, .. });
                if is_vain && matches!(seen.outcome, Outcome::Accepted { .. }) {
                    taken += 1;
                    unanswered += 1;
                }
            }
            _ => {}
        }
    }
    if refused == 0 && taken >= ENOUGH {
        let expected = format!("{CLIENT} to be told that nobody is there, by a call after its send");
        return Verdict::fail(FailureKind::MissingError, expected, format!("{taken} sends, and no error"));
    }
    if refused == 0 && taken > 0 {
        return Verdict::Inconclusive("the error message may be late".to_owned());
    }
    Verdict::Pass
}
