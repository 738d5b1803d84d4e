//! `sockspec mutants`: the systems broken on purpose, and who noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use sockspec_harness::fault::{self, Fault};
use sockspec_harness::report::{Detail, Palette, Role};
use sockspec_harness::run::{EmptyClaim, KillMatrix, Killed, Selection};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Subject;

use super::catalogue::{Catalogue, nothing_left};
use super::colour;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::options::{Format, Running, Selecting, Showing};
use super::output::Output;
use super::progress::Progress;
use super::refusal::Refusal;

const AFTER_HELP: &str = "\
A spec that catches no fault proves nothing, and a fault that no spec catches shows a rule without a spec:
both fail the command, and so does a fault that a spec says it catches and does not.

Examples:
  sockspec mutants
  sockspec mutants --run 'datagram/*' -v";

/// Options of `mutants`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct MutantsOptions {
    #[command(flatten)]
    selecting: Selecting,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    showing: Showing,
}

/// Runs the selected specs against every mutant of the selected systems.
pub(super) fn mutants(
    options: &MutantsOptions,
    catalogue: &Catalogue,
    output: &Output,
) -> Result<Exit, Refusal> {
    let selection = options.selecting.selection();
    catalogue.check(&selection)?;
    let systems: Vec<_> = catalogue.systems_for(&selection).into_iter().map(Arc::clone).collect();
    let specs: Vec<&'static Spec> = catalogue
        .specs_for(&selection)
        .into_iter()
        .filter(|spec| systems.iter().any(|system| can_run(spec, system.subject())))
        .collect();
    if specs.is_empty() {
        return Err(nothing_left());
    }
    // Of a part of the specs only what they claim is asked, since other faults are other specs' to catch.
    let is_whole = selection == Selection::default();
    let faults: Vec<&Fault> = fault::all()
        .filter(|fault| is_whole || specs.iter().any(|spec| spec.kills.contains(&fault.id)))
        .collect();
    let interrupt = Interrupt::listen(Vec::new());
    let mut progress = Progress::new(options.showing.quiet);
    let settings = options.running.settings();
    let matrix = sockspec_harness::run::mutants(
        &specs,
        &faults,
        &systems,
        &settings,
        interrupt.flag(),
        &mut |event| {
            progress.follow(&event);
        },
    );
    progress.finish();
    let interrupted = interrupt.is_signalled();
    let printed =
        print(&matrix, interrupted, options.showing, output).map_err(|refusal| output.refuse(&refusal));
    Ok(Exit::of_matrix(&matrix, interrupted, printed.is_ok()))
}

/// Whether the spec has something to try on that system; one that never runs does not idle.
fn can_run(spec: &Spec, subject: &Subject) -> bool {
    spec.needs.concern(subject) && spec.needs.lacking(subject).is_none()
}

/// The layout `sockspec.mutants.v1`.
#[derive(Serialize)]
struct Layout<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(flatten)]
    matrix: &'a KillMatrix,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    empty_claims: Vec<EmptyClaim>,
}

fn json(matrix: &KillMatrix, interrupted: bool) -> String {
    let layout =
        Layout { schema: "sockspec.mutants.v1", interrupted, matrix, empty_claims: matrix.empty_claims() };
    let mut text = serde_json::to_string_pretty(&layout).expect("a matrix has only string keys");
    text.push('\n');
    text
}

fn print(matrix: &KillMatrix, interrupted: bool, showing: Showing, output: &Output) -> Result<(), Refusal> {
    let palette = colour::palette();
    match showing.format {
        Format::Text => output.print(&text(matrix, interrupted, showing.detail(), &palette)),
        Format::Json => {
            if !showing.quiet {
                output.tell(&text(matrix, interrupted, Detail::Quiet, &palette));
            }
            output.print(&json(matrix, interrupted))
        }
    }
}

