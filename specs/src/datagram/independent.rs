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

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    vec![in_turn(subject).into(), crossed(subject, draw).into(), one_goes(subject).into()]
}

fn opened(subject: &Subject) -> (Traffic, Vec<End>) {
    let script = (0..PAIRS).fold(Script::new(), |script, n| script.step(End::client(n), Operation::Open));
    let ends: Vec<End> = (0..PAIRS).flat_map(|n| [End::client(n), End::peer(n)]).collect();
    (Traffic::between(subject, script, &ends), ends)
}

/// Each end sends in its turn, all of them the same lengths, but each in another order:
/// whatever befalls the first datagram of every pair must not look like the fate of a length.
fn in_turn(subject: &Subject) -> Plan {
    let (mut traffic, ends) = opened(subject);
    let lens = [70, 100, 200, 300, 400];
    for turn in 0..3 {
        for (index, from) in ends.iter().copied().enumerate() {
            traffic = traffic.exchange(from, lens[(turn + index) % lens.len()]);
        }
    }
    traffic.plan()
}

/// Datagrams are on the way to all ends at once, and are received in another order.
fn crossed(subject: &Subject, draw: &mut Draw) -> Plan {
    let (mut traffic, ends) = opened(subject);
    let room = traffic.room();
    for _ in 0..12 {
        for from in ends.iter().copied() {
            let len = draw.length(8, 400);
            // Two, so that one may be lost where losing is allowed.
            traffic = traffic.send(from, from.other(), len).send(from, from.other(), len + 1);
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
    let (mut traffic, ends) = opened(subject);
    let lost = 1;
    let mut len = 100;
    let mut next_len = || {
        len += 3;
        len
    };
    for from in ends.iter().copied() {
        traffic = traffic.exchange(from, next_len());
    }
    traffic = traffic.step(End::client(lost), Operation::Drop).step(End::peer(lost), Operation::Drop);
    for from in ends.iter().copied().filter(|end| end.connection != lost) {
        traffic = traffic.exchange(from, next_len());
    }
    traffic = traffic.step(End::client(PAIRS), Operation::Open);
    let fresh = [End::client(PAIRS), End::peer(PAIRS)];
    for from in ends.iter().copied().filter(|end| end.connection != lost).chain(fresh) {
        traffic = traffic.exchange(from, next_len());
    }
    traffic.plan()
}
