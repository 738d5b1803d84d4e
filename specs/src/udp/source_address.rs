//! Each receive names the sender, truly.

use sockspec_harness::oracle::datagram::{Account, judge as judge_in_general};
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

use super::{UDP, bound};

pub(super) static SPEC: Spec = Spec {
    id: "udp/source-address",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "each receive names the address and port of the socket that sent the datagram",
    clause: "A3; RFC 768 (User Interface: source port and source address), POSIX recvfrom",
    needs: UDP,
    kills: &["wrong-source"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let receiver = End::peer(0);
    let senders: Vec<End> = (0..6).map(End::client).collect();
    let ends: Vec<End> = senders.iter().copied().chain([receiver]).collect();
    let mut traffic = bound(subject, &ends);
    for len in [0, 1, 100, 1000, 30_000] {
        for from in &senders {
            traffic = traffic.exchange_with(*from, receiver, len, None);
        }
    }
    for _ in 0..60 {
        let len = draw.length(4, 400);
        traffic = traffic.exchange_with(*draw.pick(&senders), receiver, len, None);
    }
    // Several wait in the receiver's queue, each with its own sender; a datagram that is cut has one, too.
    let room = traffic.room();
    for len in [40, 41] {
        traffic = senders.iter().fold(traffic, |traffic, from| traffic.send(*from, receiver, len));
        traffic = senders.iter().fold(traffic, |traffic, _| traffic.receive(receiver, room));
        traffic = senders.iter().fold(traffic, |traffic, from| traffic.send(*from, receiver, len + 10));
        traffic = senders.iter().fold(traffic, |traffic, _| traffic.receive(receiver, 16));
    }
    vec![traffic.plan().into()]
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let nameless = plans.iter().zip(traces).find_map(|(plan, trace)| nameless(plan, trace));
    nameless.map_or_else(|| judge_in_general(subject, plans, traces), Verdict::Fail)
}

/// A datagram that came from nowhere.
fn nameless(plan: &Plan, trace: &Trace) -> Option<Finding> {
    let account = Account::of(plan, trace);
    let receiving = account.receivings.iter().find(|one| {
        one.received().is_some_and(|received| received.sent_by.is_some() && received.from.is_none())
    })?;
    Some(Finding {
        kind: FailureKind::WrongAddress,
        expected: format!("{} to be told where each datagram came from", receiving.end),
        actual: "no sender was named".to_owned(),
        difference: None,
    })
}
