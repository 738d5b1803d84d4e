//! A receiver with room for a datagram never gets a part of it.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, End, Plan};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{ENDS, Traffic, shuffled, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/whole-or-nothing",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a receiver whose buffer has room for a datagram gets all of it or nothing",
    clause: "A6; POSIX recv (the entire message in a single operation), RFC 791 §3.2 (reassembly), RFC 8200 §4.5",
    needs: Needs { guarantees: &[Guarantee::PreservesBoundaries], ..Needs::DATAGRAM },
    kills: &["truncated-datagram", "split-datagram"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    ENDS.map(|first| buffers(subject, draw, first).into()).into()
}

/// Every length into a buffer with exactly its room, with one byte more, and with much more.
fn buffers(subject: &Subject, draw: &mut Draw, first: End) -> Plan {
    let mut traffic = Traffic::open(subject);
    for (from, more) in [(first, 0), (first.other(), 0), (first, 1), (first.other(), 1), (first, 70_000)] {
        for len in shuffled(sizes(subject), draw) {
            let max = u32::try_from(len).unwrap_or(u32::MAX).saturating_add(more).max(1);
            traffic = traffic.exchange_with(from, from.other(), len, Some(max));
        }
    }
    traffic.plan()
}
