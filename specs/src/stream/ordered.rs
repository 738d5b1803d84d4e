//! Bytes come out in the order in which they went in.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{ENDS, at_once, in_turns, joined, one_way, queued, random};

pub(super) static SPEC: Spec = Spec {
    id: "stream/ordered",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "bytes come out in the order in which they were written, whatever the sizes of writes and reads",
    clause: "A6; RFC 9293 §2.2, §3.4",
    needs: Needs { guarantees: &[Guarantee::Ordered], ..Needs::STREAM },
    kills: &["swap-bytes", "repeat-bytes", "stale-tail"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut experiments = in_turns(subject, |script, from| {
        let script = queued(script, from, [1; 150], 64);
        let script = queued(script, from, (1..100).map(|write| write * 7), 1000);
        script.cut(from, 8, joined(1), Vec::new()).cut(from, 11_680, joined(1460), Vec::new())
    });
    // A small write must not overtake the large one before it.
    experiments.extend(one_way(subject, |mut script, from| {
        for (large, small) in [(40_000, 1), (65_536, 3), (9000, 700), (131_071, 2)] {
            script = script.send(from, large).send(from, small).send(from, 1).step(from, Operation::Flush);
            script = script.receive(from.other(), large + small + 1, 8191);
        }
        script
    }));
    let lens: Vec<u64> = (0..48).map(|_| draw.length(1, 100_000)).collect();
    experiments.extend(at_once(subject, |script, from| {
        lens.iter().fold(script, |script, len| script.send(from, *len))
    }));
    experiments.push(alternating(subject, draw).into());
    experiments.extend((0..4).map(|_| random(subject, draw, 12).into()));
    experiments
}

/// Short messages to and fro, with the next one sent only when the last has come.
fn alternating(subject: &Subject, draw: &mut Draw) -> Plan {
    let script = (0..150).fold(Script::open(), |script, turn| {
        let len = draw.length(1, 2000);
        script.transfer(ENDS[turn % 2], len)
    });
    super::plans::finished(subject, script, ENDS[1])
}
