//! Every byte that was accepted arrives, once and unchanged.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{ENDS, finished, one_way, random, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "stream/lossless",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "every byte that was accepted arrives, once and unchanged, whatever the size of the write",
    clause: "A6; RFC 9293 §2.2, §3.8",
    needs: Needs { guarantees: &[Guarantee::Lossless], ..Needs::STREAM },
    kills: &["drop-byte", "flip-bit", "repeat-bytes", "truncated-write", "peer-direction-only"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let transfers = |script: Script, from| sizes().into_iter().fold(script, |s, len| s.transfer(from, len));
    let mut experiments = one_way(subject, transfers);
    // Falling sizes leave longer old bytes behind in every buffer.
    experiments.extend(one_way(subject, |script, from| {
        sizes().into_iter().rev().fold(script, |script, len| script.transfer(from, len))
    }));
    // Nobody reads before all is written and the sender is done.
    experiments.extend(one_way(subject, |script, from| {
        sizes().into_iter().fold(script, |script, len| script.send(from, len))
    }));
    // A fresh connection for each size: what the first write does may differ from every later one.
    for len in [1, 2, 64, 1000, 4096, 8192, 16_385, 65_536] {
        for from in ENDS {
            let script = Script::open().transfer(from, len).transfer(from.other(), len);
            experiments.push(finished(subject, script, from).into());
        }
    }
    experiments.extend((0..6).map(|_| random(subject, draw, 12).into()));
    experiments
}
