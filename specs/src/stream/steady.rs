//! A connection is after thousands of operations what it was at first.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, ENDS, finished, one_way, sizes, unjoined};

pub(super) static SPEC: Spec = Spec {
    id: "stream/steady",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after thousands of writes and reads on one connection the next one is as right as the first",
    clause: "A5; RFC 9293 §2.2",
    needs: Needs::STREAM,
    kills: &["late-corruption"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    // Writes by the thousand, then reads by the thousand, then every size once more.
    let mut experiments = one_way(subject, |script, from| {
        let every = |len| Cuts::Every { len, joined: false };
        let script = script.cut(from, 150_000, every(101), Vec::new());
        let script = script.cut(from, 1000, every(1), vec![1]).cut(from, 3000, Cuts::None, vec![1]);
        sizes().into_iter().fold(script, |script, len| script.transfer(from, len))
    });
    // Every sort of operation, over and over, in both directions.
    let script = (0..500).fold(Script::open(), |script, turn| {
        let (from, len) = (ENDS[turn % 2], draw.length(1, 500));
        match turn % 5 {
            0 => script.send(from, len).step(from, Operation::Flush).receive(from.other(), len, 100),
            1 => script.step(from.other(), Operation::PollReceive { max: 10 }).transfer(from, len),
            2 => script.step(from, Operation::Flush).cut(from, len, unjoined(draw.cuts(len, 4)), vec![64]),
            _ => script.transfer(from, len),
        }
    });
    experiments.push(finished(subject, script, CLIENT).into());
    experiments
}
