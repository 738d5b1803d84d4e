//! A write that was given up has sent nothing.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{ENDS, MIB, finished};

pub(super) static SPEC: Spec = Spec {
    id: "stream/cancelled-write",
    level: Level::Must,
    level_elsewhere: Level::Should,
    rule: "a write that had to wait and was dropped has sent no byte, and the next write is free to send others",
    clause: "tokio AsyncWriteExt::write (cancel safety), POSIX send (EAGAIN sends nothing)",
    needs: Needs { capabilities: &[Capability::BackPressure], ..Needs::STREAM },
    kills: &["pending-write-sends"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    ENDS.into_iter().map(|from| plan(subject, draw, from).into()).collect()
}

/// Writes into full buffers, giving up each time, with a read in between now and then.
fn plan(subject: &Subject, draw: &mut Draw, from: End) -> Plan {
    let mut script = Script::open();
    for turn in 0..48 {
        let payload = script.payload(from, draw.length(MIB / 16, MIB / 4));
        script = script.step(from, Operation::PollSend(payload));
        if turn % 6 == 5 {
            script = script.step(from.other(), Operation::PollReceive { max: 65_536 });
        }
    }
    finished(subject, script, from)
}
