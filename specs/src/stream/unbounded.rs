//! A stream has no longest length.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{MIB, at_once, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/unbounded",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a stream carries as many bytes as are written, and the last are as right as the first",
    clause: "A5; RFC 9293 §2.2, §3.4",
    needs: Needs::STREAM,
    kills: &["late-megabyte"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

/// How many bytes each direction carries when both are busy: past the size of every buffer, and past 24 bits.
const BULK: u64 = 24 * MIB;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    // In lock-step every byte has been read before the next piece is written, so no buffer is ever full.
    let mut experiments = one_way(subject, |script, from| {
        script.cut(from, 6 * MIB, Cuts::Every { len: 65_536, joined: false }, Vec::new())
    });
    experiments.extend(at_once(subject, |script, from| script.send(from, BULK)));
    experiments
}
