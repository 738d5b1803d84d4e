//! How cost grows: frames, cuts, datagrams and systems, up to a hundred times as many.
//!
//! `cargo bench -p sockspec-benches --bench growth` prints what one unit costs at each size, and the power of the size that fits the times best:
//! 1 is linear, 2 is quadratic.
//! It fails where that power is above [`MOST`].

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use sockspec::catalogue;
use sockspec_benches::record::save;
use sockspec_benches::{is_measuring, ours, runtime};
use sockspec_harness::link::{Duplex, Tcp, Udp};
use sockspec_harness::run::{Pair, Settings, run};
use sockspec_harness::system::System;

/// How many times as much is done, at each size.
const SIZES: [u64; 5] = [1, 3, 10, 30, 100];

/// How often each size is measured; the shortest time counts, which is what the work takes when nothing disturbs it.
const ROUNDS: usize = 5;

/// The largest power that counts as linear: caches and buffers are felt at a hundred times the size, a square would be 2.
const MOST: f64 = 1.2;

/// Something that grows.
struct Axis<'a> {
    name: &'static str,
    /// What one unit is.
    unit: &'static str,
    /// How many units the size of 1 has.
    base: u64,
    work: Box<dyn Fn(u64) + 'a>,
}

fn main() -> ExitCode {
    let is_test = !is_measuring();
    let (sizes, rounds) = if is_test { (&SIZES[..2], 1) } else { (&SIZES[..], ROUNDS) };
    let mut is_linear = true;
    let mut table = Vec::new();
    for axis in axes() {
        let times: Vec<f64> =
            sizes.iter().map(|size| shortest(rounds, || (axis.work)(axis.base * size))).collect();
        let power = power(sizes, &times);
        let mut line = format!("{:<10}", axis.name);
        for (size, time) in sizes.iter().zip(&times) {
            let each = time / (axis.base * size) as f64 * 1e9;
            write!(line, "  {:>9} at {each:>7.0} ns", axis.base * size)
                .expect("a String takes what is written");
        }
        say(&format!("{line}  each of the {}: grows with the power {power:.2}", axis.unit));
        is_linear &= power <= MOST;
        let points = sizes
            .iter()
            .zip(&times)
            .map(|(size, time)| serde_json::json!({ "units": axis.base * size, "seconds": time }));
        let points: Vec<_> = points.collect();
        table.push(
            serde_json::json!({ "name": axis.name, "unit": axis.unit, "power": power, "points": points }),
        );
    }
    // Two sizes in one round are no measurement.
    if is_test {
        return ExitCode::SUCCESS;
    }
    match save(
        "growth.json",
        &serde_json::json!({ "schema": "sockspec.growth.v1", "most": MOST, "axes": table }),
    ) {
        Ok(path) => say(&format!("written to {}", path.display())),
        Err(error) => {
            say(&error.to_string());
            return ExitCode::FAILURE;
        }
    }
    if is_linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn axes() -> Vec<Axis<'static>> {
    let drive = |system: Arc<dyn System>| {
        let runtime = runtime();
        move |plan| drop(black_box(runtime.block_on(ours::run(&*system, &plan))))
    };
    let tcp = drive(Arc::new(Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into())));
    let udp = drive(Arc::new(Udp::new("udp-v4", Ipv4Addr::LOCALHOST.into())));
    let codec = drive(Arc::new(ours::length_delimited()));
    vec![
        Axis {
            name: "cuts",
            unit: "pieces over TCP",
            base: 100,
            work: Box::new(move |n| tcp(ours::exchange(n, 16))),
        },
        Axis {
            name: "frames",
            unit: "frames of 16 bytes fed byte by byte",
            base: 20,
            work: Box::new(move |n| codec(ours::frames(n, 16))),
        },
        Axis {
            name: "datagrams",
            unit: "datagrams over UDP",
            base: 50,
            work: Box::new(move |n| udp(ours::datagrams(n, 64))),
        },
        Axis { name: "systems", unit: "systems under one spec", base: 1, work: Box::new(systems) },
    ]
}

/// One spec on so many systems, the whole way from the queue to the report.
fn systems(count: u64) {
    let spec = catalogue::find("stream/ordered").expect("the spec is there");
    let pair = |n| Pair { spec, system: Arc::new(Duplex::new(&format!("duplex-{n}"))) as Arc<dyn System> };
    let pairs = (0..count).map(pair).collect();
    black_box(run(pairs, &Settings::default(), &Arc::new(AtomicBool::new(false)), &mut |_| ()));
}

/// The shortest of so many times, in seconds.
fn shortest(rounds: usize, work: impl Fn()) -> f64 {
    let times = (0..rounds).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// The power of the size that fits the times best, by least squares over the logarithms.
fn power(sizes: &[u64], times: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> =
        sizes.iter().zip(times).map(|(size, time)| ((*size as f64).ln(), time.ln())).collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>();
    slope / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

#[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
fn say(line: &str) {
    println!("{line}");
}
