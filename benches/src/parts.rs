//! What is pure: the inputs of the parts that run without a socket, and the parts themselves.
//!
//! Criterion times them, and valgrind counts their instructions.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use sockspec_harness::drive::{Limits, Pulse, drive};
use sockspec_harness::link::Duplex;
use sockspec_harness::oracle;
use sockspec_harness::plan::{Cut, Cuts, Draw, End, Operation, Plan, Script};
use sockspec_harness::report;
use sockspec_harness::run::{DEFAULT_SEED, Departure, Report, Row, RowSegmentation, VerdictWord};
use sockspec_harness::shrink::shrink;
use sockspec_harness::spec::Experiment;
use sockspec_harness::subject::Kind;
use sockspec_harness::system::System;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use crate::{ours, runtime};

/// How many plans are encoded and decoded together.
const PLANS: u64 = 256;

/// Plans of the shapes that the catalogue draws for a stream; they stay the same when it grows.
pub fn drawn_plans() -> Vec<Plan> {
    (0..PLANS).map(drawn_plan).collect()
}

/// A few transfers in either direction, of lengths, cuts and reads by the seed.
fn drawn_plan(number: u64) -> Plan {
    let mut draw = Draw::new(DEFAULT_SEED, &["benches", &number.to_string()]);
    let transfers = draw.between(1, 6);
    let script = (0..transfers).fold(Script::open(), |script, _| {
        let end = *draw.pick(&[End::client(0), End::peer(0)]);
        let len = draw.length(1, 1 << 16);
        let cuts = draw.cuts(len, 24);
        script.cut(end, len, cuts, draw.reads(1 << 12))
    });
    script.finish_both(0).plan()
}

/// The bytes of those plans.
pub fn encoded(plans: &[Plan]) -> Vec<Vec<u8>> {
    plans.iter().map(Plan::encode).collect()
}

/// Decodes each; how many steps they have in all.
pub fn decode(encoded: &[Vec<u8>]) -> usize {
    encoded.iter().map(|bytes| Plan::decode(bytes).steps.len()).sum()
}

/// What an oracle reads: a stream of 512 transfers of 16 pieces each, and what was seen of it.
///
/// # Panics
/// If the pipe does not carry it.
pub fn stream_case() -> (Vec<Plan>, Vec<Trace>) {
    let cuts = Cuts::Every { len: 16, joined: false };
    let transfers =
        (0..512).fold(Script::open(), |script, _| script.cut(End::client(0), 256, cuts.clone(), vec![]));
    let plan = transfers.finish_both(0).plan();
    let trace = runtime().block_on(ours::run(&Duplex::new("duplex"), &plan));
    (vec![plan], vec![trace])
}

/// What an oracle reads of frames: 256 of them, fed byte by byte.
///
/// # Panics
/// If the codec does not decode them.
pub fn framing_case() -> (Vec<Plan>, Vec<Trace>) {
    let plan = ours::frames(256, 16);
    let system = ours::length_delimited();
    let limits =
        Limits { patience: std::time::Duration::from_secs(10), total: std::time::Duration::from_secs(60) };
    let mut world = system.world();
    let (trace, _) =
        runtime().block_on(drive(&mut *world, &plan, &limits, &Pulse::default(), &AtomicBool::new(false)));
    (vec![plan], vec![trace])
}

/// Judges a stream's case.
///
/// # Panics
/// If it does not pass: the time of a failure would be another.
pub fn judge_stream((plans, traces): &(Vec<Plan>, Vec<Trace>)) {
    assert_eq!(oracle::stream::exact(plans, traces), Verdict::Pass);
}

/// Judges a case of framing.
///
/// # Panics
/// If it does not pass: the time of a failure would be another.
pub fn judge_framing((plans, traces): &(Vec<Plan>, Vec<Trace>)) {
    let system = ours::length_delimited();
    assert_eq!(oracle::framing::exact(system.subject(), plans, traces), Verdict::Pass);
}

/// A plan with far more in it than its failure needs: 40 transfers in pieces of which only one with a cut at 100 matters.
pub fn unshrunk() -> Experiment {
    let client = End::client(0);
    let cuts = Cuts::At((1..=32).map(|n| Cut { at: n * 25, joined: false }).collect());
    let transfers = (0..40).fold(Script::open(), |script, n| {
        script.cut(if n % 2 == 0 { client } else { client.other() }, 1000 + n, cuts.clone(), vec![7, 3])
    });
    transfers.finish_both(0).plan().into()
}

/// Shrinks it to what has a transfer of the peer's that is cut at 100; how many steps are left.
pub fn shrink_case(experiment: Experiment) -> usize {
    let mut fails = |candidate: &Experiment| {
        candidate.plans[0].steps.iter().any(|step| match &step.operation {
            Operation::Transfer(transfer) => {
                step.end == End::peer(0) && transfer.cuts.next(99, transfer.payload.len()).0 == 100
            }
            _ => false,
        })
    };
    shrink(experiment, &mut fails, 400).plans[0].steps.len()
}

/// A report of so many rows, one in a hundred of them a departure.
pub fn report_of(rows: usize) -> Report {
    let departure =
        Departure { kind: FailureKind::Corrupted, plans: vec![ours::exchange(1, 9)], difference: None };
    let row = |n: usize| {
        let departs = n.is_multiple_of(100);
        Row {
            id: "stream/ordered".to_owned(),
            system: format!("system-{n:05}"),
            kind: Kind::Stream,
            level: Level::Must,
            rule: "bytes arrive in the order in which they were sent".to_owned(),
            clause: "A6; RFC 9293 §3.4".to_owned(),
            verdict: if departs { VerdictWord::Fail } else { VerdictWord::Pass },
            cases: 120,
            reason: departs.then(|| "the byte at 4 came twice".to_owned()),
            expected: departs.then(|| "each of 9 bytes once".to_owned()),
            actual: departs.then(|| "10 bytes".to_owned()),
            replay: departs.then(|| format!("sockspec1-{n:096}")),
            segmentation: Some(RowSegmentation { requested: 4096, achieved: 4096 }),
            departure: departs.then(|| departure.clone()),
            cannot_run: false,
        }
    };
    Report {
        seed: DEFAULT_SEED,
        rows: (0..rows).map(row).collect(),
        interrupted: false,
        cannot_run: None,
        stale: Vec::new(),
        is_strict: false,
        measurements: BTreeMap::new(),
    }
}

/// Renders a report as a terminal shows it; how many bytes that is.
pub fn render_text(report: &Report) -> usize {
    let text = report::Text {
        report,
        detail: report::Detail::Normal,
        palette: &report::Palette::PLAIN,
        replay: report::ReplayLine::Command,
        words: "",
    };
    text.to_string().len()
}

/// Renders a report as JSON; how many bytes that is.
pub fn render_json(report: &Report) -> usize {
    report::json(report).len()
}

/// Renders a report as JUnit; how many bytes that is.
pub fn render_junit(report: &Report) -> usize {
    report::junit(report, report::ReplayLine::Command).len()
}
