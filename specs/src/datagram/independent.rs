//! Several pairs share nothing.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::Traffic;

pub(super) static SPEC: Spec = Spec {
    id: "datagram/independent",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a datagram goes to the end that it is sent to and to no other, and pairs do not disturb each other",
    clause: "RFC 768 (Fields: ports), POSIX sendto",
    needs: Needs::DATAGRAM,
    kills: &["cross-talk-datagram"],
    experiments,
    judge,
};

/// How many pairs are open at once.
const PAIRS: u16 = 4;

/// How many of a system that is not the kernel's, of which none has to be scarce: more than four bits number.
const MANY: u16 = 18;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    vec![in_turn(subject).into(), crossed(subject, draw).into(), one_goes(subject).into()]
}

fn opened(subject: &Subject, pairs: u16) -> (Traffic, Vec<End>) {
    let script = (0..pairs).fold(Script::new(), |script, n| script.step(End::client(n), Operation::Open));
    let ends: Vec<End> = (0..pairs).flat_map(|n| [End::client(n), End::peer(n)]).collect();
    (Traffic::between(subject, script, &ends), ends)
}

/// Each end sends in its turn.
fn in_turn(subject: &Subject) -> Plan {
    let (mut traffic, ends) = opened(subject, PAIRS);
    // No two ends send the same lengths: where every pair loses its third datagram, say, no length is lost everywhere.
    for len in [10, 100, 400] {
        for (index, from) in ends.iter().copied().enumerate() {
            traffic = traffic.exchange(from, len + index as u64);
        }
    }
    traffic.plan()
}

/// Datagrams are on the way to all ends at once, and are received in another order.
fn crossed(subject: &Subject, draw: &mut Draw) -> Plan {
    let (mut traffic, ends) = opened(subject, if subject.is_kernel { PAIRS } else { MANY });
    let room = traffic.room();
    for _ in 0..12 {
        for from in ends.iter().copied() {
            // Two, so that one may be lost where losing is allowed; no length comes second more often than first.
            for len in [draw.length(8, 400), draw.length(8, 400)] {
                traffic = traffic.send(from, from.other(), len);
            }
        }
        let turn = draw.between(0, ends.len() as u64 - 1) as usize;
        for to in ends.iter().cycle().skip(turn).take(ends.len()).copied() {
            let second = traffic.receive(to, room);
            traffic = if second.is_strict() { second.receive(to, room) } else { second.poll(to) };
        }
    }
    traffic.plan()
}

/// One pair is dropped, and the others go on; so does one that was opened since.
fn one_goes(subject: &Subject) -> Plan {
    let (mut traffic, ends) = opened(subject, PAIRS);
    let lost = 1;
    for from in ends.iter().copied() {
        traffic = traffic.exchange_short(from, from.other());
    }
    traffic = traffic.step(End::client(lost), Operation::Drop).step(End::peer(lost), Operation::Drop);
    for from in ends.iter().copied().filter(|end| end.connection != lost) {
        traffic = traffic.exchange(from, 60);
    }
    traffic = traffic.step(End::client(PAIRS), Operation::Open);
    let fresh = [End::client(PAIRS), End::peer(PAIRS)];
    for from in ends.iter().copied().filter(|end| end.connection != lost).chain(fresh) {
        traffic = traffic.exchange(from, 70);
    }
    traffic.plan()
}
