//! The rates of cutting a codec's wire in every way, of the decoder called by hand, and of what people check a codec with today,
//! with criterion's statistics.
//!
//! For what one is against the other, see `ratios`: criterion measures one after the other, and machines drift meanwhile.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sockspec::codec::TokioCodec;
use sockspec_benches::{FRAMES, bare, ours, peers, runtime};
use sockspec_harness::codec::Codec;
use sockspec_harness::run::DEFAULT_SEED;
use tokio_util::codec::LengthDelimitedCodec;

fn every_way(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = ours::length_delimited();
    let plan = ours::every_way(&FRAMES);
    let wire = bare::codec::wire(&FRAMES);
    let mut group = criterion.benchmark_group("every-way");
    group.throughput(Throughput::Elements(1 << (wire.len() - 1)));
    group.bench_function("driven", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(ours::run(&system, &plan))));
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| bare::codec::every_way(black_box(&wire)).expect("the frames are whole"));
    });
    group.finish();
}

fn cases(criterion: &mut Criterion) {
    let sound = || -> Box<dyn Codec> { Box::new(TokioCodec(LengthDelimitedCodec::new())) };
    let mut group = criterion.benchmark_group("case");
    group.throughput(Throughput::Elements(1));
    for (name, search) in [
        ("proptest", peers::by_proptest as fn(peers::Make<'_>, u64, peers::Enough<'_>) -> peers::Search),
        ("chunks", peers::by_random_chunks),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|wanted| {
                let began = Instant::now();
                black_box(search(&sound, DEFAULT_SEED, &|cases| cases >= wanted));
                began.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, every_way, cases);
criterion_main!(benches);
