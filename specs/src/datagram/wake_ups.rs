//! A receiver that waits is woken when a datagram comes, and a sender that waits when there is room.

use sockspec_harness::oracle::datagram::judge as judge_in_general;
use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Overflow, Subject};
use sockspec_harness::trace::{Outcome, Stopped, Trace};
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

use super::traffic::{CARRIED, CLIENT, ENDS, MOST, PEER, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/wake-ups",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a receiver that waits is woken when a datagram comes, and a sender that waits once there is room, every time",
    clause: "Rust std Future::poll (the waker of the latest poll is woken), POSIX poll (POLLIN, POLLOUT)",
    needs: Needs::DATAGRAM,
    kills: &["lost-datagram-wake-up", "lost-send-wake-up"],
    experiments,
    judge,
};

/// More datagrams than a queue between two ends holds: eleven in a Unix socket by default, some hundreds in common channels.
const FULL: usize = 1100;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut experiments = vec![one_waits(subject, draw).into(), both_wait(subject).into()];
    if subject.guarantees.on_overflow != Overflow::Drops {
        experiments.extend(ENDS.map(|from| full(subject, draw, from).into()));
    }
    experiments
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    match judge_in_general(subject, plans, traces) {
        Verdict::Fail(Finding { kind: FailureKind::Lost | FailureKind::Stalled, .. })
            if !subject.guarantees.lossless && plans.iter().any(outgrows_queues) =>
        {
            Verdict::PassWithReason("datagrams were lost for want of room, as this system may".to_owned())
        }
        // Senders that are not connected are such on Linux: nobody tells them of room in another's queue.
        Verdict::Inconclusive(_)
            if plans.iter().any(outgrows_queues) && traces.iter().all(ends_in_a_send) =>
        {
            let reason = "a sender that had no room did not go on, though its receiver had been emptied";
            Verdict::Inconclusive(reason.to_owned())
        }
        verdict => verdict,
    }
}

/// Whether the last thing that was seen before the plan was stopped is a send that waited in vain, behind all that could be received.
fn ends_in_a_send(trace: &Trace) -> bool {
    trace.stopped == Some(Stopped::Silence)
        && trace.observations.last().is_some_and(|seen| seen.outcome == Outcome::Silent)
}

/// Whether a plan sends so many datagrams before it receives any that some systems have no room for them.
fn outgrows_queues(plan: &Plan) -> bool {
    let sends =
        plan.steps.iter().filter(|step| !matches!(step.operation, Operation::Open | Operation::Count));
    sends.take_while(|step| matches!(step.operation, Operation::SendDatagram { .. })).count() > MOST
}

/// One end waits, is sent something, and waits again.
fn one_waits(subject: &Subject, draw: &mut Draw) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in ENDS {
        for turn in 0..25 {
            let len = draw.length(1, subject.guarantees.max_message.unwrap_or(CARRIED).clamp(1, 3000));
            // Of two that wait one after the other, the second is to be woken.
            if turn % 3 == 1 {
                traffic = traffic.poll(from.other());
            }
            traffic = traffic.poll(from.other()).exchange(from, len);
        }
    }
    traffic.plan()
}

/// One end sends until there is no room, waits, and sends on, again and again.
///
/// What is received meanwhile to make room is what the receives behind the sends were to receive.
fn full(subject: &Subject, draw: &mut Draw, from: End) -> Plan {
    let to = from.other();
    let traffic =
        (0..FULL).fold(Traffic::open(subject), |traffic, _| traffic.send(from, to, draw.length(9, 99)));
    let room = traffic.room();
    // Who may lose what there is no room for is not waited for.
    let receive = |traffic: Traffic, _| {
        if subject.guarantees.lossless { traffic.receive(to, room) } else { traffic.poll(to) }
    };
    (0..FULL).fold(traffic, receive).plan()
}

/// Both ends wait while both are sent something: the waker of one is not the waker of the other, nor that of its own sends.
fn both_wait(subject: &Subject) -> Plan {
    let mut traffic = Traffic::open(subject);
    for turn in 0..15 {
        traffic = traffic.poll(CLIENT).poll(PEER);
        let (first, second) = if turn % 2 == 0 { (CLIENT, PEER) } else { (PEER, CLIENT) };
        traffic = traffic.exchange_short(first, second).exchange_short(second, first);
    }
    traffic.plan()
}
