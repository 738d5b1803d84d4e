//! A receive that was given up has taken no datagram with it.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, ENDS, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/cancelled-receive",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a receive that had to wait and was given up takes no datagram with it, nor any byte",
    clause: "tokio UdpSocket::recv_from (cancel safety), POSIX recv (EAGAIN receives nothing)",
    needs: Needs::DATAGRAM,
    kills: &["cancelled-receive-loss", "drop-datagram"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let plans = ENDS.map(|first| given_up(subject, draw, first)).to_vec();
    vec![Experiment::apart(plans)]
}

/// Receives into buffers of every sort are given up, once or several times, and then a datagram comes.
fn given_up(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        for turn in 0..30 {
            let to = from.other();
            for _ in 0..turn % 4 {
                traffic = traffic.poll_with(to, *draw.pick(&[8, 64, 1500, 65_536]));
            }
            traffic = traffic.exchange(from, draw.length(8, CARRIED));
            // So that what follows a receive which was given up can be held against what does not.
            for _ in 0..draw.between(1, 3) {
                traffic = traffic.exchange_short(from, to);
            }
        }
    }
    traffic.plan()
}
