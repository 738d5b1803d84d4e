//! One send is one receive, however many datagrams are on the way.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, CLIENT, ENDS, PEER, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/boundaries",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "one send is one receive: datagrams that are on the way together are neither joined nor split",
    clause: "A2, A6; RFC 768 (Format: the length of each user datagram), POSIX recv (message-based sockets)",
    needs: Needs { guarantees: &[Guarantee::PreservesBoundaries], ..Needs::DATAGRAM },
    kills: &[
        "merged-datagrams",
        "split-datagram",
        "stale-tail-datagram",
        "padded-datagram",
        "panics-datagram",
    ],
    experiments,
    judge,
};

/// Many at first, so that a system which carries nothing at all is told from one that has bad luck.
const MANY: [u64; 10] = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29];

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let together = ENDS.map(|first| in_bursts(subject, draw, first));
    let mixed = mixed(subject, draw);
    let alone = one_by_one(subject);
    // Together, so that a system which has no room for several, or loses one of the lone ones, is seen to carry the others.
    let [first, second] = together;
    vec![Experiment::apart(vec![first, second, mixed, alone])]
}

/// Several of one length, and several of different lengths, from one end and then from the other.
fn in_bursts(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let shortest = u64::from(!subject.can(Capability::EmptyDatagram));
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        traffic = traffic.burst(from, &MANY);
        for len in [1, 2, 7, 64, 100, CARRIED] {
            traffic = traffic.burst(from, &[len, len]).burst(from, &[len; 5]);
        }
        for many in [2, 3, 4, 5, 6, 7, 8] {
            let lens: Vec<u64> = (0..many).map(|_| draw.between(shortest, 40)).collect();
            traffic = traffic.burst(from, &lens);
            let lens: Vec<u64> = (0..many).map(|_| draw.length(1, CARRIED)).collect();
            traffic = traffic.burst(from, &lens);
        }
        for large in [1400, 4000, 4096, 4097, 5000, 9000, 20_000, 60_000] {
            if subject.guarantees.max_message.is_none_or(|max| large <= max) {
                traffic = traffic.burst(from, &[large, 33]).burst(from, &[34, large]);
            }
        }
    }
    traffic.plan()
}

/// Bursts of any size, in either direction.
fn mixed(subject: &Subject, draw: &mut Draw) -> Plan {
    let largest = subject.guarantees.max_message.unwrap_or(CARRIED).clamp(1, 16_000);
    let mut traffic = Traffic::open(subject).burst(PEER, &MANY).burst(CLIENT, &MANY);
    for _ in 0..60 {
        let from = *draw.pick(&ENDS);
        let many = draw.between(1, 6);
        let lens: Vec<u64> = (0..many).map(|_| draw.length(1, largest)).collect();
        traffic = traffic.burst(from, &lens);
    }
    traffic.plan()
}

/// One at a time, both ways.
fn one_by_one(subject: &Subject) -> Plan {
    (1..=20)
        .fold(Traffic::open(subject), |traffic, turn| {
            traffic.exchange_alone(CLIENT, turn * 25).exchange_alone(PEER, turn)
        })
        .plan()
}
