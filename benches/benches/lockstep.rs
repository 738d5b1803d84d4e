//! The rates of lock-step driving and of the bare loop, with criterion's statistics.
//!
//! For what driving costs, see `ratios`: criterion measures one after the other, and machines drift meanwhile.

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sockspec_benches::{PIECES, bare, ours, runtime};
use sockspec_harness::link::Tcp;

/// How many pieces one iteration exchanges over one connection.
const PIECES_EACH: u64 = 256;

fn lockstep(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());
    let mut group = criterion.benchmark_group("lockstep");
    for len in PIECES {
        group.throughput(Throughput::Elements(PIECES_EACH));
        let plan = ours::exchange(PIECES_EACH, len);
        group.bench_function(BenchmarkId::new("driven", len), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(ours::run(&system, &plan))));
        });
        group.bench_function(BenchmarkId::new("bare", len), |bencher| {
            bencher.iter(|| {
                runtime.block_on(bare::stream::exchange(PIECES_EACH, len as usize)).expect("loopback works")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lockstep);
criterion_main!(benches);
