//! A shutdown sends what was written and not flushed.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::one_way;

pub(super) static SPEC: Spec = Spec {
    id: "stream/shutdown-flushes",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a shutdown that is done has sent everything written before it, flushed or not",
    clause: "tokio AsyncWrite::poll_shutdown (implies a flush), RFC 9293 §3.6 (a close sends what was queued)",
    needs: Needs { guarantees: &[Guarantee::SignalsEnd], ..Needs::STREAM },
    kills: &["unflushed-shutdown", "lost-tail-at-shutdown"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut experiments = Vec::new();
    // Each size is the only thing ever written on its connection.
    for len in [1, 2, 7, 64, 1000, 4095, 4096, 4097, 8192, 16_384, 16_385, 65_536, 100_000] {
        experiments.extend(one_way(subject, |script, from| script.send(from, len)));
    }
    // Some of it was flushed and read before, some of it was not.
    for _ in 0..6 {
        let lens: Vec<u64> = (0..5).map(|_| draw.length(1, 20_000)).collect();
        experiments.extend(one_way(subject, |script: Script, from| {
            let script = script.transfer(from, lens[0]).transfer(from.other(), lens[1]);
            lens[2..].iter().fold(script, |script, len| script.send(from, *len))
        }));
    }
    experiments
}
