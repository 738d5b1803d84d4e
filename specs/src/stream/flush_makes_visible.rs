//! What was flushed can be read, without another byte behind it.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{CLIENT, ENDS, finished, in_turns, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "stream/flush-makes-visible",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "once a flush is done, the reader gets everything written before it, with nothing written after",
    clause: "tokio AsyncWrite::poll_flush, RFC 9293 §3.9.1.2 (push)",
    needs: Needs::STREAM,
    kills: &["withheld-flush", "stuck-flush"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let flushed = |script: Script, from, len| {
        script.step(from, Operation::Flush).receive(ENDS[usize::from(from == CLIENT)], len, 8192)
    };
    // A flush of nothing, one write, and several writes behind one flush.
    let mut experiments = in_turns(subject, |script, from| {
        let script = script.step(from, Operation::Flush).step(from, Operation::Flush);
        let script =
            sizes().into_iter().fold(script, |script, len| flushed(script.send(from, len), from, len));
        (1..8).fold(script, |script, writes| {
            let script = (0..writes).fold(script, |script, write| script.send(from, 1 + write * 300));
            flushed(script, from, (0..writes).map(|write| 1 + write * 300).sum())
        })
    });
    // A question and its answer, each flushed, over and over.
    let script = (0..200).fold(Script::open(), |script, turn| {
        let (from, len) = (ENDS[turn % 2], draw.length(1, 3000));
        flushed(script.send(from, len), from, len)
    });
    experiments.push(finished(subject, script, CLIENT).into());
    experiments
}
