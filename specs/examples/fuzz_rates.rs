//! How many executions a second each fuzz body makes on this machine, and what share of an empty body's that is.
//!
//! `cargo run --release -p sockspec --no-default-features --example fuzz_rates -- 3s [TARGET …]`, three seconds each:
//! without the counting allocator, as `fuzz/` builds it.
//! The inputs are those of a campaign that has run a while: seeds, and plans grown from them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use sockspec::fuzz::{CANARY, TARGETS, Target};
use sockspec_harness::plan::{Draw, Plan};
use sockspec_harness::run::parse_duration;

/// How long each body is measured, if not told otherwise: enough to see that it works.
const TIME: Duration = Duration::from_millis(50);

/// How many inputs there are.
const INPUTS: usize = 2048;

/// How many changes lie between a seed and an input, at most.
const CHANGES: u64 = 6;

#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let time = arguments.next().map_or(TIME, |word| parse_duration(&word).expect("a time like 3s"));
    let wanted: Vec<String> = arguments.collect();
    let empty = rate(|_| (), &[vec![0; 64]], time);
    println!("{:<20} {empty:>12.0} /s", "(empty)");
    for target in TARGETS.into_iter().filter(|target| target.name != CANARY.name) {
        if wanted.is_empty() || wanted.iter().any(|name| name == target.name) {
            let rate = rate(|bytes| target.body(bytes), &inputs(target), time);
            println!("{:<20} {rate:>12.0} /s {:>10.5} % of empty", target.name, 100.0 * rate / empty);
        }
    }
}

/// Executions a second, over the inputs in turn.
fn rate(body: impl Fn(&[u8]), inputs: &[Vec<u8>], time: Duration) -> f64 {
    let (mut count, began) = (0u64, Instant::now());
    loop {
        for bytes in inputs {
            body(black_box(bytes));
            count += 1;
            if count % 64 == 0 && began.elapsed() >= time {
                return count as f64 / began.elapsed().as_secs_f64();
            }
        }
    }
}

fn inputs(target: &Target) -> Vec<Vec<u8>> {
    let seeds = target.seeds();
    let mut draw = Draw::new(1, &["rates", target.name]);
    let grow = |_| {
        let seed = &draw.pick(&seeds).1;
        let mut plan = if draw.one_in(2) { Plan::default() } else { Plan::decode(seed) };
        for _ in 0..draw.between(1, CHANGES) {
            if !target.mutate_plan(&mut plan, &mut draw) {
                return seed.clone();
            }
        }
        plan.encode()
    };
    (0..INPUTS).map(grow).collect()
}
