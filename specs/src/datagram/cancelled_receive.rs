//! A receive that was given up has taken no datagram with it.

use sockspec_harness::oracle::datagram::judge as judge_in_general;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Stopped, Trace};
use sockspec_harness::verdict::{Level, Verdict};

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
    let mut experiments = vec![Experiment::apart(plans)];
    if !Traffic::open(subject).is_strict() {
        let alone = (0..ALONE).map(|turn| one_alone(subject, draw, ENDS[turn % 2], 1 + turn % 5));
        experiments.push(Experiment::apart(alone.collect()));
    }
    experiments
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let is_silent = |trace: &Trace| trace.stopped == Some(Stopped::Silence);
    match judge_in_general(subject, plans, traces) {
        // Who loses one of the first few each time cannot be tried alone; the other plans have their say.
        Verdict::Inconclusive(_) if plans.len() == ALONE && traces.iter().all(is_silent) => {
            Verdict::PassWithReason("datagrams were lost, as this system may".to_owned())
        }
        verdict => verdict,
    }
}

/// How many plans have one receive given up each: enough that losing what followed, and nothing else, is no chance.
const ALONE: usize = 12;

/// So many datagrams that are waited for, each alone, and one that comes behind a receive which was given up.
///
/// With nothing else on the way it has room wherever there is any; which it is in the order of sending differs, lest a loss with a period meets it each time.
fn one_alone(subject: &Subject, draw: &mut Draw, from: End, before: usize) -> Plan {
    let len = |draw: &mut Draw| draw.length(8, CARRIED);
    let traffic =
        (0..before).fold(Traffic::open(subject), |traffic, _| traffic.exchange_alone(from, len(draw)));
    let traffic = traffic.poll_with(from.other(), *draw.pick(&[8, 64, 1500, 65_536]));
    traffic.exchange_alone(from, len(draw)).plan()
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
