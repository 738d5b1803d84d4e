//! A send says that it sent the whole datagram.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{ENDS, Traffic, shuffled, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/send-count",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a send that succeeds claims exactly the datagram's length: there are no partial sends",
    clause: "POSIX send and sendto (return value; a message is sent whole or refused)",
    needs: Needs::DATAGRAM,
    kills: &["wrong-length-claimed"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    ENDS.map(|first| every_size(subject, draw, first).into()).into()
}

fn every_size(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        for len in shuffled(sizes(subject), draw) {
            traffic = traffic.exchange(from, len);
        }
    }
    traffic.plan()
}
