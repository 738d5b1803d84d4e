//! A shutdown sends what was written and not flushed.

use sockspec_harness::oracle::stream::{Run, exact_and};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::plans::{ENDS, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/shutdown-flushes",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a shutdown that is done has sent everything written before it, flushed or not, also if the end is dropped then",
    clause: "tokio AsyncWrite::poll_shutdown (implies a flush), RFC 9293 §3.6 (a close sends what was queued)",
    needs: Needs { guarantees: &[Guarantee::SignalsEnd], ..Needs::STREAM },
    kills: &["unflushed-shutdown", "lost-tail-at-shutdown", "lost-tail-at-drop"],
    experiments,
    judge: |_, plans, traces| exact_and(plans, traces, |run| cut_off(run).unwrap_or(Verdict::Pass)),
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
    experiments.extend(ENDS.into_iter().flat_map(|from| LEFT.map(|len| left(from, len).into())));
    experiments
}

/// How much is on its way when its sender is dropped: little, and about as much as common buffers hold.
const LEFT: [u64; 3] = [1, 5000, 60_000];

/// All that is sent is shut down and left behind.
fn left(from: End, len: u64) -> Plan {
    let script = Script::open().send(from, len).shut_down(from).step(from, Operation::Drop);
    script.receive_to_end(from.other()).plan()
}

/// An end that came before everything that a shutdown had promised, from who was dropped behind it.
///
/// Who hears of the drop by an error, as of a connection that is reset, may have lost the rest: a drop promises nothing.
fn cut_off(run: &Run<'_>) -> Option<Verdict> {
    ENDS.into_iter().find_map(|from| {
        let flow = run.flow(from);
        let is_cut_off = flow.is_shut_down && flow.is_ended && flow.delivered < flow.owed;
        is_cut_off.then(|| {
            Verdict::fail(
                FailureKind::Lost,
                format!("all {} bytes that {from} sent before its shutdown, then the end", flow.owed),
                format!("the end after {} bytes", flow.delivered),
            )
        })
    })
}