/// The matrix as text: a line for each fault, what is wrong with it, and the totals.
fn text(matrix: &KillMatrix, interrupted: bool, detail: Detail, palette: &Palette) -> String {
    let mut by_fault: BTreeMap<&str, Vec<&Killed>> = BTreeMap::new();
    for entry in &matrix.matrix {
        by_fault.entry(&entry.fault).or_default().push(entry);
    }
    let mut text = String::new();
    if detail >= Detail::Normal && !by_fault.is_empty() {
        for (fault, entries) in &by_fault {
            fault_lines(&mut text, fault, entries, detail, palette);
        }
        text.push('\n');
    }
    for (what, ids) in [
        ("survived: caught by no spec on any system", &matrix.survivors),
        ("idle: catches no fault", &matrix.idle_specs),
    ] {
        for id in ids {
            let _ = writeln!(text, "{}  {id}", palette.paint(Role::Bad, what));
        }
    }
    for EmptyClaim { fault, spec } in matrix.empty_claims() {
        let what = palette.paint(Role::Bad, "claimed and not caught");
        let _ = writeln!(text, "{what}  {fault} by {spec}");
    }
    if let Some(sentence) = &matrix.cannot_run {
        let _ = writeln!(text, "{}  {sentence}", palette.paint(Role::Bad, "cannot go on"));
    }
    if interrupted {
        let word = palette.paint(Role::Bad, "interrupted");
        let _ = writeln!(text, "{word}  what is reported is what had run by then");
    }
    let is_whole = !interrupted && matrix.cannot_run.is_none();
    let role = if matrix.is_sound() && is_whole { Role::Good } else { Role::Bad };
    let (faults, mutants) = (by_fault.len(), matrix.matrix.len());
    let is_caught = |entries: &&Vec<&Killed>| entries.iter().any(|entry| !entry.killed_by.is_empty());
    let caught = by_fault.values().filter(is_caught).count();
    let caught_mutants = matrix.matrix.iter().filter(|entry| !entry.killed_by.is_empty()).count();
    let totals = format!(
        "{caught} of {faults} faults caught, as {caught_mutants} of {mutants} mutants of the systems"
    );
    let _ = writeln!(text, "{}", palette.paint(role, totals));
    text
}

/// One fault: on how many systems it was caught and by whom; in detail, system by system.
fn fault_lines(text: &mut String, fault: &str, entries: &[&Killed], detail: Detail, palette: &Palette) {
    let caught: Vec<&&Killed> = entries.iter().filter(|entry| !entry.killed_by.is_empty()).collect();
    let role = if caught.is_empty() { Role::Bad } else { Role::Good };
    let on = format!("caught on {} of {}", caught.len(), entries.len());
    let _ = writeln!(text, "{}  {}", palette.paint(Role::Heading, fault), palette.paint(role, on));
    if detail == Detail::Verbose {
        for entry in entries {
            let by = if entry.killed_by.is_empty() { "nobody".into() } else { entry.killed_by.join(", ") };
            let _ = writeln!(text, "    {}: {by}", entry.system);
        }
    } else {
        let by: BTreeSet<&str> =
            entries.iter().flat_map(|entry| &entry.killed_by).map(String::as_str).collect();
        let by: Vec<&str> = by.into_iter().collect();
        if !by.is_empty() {
            let _ = writeln!(text, "    {}", by.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::report::{Detail, Palette};
    use sockspec_harness::run::{KillMatrix, Killed};

    use super::{json, text};

    fn matrix() -> KillMatrix {
        let killed = |fault: &str, system: &str, killed_by: &[&str], declared_by: &[&str]| Killed {
            fault: fault.into(),
            system: system.into(),
            killed_by: killed_by.iter().map(|id| id.to_string()).collect(),
            declared_by: declared_by.iter().map(|id| id.to_string()).collect(),
        };
        KillMatrix::of(
            [
                killed("drop-a-byte", "duplex", &["stream/lossless"], &["stream/lossless"]),
                killed("drop-a-byte", "tcp-v4", &["stream/lossless", "stream/ordered"], &["stream/lossless"]),
                killed("flip-a-bit", "duplex", &[], &["stream/lossless"]),
            ],
            ["stream/lossless", "stream/ordered", "stream/idle"],
        )
    }

    #[test]
    fn the_matrix_as_text() {
        let shown = text(&matrix(), false, Detail::Normal, &Palette::PLAIN);
        insta::assert_snapshot!("mutants_text", shown);
        let shown = text(&matrix(), true, Detail::Verbose, &Palette::PLAIN);
        insta::assert_snapshot!("mutants_text_verbose_interrupted", shown);
    }

    #[test]
    fn the_matrix_as_json() {
        insta::assert_snapshot!("mutants_json", json(&matrix(), false));
    }
}
