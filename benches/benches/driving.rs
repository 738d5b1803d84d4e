//! The rates of driving and of the bare loops, with criterion's statistics.
//!
//! For what driving costs, see `ratios`: criterion measures one after the other, and machines drift meanwhile.

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sockspec_benches::{PIECES, bare, ours, runtime};
use sockspec_harness::link::{Tcp, Udp};

/// How many pieces one iteration exchanges over one connection.
const PIECES_EACH: u64 = 256;

/// How many connections one iteration makes: criterion makes some thousands of iterations, and each port rests for a minute.
const CONNECTIONS_EACH: u16 = 1;

/// How long one stream is, in bytes, and the buffers of both ways.
const BULK: u64 = 64 << 20;
const BULK_BUFFER: u32 = 256 << 10;

/// How many datagrams one iteration exchanges.
const DATAGRAMS_EACH: u64 = 256;

fn lockstep(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());
    let mut group = criterion.benchmark_group("lockstep");
    group.throughput(Throughput::Elements(PIECES_EACH));
    for len in PIECES {
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

fn connections(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());
    let plan = ours::connections(CONNECTIONS_EACH);
    let mut group = criterion.benchmark_group("connections");
    // Few enough for the ports: each side is measured for half a second.
    group.warm_up_time(std::time::Duration::from_millis(100));
    group.measurement_time(std::time::Duration::from_millis(500)).sample_size(20);
    group.throughput(Throughput::Elements(u64::from(CONNECTIONS_EACH)));
    group.bench_function("driven", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(ours::run(&system, &plan))));
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| {
            runtime.block_on(bare::stream::connections(CONNECTIONS_EACH.into())).expect("loopback works")
        });
    });
    group.finish();
}

fn bulk(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());
    let plan = ours::bulk(BULK, BULK_BUFFER);
    let mut group = criterion.benchmark_group("bulk");
    group.sample_size(10).throughput(Throughput::Bytes(BULK));
    group.bench_function("verified", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(ours::run(&system, &plan))));
    });
    group.bench_function("unverified", |bencher| {
        bencher.iter(|| bare::stream::bulk(BULK, BULK_BUFFER as usize).expect("loopback works"));
    });
    group.finish();
}

fn datagrams(criterion: &mut Criterion) {
    let runtime = runtime();
    let system = Udp::new("udp-v4", Ipv4Addr::LOCALHOST.into());
    let mut group = criterion.benchmark_group("datagrams");
    group.throughput(Throughput::Elements(DATAGRAMS_EACH));
    for len in [64, 65_507] {
        let plan = ours::datagrams(DATAGRAMS_EACH, len);
        group.bench_function(BenchmarkId::new("driven", len), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(ours::run(&system, &plan))));
        });
        group.bench_function(BenchmarkId::new("bare", len), |bencher| {
            bencher.iter(|| {
                let exchange = bare::datagram::exchange(DATAGRAMS_EACH, len as usize);
                runtime.block_on(exchange).expect("loopback works")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lockstep, connections, bulk, datagrams);
criterion_main!(benches);
