//! The suite is itself tested: every fault is caught, every spec catches one, and every spec catches what it says.
//!
//! What catches what, as far as specs say so, is a snapshot: a change of the suite's worth shows in review.
//! What specs catch beyond that is not tried here; `sockspec mutants` shows it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sockspec::{catalogue, systems};
use sockspec_harness::fault;
use sockspec_harness::run::{KillMatrix, Settings, mutants};

#[test]
fn the_kill_matrix_has_no_hole() {
    let specs: Vec<_> = catalogue::specs().collect();
    let faults: Vec<_> = fault::all().collect();
    let interrupt = Arc::new(AtomicBool::new(false));
    let settings = Settings { beyond_claims: false, ..Settings::default() };
    let matrix = mutants(&specs, &faults, &systems::systems(), &settings, &interrupt, &mut |_| ());

    let text = text(&matrix);
    assert!(matrix.survivors.is_empty(), "faults that nothing caught: {:?}\n{text}", matrix.survivors);
    assert!(matrix.idle_specs.is_empty(), "specs that caught nothing: {:?}\n{text}", matrix.idle_specs);
    let claims = matrix.empty_claims();
    assert!(claims.is_empty(), "specs that did not catch what they say: {claims:?}\n{text}");
    let run: Vec<&str> = matrix.matrix.iter().map(|entry| entry.fault.as_str()).collect();
    let left_out: Vec<&str> = faults.iter().map(|fault| fault.id).filter(|id| !run.contains(id)).collect();
    assert!(left_out.is_empty(), "faults that no system could show: {left_out:?}");
    let is_claimed = |id: &str| specs.iter().any(|spec| spec.kills.contains(&id));
    let unclaimed: Vec<&str> = faults.iter().map(|fault| fault.id).filter(|id| !is_claimed(id)).collect();
    assert!(unclaimed.is_empty(), "faults that no spec says it catches: {unclaimed:?}");
    insta::assert_snapshot!("kill_matrix", text);
}

/// A paragraph for each fault: the systems it broke, and the specs that said they would catch it and did.
fn text(matrix: &KillMatrix) -> String {
    let mut text = String::new();
    let mut last = "";
    for entry in &matrix.matrix {
        if entry.fault != last {
            writeln!(text, "{}", entry.fault).expect("a string can be written to");
            last = &entry.fault;
        }
        let kept: Vec<&str> = entry
            .declared_by
            .iter()
            .filter(|spec| entry.killed_by.contains(spec))
            .map(String::as_str)
            .collect();
        if !kept.is_empty() {
            writeln!(text, "  {}: {}", entry.system, kept.join(", ")).expect("a string can be written to");
        }
    }
    text
}
