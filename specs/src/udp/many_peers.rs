//! One socket serves many peers, and answers each of them.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::{UDP, bound};

pub(super) static SPEC: Spec = Spec {
    id: "udp/many-peers",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "one socket receives from many peers and answers each, and every answer goes where it belongs",
    clause: "A3; RFC 768 (User Interface), POSIX sendto, recvfrom",
    needs: UDP,
    kills: &["cross-talk-datagram", "wrong-source"],
    experiments,
    judge,
};

/// How many clients one server has.
const CLIENTS: u16 = 12;

/// The socket that serves them all.
const SERVER: End = End::peer(0);

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    vec![in_turn(subject).into(), all_at_once(subject, draw).into()]
}

fn clients() -> Vec<End> {
    (0..CLIENTS).map(End::client).collect()
}

fn all() -> Vec<End> {
    [SERVER].into_iter().chain(clients()).collect()
}

/// Each client asks and is answered, one after the other, several times.
fn in_turn(subject: &Subject) -> Plan {
    let mut traffic = bound(subject, &all());
    for len in [16, 100, 400, 17] {
        for client in clients() {
            traffic =
                traffic.exchange_with(client, SERVER, len, None).exchange_with(SERVER, client, len, None);
        }
    }
    traffic.plan()
}

/// All ask before any is answered, and are answered in another order.
fn all_at_once(subject: &Subject, draw: &mut Draw) -> Plan {
    let mut traffic = bound(subject, &all());
    let room = traffic.room();
    for _ in 0..5 {
        let len = draw.length(8, 400);
        traffic = clients().into_iter().fold(traffic, |traffic, client| traffic.send(client, SERVER, len));
        traffic = clients().into_iter().fold(traffic, |traffic, _| traffic.receive(SERVER, room));
        let turn = draw.between(0, u64::from(CLIENTS) - 1) as usize;
        let order: Vec<End> = clients().into_iter().cycle().skip(turn).take(usize::from(CLIENTS)).collect();
        traffic = order.iter().fold(traffic, |traffic, client| traffic.send(SERVER, *client, len));
        traffic = order.iter().rev().fold(traffic, |traffic, client| traffic.receive(*client, room));
    }
    traffic.plan()
}
