//! A receiver that waits is woken when a datagram comes.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, CLIENT, ENDS, PEER, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/wake-ups",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a receiver that waits is woken when a datagram comes, every time",
    clause: "Rust std Future::poll (the waker of the latest poll is woken), POSIX poll (POLLIN)",
    needs: Needs::DATAGRAM,
    kills: &["lost-datagram-wake-up"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    vec![one_waits(subject, draw).into(), both_wait(subject).into()]
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
