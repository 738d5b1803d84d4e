//! A datagram arrives with the bytes with which it was sent, whatever its length.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Payload, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, CLIENT, ENDS, PEER, Traffic, shuffled, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/integrity",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a datagram arrives with exactly the bytes it was sent with, whatever its length and however many came before",
    clause: "A6; RFC 768 (Fields: length and checksum), RFC 1122 §4.1.3.4",
    needs: Needs::DATAGRAM,
    kills: &[
        "flip-bit-datagram",
        "late-datagram-corruption",
        "mixed-datagrams",
        "partial-fragment",
        "padded-datagram",
        "stale-tail-datagram",
        "truncated-datagram",
        "spins-datagram",
    ],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    // Two plans, so that every length is tried often enough in each direction to tell a habit from an accident.
    let mut plans = ENDS.map(|first| every_size(subject, draw, first)).to_vec();
    plans.push(one_by_one(subject, draw));
    vec![Experiment::apart(plans), contents(subject).into(), random(subject, draw).into()]
}

/// Every length from one end, from the other, and from both in turn.
fn every_size(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        for len in shuffled(sizes(subject), draw).into_iter().chain(shuffled(sizes(subject), draw)) {
            traffic = traffic.exchange(from, len);
        }
    }
    for len in shuffled(sizes(subject), draw) {
        traffic = traffic.exchange(first, len).exchange(first.other(), len);
    }
    traffic.plan()
}

/// Every length with nothing else on the way, for systems that have room for one datagram only.
fn one_by_one(subject: &Subject, draw: &mut Draw) -> Plan {
    let mut traffic = Traffic::open(subject);
    for len in shuffled(sizes(subject), draw)
        .into_iter()
        .filter(|len| *len <= subject.guarantees.max_message.unwrap_or(CARRIED))
    {
        traffic = traffic.exchange_alone(CLIENT, len).exchange_alone(PEER, len);
    }
    traffic.plan()
}

/// Bytes that a system might take for its own: none is special.
fn contents(subject: &Subject) -> Plan {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let literals = [
        vec![0; 64],
        vec![0xFF; 64],
        vec![0; CARRIED as usize],
        b"\r\n.\r\n".to_vec(),
        b"\0\0\0\x04abcd".to_vec(),
        every_byte.iter().rev().copied().collect(),
        every_byte,
    ];
    let mut traffic = Traffic::open(subject);
    for payload in literals.map(Payload::Literal) {
        for from in ENDS {
            traffic = traffic.exchange_payload(from, from.other(), payload.clone(), None);
        }
    }
    traffic.plan()
}

/// Several hundred datagrams of any length that the system has to carry, on one pair.
fn random(subject: &Subject, draw: &mut Draw) -> Plan {
    let largest = subject.guarantees.max_message.unwrap_or(CARRIED).clamp(1, 9000);
    let mut traffic = Traffic::open(subject);
    for _ in 0..150 {
        let len = draw.length(1, largest);
        traffic = traffic.exchange(CLIENT, len);
        if draw.one_in(2) {
            traffic = traffic.exchange(PEER, len);
        }
    }
    traffic.plan()
}
