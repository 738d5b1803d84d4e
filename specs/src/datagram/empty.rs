//! A datagram without payload is a datagram.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::traffic::{ENDS, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/empty",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "an empty datagram arrives as an empty one, and ends nothing",
    clause: "A5; RFC 768 (the smallest length is that of the header), udp(7)",
    needs: Needs {
        guarantees: &[Guarantee::PreservesBoundaries],
        capabilities: &[Capability::EmptyDatagram],
        ..Needs::DATAGRAM
    },
    kills: &["swallowed-empty", "empty-datagram-ends"],
    experiments,
    judge,
};

/// How many empty ones each end sends by themselves in each plan: often enough to tell a habit of losing them from an accident.
const TRIES: usize = 8;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let plans = ENDS.map(|first| between_others(subject, draw, first)).to_vec();
    vec![Experiment::apart(plans), together(subject).into()]
}

/// Empty ones between others, at places without a period.
fn between_others(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        for _ in 0..TRIES {
            traffic = traffic.exchange(from, 0);
            for _ in 0..draw.between(1, 4) {
                traffic = traffic.exchange_short(from, from.other());
            }
            if draw.one_in(2) {
                traffic = traffic.exchange_short(from.other(), from);
            }
        }
    }
    traffic.plan()
}

/// Several empty ones on the way at once, alone and with others around them.
fn together(subject: &Subject) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in ENDS {
        for lens in [&[0, 0][..], &[0, 0, 0, 0, 0, 0], &[30, 0, 31], &[0, 32], &[33, 0], &[0, 34, 0, 35, 0]] {
            traffic = traffic.burst(from, lens).exchange_short(from, from.other());
        }
    }
    traffic.plan()
}
