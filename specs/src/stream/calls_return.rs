//! Every call returns.
//!
//! It stands first in the group: a call that does not return cannot be stopped, so that nothing else is tried on its system.

use sockspec_harness::oracle::stream::each;
use sockspec_harness::plan::{Cuts, Draw, Operation};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::{Level, Verdict};

use super::plans::in_turns;

pub(super) static SPEC: Spec = Spec {
    id: "stream/calls-return",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "every call returns, done or not, without a panic and without memory out of all proportion to what was sent",
    clause: "std Future::poll (does not block), tokio AsyncRead and AsyncWrite",
    needs: Needs::STREAM,
    kills: &["panics", "spins", "hoards-memory"],
    experiments,
    judge: |_, plans, traces| each(plans, traces, |_| Verdict::Pass),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    in_turns(subject, |script, from| {
        let script = script.step(from.other(), Operation::PollReceive { max: 100 }).transfer(from, 10);
        let script = script.cut(from, 200, Cuts::Every { len: 10, joined: false }, vec![3]);
        script.transfer(from, 50_000).send(from, 50_000).step(from, Operation::Flush)
    })
}
