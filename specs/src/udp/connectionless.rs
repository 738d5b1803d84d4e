//! One socket sends to many, without ever connecting.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::{UDP, bound};

pub(super) static SPEC: Spec = Spec {
    id: "udp/connectionless",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "each send names its destination: one socket sends to many, and nothing is connected before",
    clause: "A3; RFC 768 (User Interface), POSIX sendto (connectionless-mode sockets)",
    needs: UDP,
    kills: &["cross-talk-datagram"],
    experiments,
    judge,
};

/// To how many ends the one socket sends.
const PEERS: u16 = 8;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let sender = End::client(0);
    let peers: Vec<End> = (0..PEERS).map(End::peer).collect();
    let ends: Vec<End> = [sender].into_iter().chain(peers.iter().copied()).collect();
    // In turn, and then at random: the destination of one send says nothing of the next.
    let mut traffic = bound(subject, &ends);
    for turn in 0..4 {
        for to in &peers {
            traffic = traffic.exchange_with(sender, *to, 20 + turn, None);
        }
    }
    for _ in 0..60 {
        let len = draw.length(8, 400);
        traffic = traffic.exchange_with(sender, *draw.pick(&peers), len, None);
    }
    // To all of them before any receives.
    let mut together = bound(subject, &ends);
    let room = together.room();
    for len in [30, 31, 32] {
        together = peers.iter().fold(together, |traffic, to| traffic.send(sender, *to, len));
        together = peers.iter().rev().fold(together, |traffic, to| traffic.receive(*to, room));
    }
    vec![traffic.plan().into(), together.plan().into()]
}
