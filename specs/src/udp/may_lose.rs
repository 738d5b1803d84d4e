//! UDP may lose; what it loses on loopback is counted.

use sockspec_harness::oracle::datagram::{Account, judge as judge_in_general};
use sockspec_harness::plan::{Draw, End, Plan, Script, Setting};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::bind;
use crate::datagram::Traffic;

pub(super) static SPEC: Spec = Spec {
    id: "udp/may-lose",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "UDP may lose datagrams that the receiver has no room for, and on loopback every loss is counted: what was sent was received or counted as dropped",
    clause: "A6; RFC 768 (delivery is not guaranteed), RFC 8085 §3.3, socket(7) (SO_MEMINFO, SO_RXQ_OVFL)",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::DropCounter],
        ..Needs::DATAGRAM
    },
    kills: &["uncounted-drop"],
    experiments,
    judge,
};

/// A receive buffer in bytes that holds a few datagrams.
const BUFFER: u32 = 4096;

/// How many datagrams are sent without one being received: far more than there is room for.
const MANY: u64 = 120;

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    [16, 1000].map(|len| overflow(subject, len).into()).into()
}

/// The receiver's buffer overflows, is emptied, and serves again.
fn overflow(subject: &Subject, len: u64) -> Plan {
    let script = Script::new().configure(PEER, Setting::ReceiveBuffer(BUFFER));
    let mut traffic = Traffic::between(subject, bind(script, &[CLIENT, PEER]), &[CLIENT, PEER]);
    traffic = (0..MANY).fold(traffic, |traffic, index| traffic.send(CLIENT, PEER, len + index % 5));
    traffic = (0..MANY).fold(traffic, |traffic, _| traffic.poll(PEER));
    // What is late comes before these.
    for _ in 0..4 {
        traffic = traffic.exchange_short(CLIENT, PEER).poll(PEER).poll(PEER);
    }
    traffic.plan()
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    match judge_in_general(subject, plans, traces) {
        Verdict::Pass | Verdict::PassWithReason(_) => {}
        verdict => return verdict,
    }
    let books = plans.iter().zip(traces).map(|(plan, trace)| balance(plan, trace));
    books.reduce(|one, other| if one == Verdict::Pass { other } else { one }).unwrap_or(Verdict::Pass)
}

/// Whether what was taken is what came and what was counted as dropped.
fn balance(plan: &Plan, trace: &Trace) -> Verdict {
    let account = Account::of(plan, trace);
    let is_owed = |one: &&sockspec_harness::oracle::datagram::Sending<'_>| one.to == PEER && one.is_owed();
    let missing = account.sendings.iter().filter(is_owed).filter(|one| one.came == 0).count() as u64;
    match account.drops(PEER) {
        None if missing > 0 => Verdict::Inconclusive("the drops were not counted".to_owned()),
        // A datagram may still be on its way: this rests on having looked, so it is looked at again before it counts.
        Some(drops) if missing > drops => Verdict::fail(
            FailureKind::NotVisible,
            format!("each datagram that was sent to {PEER} to be received or counted as dropped"),
            "some were neither",
        ),
        Some(0) => Verdict::PassWithReason("nothing was lost: the buffer held all of it".to_owned()),
        _ => Verdict::Pass,
    }
}
