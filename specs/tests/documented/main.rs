//! The examples of the documents, word for word: each block of Rust in README.md and CONTRIBUTING.md is a file here.
//!
//! Why not documentation tests: those have no `#[test]` and no module of their own, which is what the examples are about.
//! The tidy test holds documents and files together.

#[expect(clippy::print_stdout, reason = "the example shows what a read returns")]
mod sticky_packet;
mod turn_taking;
mod your_codec;
mod your_fuzz;
mod your_transport;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sockspec::systems;
use sockspec_harness::fault;
use sockspec_harness::run::{Pair, Settings, mutants, run};

#[test]
fn the_sticky_packet_is_shown() {
    sticky_packet::main().expect("loopback works");
}

#[test]
fn the_documented_spec_holds_of_every_stream() {
    let spec = &turn_taking::SPEC;
    let concerned = systems::systems().into_iter().filter(|system| spec.needs.concern(system.subject()));
    let pairs = concerned.map(|system| Pair { spec, system }).collect();
    let report = run(pairs, &Settings::default(), &Arc::new(AtomicBool::new(false)), &mut |_| ());
    report.assert_conformant();
}

#[test]
fn the_documented_spec_kills_what_it_says() {
    let spec = &turn_taking::SPEC;
    let faults: Vec<_> = fault::all().filter(|fault| spec.kills.contains(&fault.id)).collect();
    assert_eq!(faults.len(), spec.kills.len(), "each of {:?} is a fault", spec.kills);
    let interrupt = Arc::new(AtomicBool::new(false));
    let matrix =
        mutants(&[spec], &faults, &systems::systems(), &Settings::default(), &interrupt, &mut |_| ());
    assert!(matrix.is_sound(), "{matrix:?}");
}
