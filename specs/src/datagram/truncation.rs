//! What does not fit a short buffer never comes as the next datagram.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, ENDS, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/truncation",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a buffer shorter than a datagram gets its first bytes or an error, and the rest never comes as the next datagram",
    clause: "A5; POSIX recv (excess bytes are discarded), recv(2) (MSG_TRUNC)",
    needs: Needs {
        guarantees: &[Guarantee::PreservesBoundaries],
        capabilities: &[Capability::DatagramTruncation],
        ..Needs::DATAGRAM
    },
    kills: &["truncation-keeps-rest"],
    experiments,
    judge,
};

/// How many short receives a plan makes in each direction.
///
/// A system that refuses them whole may keep each datagram, and hand it out to the next receive; there is one to spare for it.
const SHORT_RECEIVES: usize = 16;

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let largest = subject.guarantees.max_message.unwrap_or(CARRIED).min(65_507);
    let lens = [17, 64, 100, 256, CARRIED, 1500, 4096, 9000, 65_507];
    let lens: Vec<u64> = lens.into_iter().filter(|len| *len <= largest).collect();
    let mut cuts: Vec<(u64, u32)> = Vec::new();
    for len in lens {
        // Enough bytes to be told from other datagrams by; a single one, too, and none but the last.
        let (half, most) = (len as u32 / 2, len as u32 - 1);
        cuts.extend([(len, half), (len, most), (len, 8), (len, 1)]);
    }
    for _ in 0..16 {
        let len = draw.length(16, largest.max(16)).min(largest);
        if len > 1 {
            cuts.push((len, draw.between(1, len - 1) as u32));
        }
    }
    let plans = cuts.chunks(SHORT_RECEIVES).flat_map(|cuts| ENDS.map(|first| cut(subject, first, cuts)));
    plans.map(Experiment::from).collect()
}

/// Each datagram into its short buffer, with another behind it: on the way already, or sent afterwards.
fn cut(subject: &Subject, first: End, cuts: &[(u64, u32)]) -> Plan {
    let mut traffic = Traffic::open(subject);
    for from in [first, first.other()] {
        for (len, max) in cuts {
            traffic = traffic.exchange_with(from, from.other(), *len, Some(*max)).poll(from.other());
            traffic = traffic.exchange_short(from, from.other());
        }
        if let Some((len, max)) = cuts.iter().find(|(len, _)| *len <= CARRIED) {
            let to = from.other();
            let room = traffic.room();
            traffic = traffic.send(from, to, *len).send(from, to, 20).send(from, to, 30);
            traffic = traffic.receive(to, *max).receive(to, room).poll(to).poll(to);
        }
    }
    traffic.plan()
}
