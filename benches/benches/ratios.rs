//! What driving costs: its rate over that of a bare hand-written loop, measured in turn.
//!
//! `cargo bench -p sockspec-benches --bench ratios` prints a table; 1.00 would mean that proving every cut costs nothing.

use std::hint::black_box;
use std::net::Ipv4Addr;

use sockspec_benches::paired::Paired;
use sockspec_benches::{PIECES, bare, ours, runtime};
use sockspec_harness::link::Tcp;
use sockspec_harness::plan::slice;

/// Rounds of each pair: enough for a median that stays within a few hundredths.
const ROUNDS: usize = 41;

/// Connections of a round: all rounds together stay far below the ports that TIME_WAIT may hold (28,231).
const CONNECTIONS: u16 = 100;

/// The lengths of the frames that are cut in every way, 15 bytes with their headers.
const FRAMES: [u64; 3] = [2, 0, 1];

fn main() {
    // `cargo test --benches` runs every bench with this argument, to see that it works and not how fast.
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { ROUNDS };
    let runtime = runtime();
    let system = Tcp::new("tcp-v4", Ipv4Addr::LOCALHOST.into());

    say("driven over bare, on tcp-v4", "ratio");
    for len in PIECES {
        // About as many bytes matter for large pieces as pieces for small ones.
        let pieces = if len > 4096 { 400 } else { 2000 };
        let plan = ours::exchange(pieces, len);
        let paired = Paired::measure(
            rounds,
            pieces,
            || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
            || runtime.block_on(bare::exchange(pieces, len as usize)).expect("loopback works"),
        );
        say(&format!("pieces of {len} bytes"), &paired.to_string());
    }

    let plan = ours::connections(CONNECTIONS);
    let paired = Paired::measure(
        rounds,
        u64::from(CONNECTIONS),
        || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
        || runtime.block_on(bare::connections(u64::from(CONNECTIONS))).expect("loopback works"),
    );
    say("new connections", &paired.to_string());

    let system = ours::length_delimited();
    let plan = ours::every_way(&FRAMES);
    let wire: Vec<u8> = FRAMES
        .iter()
        .flat_map(|len| [&(*len as u32).to_be_bytes()[..], slice(1, 0, *len as usize)].concat())
        .collect();
    let paired = Paired::measure(
        rounds,
        1 << (wire.len() - 1),
        || drop(black_box(runtime.block_on(ours::run(&system, &plan)))),
        || {
            black_box(bare::every_way(&wire).expect("the frames are whole"));
        },
    );
    say("every way to cut 15 bytes", &paired.to_string());
}

#[expect(clippy::print_stdout, reason = "the table is what the bench is for")]
fn say(what: &str, value: &str) {
    println!("{what:<28}  {value}");
}
