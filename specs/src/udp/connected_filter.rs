//! An end that is connected takes nothing from strangers.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::{UDP, bound};

pub(super) static SPEC: Spec = Spec {
    id: "udp/connected-filter",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "an end that is connected receives datagrams from its peer only; those queued before it was connected may still come",
    clause: "A3; POSIX connect (limits the remote sender for subsequent recv), udp(7)",
    needs: UDP,
    kills: &["foreign-accepted"],
    experiments,
    judge,
};

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);
const STRANGER: End = End::client(1);

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    vec![
        strangers(subject, PEER, CLIENT).into(),
        strangers(subject, CLIENT, PEER).into(),
        moved(subject).into(),
    ]
}

/// A stranger sends before and after `end` is connected to `to`, in between whatever else is sent.
fn strangers(subject: &Subject, end: End, to: End) -> Plan {
    let mut traffic = bound(subject, &[CLIENT, PEER, STRANGER]);
    traffic = traffic.exchange_with(STRANGER, end, 30, None).exchange_with(to, end, 31, None);
    traffic = traffic.send(STRANGER, end, 32).step(end, Operation::Connect(to)).poll(end);
    for turn in 0..12 {
        traffic = traffic.send(STRANGER, end, 40 + turn).poll(end);
        traffic = traffic.exchange_with(to, end, 60 + turn, None);
        traffic = traffic.exchange_with(end, to, 80 + turn, None);
    }
    traffic.plan()
}

/// An end is connected to one and then to another: who was a stranger is one no more, and the other way round.
fn moved(subject: &Subject) -> Plan {
    let mut traffic = bound(subject, &[CLIENT, PEER, STRANGER]);
    for (to, other) in [(CLIENT, STRANGER), (STRANGER, CLIENT), (CLIENT, STRANGER)] {
        traffic = traffic.step(PEER, Operation::Connect(to)).poll(PEER);
        for len in [20, 21, 22] {
            traffic = traffic.send(other, PEER, len).exchange_with(to, PEER, len, None);
        }
    }
    traffic.plan()
}
