//! The largest datagram that a system says it carries arrives whole.

use sockspec_harness::oracle::datagram::judge;
use sockspec_harness::plan::{Draw, LONGEST_SLICE, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::traffic::{CARRIED, ENDS, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/max-size",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a datagram of the largest size that the system declares is carried whole, and so are those just below",
    clause: "A5; RFC 768 (16-bit length), RFC 791 §3.1 (total length; 576 octets for every host), RFC 8200 §3 (payload length)",
    needs: Needs::DATAGRAM,
    kills: &["largest-vanishes", "refuses-largest", "truncated-datagram"],
    experiments,
    judge,
};

/// A datagram longer than a plan's payload can be is not tried, in bytes.
const LONGEST: u64 = LONGEST_SLICE as u64 - 16;

/// How often each length is tried in each direction: often enough to tell a habit of losing it from an accident.
const TRIES: usize = 6;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let lens: Vec<u64> = match subject.guarantees.max_message {
        Some(largest) => {
            let largest = largest.min(LONGEST);
            (0..4).filter_map(|less| largest.checked_sub(less)).filter(|len| *len > 0).collect()
        }
        // What every system carries; and what any might: it may refuse it, or lose it whenever it is sent, but not cut it.
        None => vec![CARRIED, CARRIED - 1, 1200, 1472, 8972, 32_768, 60_001, 65_507],
    };
    vec![tried(subject, &lens).into()]
}

/// Each length in both directions, between short ones.
fn tried(subject: &Subject, lens: &[u64]) -> Plan {
    let mut traffic = Traffic::open(subject);
    for turn in 0..TRIES {
        for (index, len) in lens.iter().enumerate() {
            for from in ENDS {
                traffic = traffic.exchange(from, *len);
                // A different number in between each time, so that the tries share no period.
                for _ in 0..(turn + index) % 3 {
                    traffic = traffic.exchange_short(from, from.other());
                }
            }
        }
    }
    traffic.plan()
}
