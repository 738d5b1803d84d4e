//! How many executions a second each fuzz body makes on this machine, and what share of an empty body's that is.
//!
//! `cargo run --release -p sockspec --no-default-features --example fuzz_rates`: without the counting allocator, as `fuzz/` builds it.
//! The inputs are those of a campaign that has run a while: seeds, and plans grown from them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use sockspec::fuzz::{CANARY, TARGETS, Target};
use sockspec_harness::plan::{Draw, Plan};

/// How long each body is measured.
const TIME: Duration = Duration::from_secs(3);

/// How many inputs there are.
const INPUTS: usize = 2048;

/// How many changes lie between a seed and an input, at most.
const CHANGES: u64 = 6;

#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn main() {
    let empty = rate(|_| (), &[vec![0; 64]]);
    println!("{:<20} {empty:>12.0} /s", "(empty)");
    for target in TARGETS.into_iter().filter(|target| target.name != CANARY.name) {
        let rate = rate(target.body, &inputs(target));
        println!("{:<20} {rate:>12.0} /s {:>10.5} % of empty", target.name, 100.0 * rate / empty);
    }
}

/// Executions a second, over the inputs in turn.
fn rate(body: impl Fn(&[u8]), inputs: &[Vec<u8>]) -> f64 {
    let (mut count, began) = (0u64, Instant::now());
    loop {
        for bytes in inputs {
            body(black_box(bytes));
            count += 1;
        }
        if began.elapsed() >= TIME {
            return count as f64 / began.elapsed().as_secs_f64();
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
