//! Nothing comes that nobody sent.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, End, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, ENDS, finished, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/nothing-invented",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a reader gets nothing but what its peer sent: no byte before, none twice, none of its own, none left over",
    clause: "A6; RFC 9293 §2.2, §3.4",
    needs: Needs::STREAM,
    kills: &["echoed-direction", "stale-tail", "repeat-bytes"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    // Long writes are followed by short ones into the same large buffer, and each by a look whether there is more.
    let mut experiments = one_way(subject, |script, from| {
        [5000, 1, 65_536, 2, 100, 99, 17, 16, 1].into_iter().fold(look(script), |script, len| {
            let script = look(script.transfer(from, len));
            look(script.send(from, len).step(from, Operation::Flush).receive(from.other(), len, 65_536))
        })
    });
    // Nothing at all is sent, in either direction.
    experiments.extend(one_way(subject, |script, _| (0..8).fold(script, |script, _| look(script))));
    let script = (0..40).fold(Script::open(), |script, turn: u64| {
        look(script.transfer(ENDS[turn as usize % 2], 1 + turn * 13 % 97))
    });
    experiments.push(finished(subject, script, CLIENT).into());
    experiments
}

/// Polls both ends, which have nothing to get.
fn look(script: Script) -> Script {
    let poll = |script: Script, end: End| script.step(end, Operation::PollReceive { max: 4096 });
    ENDS.into_iter().fold(script, poll)
}
