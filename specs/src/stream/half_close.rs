//! One direction ends, the other goes on.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{ENDS, MIB, joined, queued};

pub(super) static SPEC: Spec = Spec {
    id: "stream/half-close",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after one end has shut down, the other direction goes on and loses nothing",
    clause: "RFC 9293 §3.6 (who has closed goes on receiving), POSIX shutdown",
    needs: Needs {
        guarantees: &[Guarantee::SignalsEnd],
        capabilities: &[Capability::HalfClose],
        ..Needs::STREAM
    },
    kills: &["half-close-closes-both"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let plans = ENDS
        .into_iter()
        .flat_map(|closes| [after_the_end(closes), at_first(closes), under_way(closes), bulk(closes)]);
    plans.map(Experiment::from).collect()
}

/// Much is sent the other way after the end has been seen.
fn after_the_end(closes: End) -> Plan {
    let stays = closes.other();
    let script = Script::open().transfer(closes, 100).transfer(stays, 100).finish(closes);
    let script =
        [1, 2, 1460, 4096, 65_536].into_iter().fold(script, |script, len| script.transfer(stays, len));
    queued(script.cut(stays, 3000, joined(400), Vec::new()), stays, [7; 40], 64).finish(stays).plan()
}

/// The very first thing that happens is a shutdown, and nobody reads its end until the other direction is through.
fn at_first(closes: End) -> Plan {
    let stays = closes.other();
    let script = Script::open().shut_down(closes).transfer(stays, 1).transfer(stays, 5000);
    script.finish(stays).receive_to_end(stays).plan()
}

/// Bytes are under way to the end that shuts down.
fn under_way(closes: End) -> Plan {
    let stays = closes.other();
    let script =
        Script::open().send(stays, 9000).step(stays, Operation::Flush).send(closes, 500).shut_down(closes);
    let script = script.receive(closes, 9000, 4096).receive_to_end(stays);
    script.transfer(stays, 9000).finish(stays).plan()
}

/// More than the buffers hold.
fn bulk(closes: End) -> Plan {
    let stays = closes.other();
    let script = Script::open().shut_down(closes).receive_to_end(stays);
    script.send(stays, 5 * MIB).shut_down(stays).receive_to_end(closes).concurrent().plan()
}
