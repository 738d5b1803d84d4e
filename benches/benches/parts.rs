//! The parts that run without a socket, with criterion's statistics.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sockspec_benches::parts;

/// How many rows a large report has.
const ROWS: usize = 50_000;

fn plans(criterion: &mut Criterion) {
    let plans = parts::drawn_plans();
    let encoded = parts::encoded(&plans);
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(plans.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| parts::encoded(black_box(&plans))));
    group.bench_function("decode", |bencher| bencher.iter(|| parts::decode(black_box(&encoded))));
    group.finish();
}

fn oracles(criterion: &mut Criterion) {
    let (stream, framing) = (parts::stream_case(), parts::framing_case());
    let mut group = criterion.benchmark_group("oracle");
    group.bench_function("stream", |bencher| bencher.iter(|| parts::judge_stream(black_box(&stream))));
    group.bench_function("framing", |bencher| bencher.iter(|| parts::judge_framing(black_box(&framing))));
    group.finish();
}

fn shrinking(criterion: &mut Criterion) {
    let experiment = parts::unshrunk();
    criterion.bench_function("shrink", |bencher| {
        bencher.iter_batched(|| experiment.clone(), parts::shrink_case, BatchSize::SmallInput);
    });
}

fn reports(criterion: &mut Criterion) {
    let report = parts::report_of(ROWS);
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("text", |bencher| bencher.iter(|| parts::render_text(black_box(&report))));
    group.bench_function("json", |bencher| bencher.iter(|| parts::render_json(black_box(&report))));
    group.bench_function("junit", |bencher| bencher.iter(|| parts::render_junit(black_box(&report))));
    group.finish();
}

criterion_group!(benches, plans, oracles, shrinking, reports);
criterion_main!(benches);
