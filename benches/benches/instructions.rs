//! How many instructions the pure parts take: repeatable on any machine, however busy it is, and so fit for a gate.
//!
//! `ci/check.sh instructions` runs it where valgrind and `gungraun-runner` are installed, and says what is missing where they are not.
//! Three counts in a row were the same to the instruction; each stands beside what it counts, and one that has grown by more than [`ROOM`] fails.
//! Nothing here is made of the catalogue, or of anything else that grows by itself.

#![expect(missing_docs, reason = "the macros make modules of the functions")]

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig};
use sockspec_benches::parts;
use sockspec_harness::plan::Plan;
use sockspec_harness::run::Report;
use sockspec_harness::spec::Experiment;
use sockspec_harness::trace::Trace;

type Case = (Vec<Plan>, Vec<Trace>);

/// How many rows the report has: the cost of each is the same in one of 50,000.
const ROWS: usize = 500;

fn encoded_plans() -> Vec<Vec<u8>> {
    parts::encoded(&parts::drawn_plans())
}

fn report() -> Report {
    parts::report_of(ROWS)
}

/// How much more than was counted is let through, in percent: one more pass over the bytes of a plan is seen.
/// With a new compiler it is all counted anew.
const ROOM: u64 = 5;

/// What was counted, by Rust 1.95 on x86-64 Linux, and some room.
fn counted(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions * (100 + ROOM) / 100)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

#[library_benchmark(config = counted(2_242_330), setup = parts::drawn_plans)]
fn encode_plans(plans: Vec<Plan>) -> Vec<Vec<u8>> {
    black_box(parts::encoded(&plans))
}

#[library_benchmark(config = counted(2_387_166), setup = encoded_plans)]
fn decode_plans(encoded: Vec<Vec<u8>>) -> usize {
    black_box(parts::decode(&encoded))
}

#[library_benchmark(config = counted(265_256), setup = parts::stream_case)]
fn judge_stream(case: Case) {
    parts::judge_stream(black_box(&case));
}

#[library_benchmark(config = counted(171_165), setup = parts::framing_case)]
fn judge_framing(case: Case) {
    parts::judge_framing(black_box(&case));
}

#[library_benchmark(config = counted(1_508_436), setup = parts::unshrunk)]
fn shrink(experiment: Experiment) -> usize {
    black_box(parts::shrink_case(experiment))
}

#[library_benchmark(config = counted(4_081_847), setup = report)]
fn render_text(report: Report) -> usize {
    black_box(parts::render_text(&report))
}

#[library_benchmark(config = counted(2_917_360), setup = report)]
fn render_json(report: Report) -> usize {
    black_box(parts::render_json(&report))
}

library_benchmark_group!(
    name = pure,
    benchmarks = [encode_plans, decode_plans, judge_stream, judge_framing, shrink, render_text, render_json]
);

main!(library_benchmark_groups = pure);
