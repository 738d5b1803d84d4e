//! Decoding byte by byte costs time in proportion to the bytes.

use sockspec_harness::oracle::framing::{copies_in_proportion, exact_and, linear};
use sockspec_harness::plan::{Draw, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{Level, Verdict};

use super::plans::{CLIENT, PEER, feed, frames, layout, pieces};

pub(super) static SPEC: Spec = Spec {
    id: "framing/linear-time",
    level: Level::Should,
    level_elsewhere: Level::Should,
    rule: "decoding byte by byte costs time in proportion to the bytes, not to their square",
    clause: "A10",
    needs: Needs {
        capabilities: &[Capability::Decodes, Capability::DirectCalls],
        evidence: &[EvidenceKind::ProcessorTime],
        lacks: |subject| (layout(subject).largest() == 0).then(|| "its frames are all empty".to_owned()),
        ..Needs::DECODER
    },
    kills: &["copies-per-piece", "scans-from-start"],
    experiments,
    judge,
};

/// How many bytes the shortest stream has; the others have two, four and eight times as many.
const SHORTEST: u64 = 8 << 10;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let longest_frame = layout(subject).largest();
    let plan = |len: u64| -> Plan {
        // As few frames as the layout allows: a cost that grows with the frame shows as much as one that grows with the stream.
        let whole = (len / longest_frame).min(MOST_FRAMES);
        let rest = len - whole * longest_frame;
        let rest = (whole < MOST_FRAMES && rest > 0).then_some(rest);
        let lens: Vec<u64> = (0..whole).map(|_| longest_frame).chain(rest).collect();
        let script = frames(Script::new(), CLIENT, &lens);
        let script = feed(script.step(PEER, Operation::Count), PEER, pieces(1));
        script.step(PEER, Operation::Count).plan()
    };
    let lens = [SHORTEST, SHORTEST * 2, SHORTEST * 4, SHORTEST * 8];
    // Each length twice: of two measurements the shorter one is nearer to the truth.
    let plans = lens.into_iter().flat_map(|len| [plan(len), plan(len)]).collect();
    vec![Experiment::together(plans)]
}

/// The most frames of a plan.
const MOST_FRAMES: u64 = 4096;

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let exact = exact_and(subject, plans, traces, |_, _| Verdict::Pass);
    if exact != Verdict::Pass {
        return exact;
    }
    // The copies are counted, and so come first: what the clock says of them is less sure.
    match copies_in_proportion(plans, traces) {
        Verdict::Pass => linear(plans, traces),
        other => other,
    }
}
