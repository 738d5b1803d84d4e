//! `sockspec list`: the specs, the systems and the faults of this build.

use std::fmt::Write;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use sockspec_harness::fault::{self, Fault};
use sockspec_harness::report::{Palette, Role};
use sockspec_harness::spec::{Needs, Spec};
use sockspec_harness::subject::{Capability, Guarantees, Kind, Subject};
use sockspec_harness::system::System;
use sockspec_harness::verdict::Level;

use super::catalogue::{Catalogue, nothing_left};
use super::colour;
use super::exit::Exit;
use super::options::{Format, Selecting};
use super::output::Output;
use super::refusal::Refusal;

const AFTER_HELP: &str = "\
Examples:
  sockspec list
  sockspec list --run 'tcp/*' --level must -v
  sockspec list --systems
  sockspec list --format json";

/// Options of `list`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ListOptions {
    /// List the systems that specs are run against
    #[arg(long)]
    systems: bool,
    /// List the faults that specs must catch
    #[arg(long)]
    faults: bool,
    #[command(flatten)]
    selecting: Selecting,
    /// What stdout gets; json has specs, systems and faults at once
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
    /// Show where each rule comes from, what it needs and what it catches
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

/// Lists what is selected.
pub(super) fn list(options: &ListOptions, catalogue: &Catalogue, output: &Output) -> Result<Exit, Refusal> {
    let selection = options.selecting.selection();
    catalogue.check(&selection)?;
    let specs = catalogue.specs_for(&selection);
    let systems = catalogue.systems_for(&selection);
    let is_empty = match (options.systems, options.faults) {
        (_, true) => false,
        (true, _) => systems.is_empty(),
        _ => specs.is_empty(),
    };
    if is_empty {
        return Err(nothing_left());
    }
    let faults: Vec<&Fault> = fault::all().collect();
    output.print(&match options.format {
        Format::Json => json(&specs, &systems, &faults),
        Format::Text => text(options, &specs, &systems, &faults, &colour::palette()),
    })?;
    Ok(Exit::Held)
}

/// The layout `sockspec.list.v1`.
#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    specs: Vec<SpecEntry>,
    systems: Vec<SystemEntry<'a>>,
    faults: Vec<FaultEntry>,
}

#[derive(Serialize)]
struct SpecEntry {
    id: &'static str,
    level: Level,
    /// The level that binds systems other than the kernel's, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    level_elsewhere: Option<Level>,
    rule: &'static str,
    clause: &'static str,
    kinds: [Kind; 1],
    needs: Vec<&'static str>,
    kills: &'static [&'static str],
}

#[derive(Serialize)]
struct SystemEntry<'a> {
    id: &'a str,
    kind: Kind,
    guarantees: &'a Guarantees,
    capabilities: Vec<Capability>,
}

#[derive(Serialize)]
struct FaultEntry {
    id: &'static str,
    kinds: &'static [Kind],
    description: &'static str,
}

fn json(specs: &[&'static Spec], systems: &[&Arc<dyn System>], faults: &[&'static Fault]) -> String {
    let spec = |spec: &&'static Spec| SpecEntry {
        id: spec.id,
        level: spec.level,
        level_elsewhere: Some(spec.level_elsewhere).filter(|level| *level != spec.level),
        rule: spec.rule,
        clause: spec.clause,
        kinds: [spec.needs.kind],
        needs: needs(&spec.needs),
        kills: spec.kills,
    };
    let listing = Listing {
        schema: "sockspec.list.v1",
        specs: specs.iter().map(spec).collect(),
        systems: systems.iter().map(|system| system_entry(system.subject())).collect(),
        faults: faults
            .iter()
            .map(|fault| FaultEntry { id: fault.id, kinds: fault.kinds, description: fault.description })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&listing).expect("a listing has only string keys");
    text.push('\n');
    text
}

fn system_entry(subject: &Subject) -> SystemEntry<'_> {
    SystemEntry {
        id: &subject.id,
        kind: subject.kind,
        guarantees: &subject.guarantees,
        capabilities: subject.capabilities.iter().copied().collect(),
    }
}

/// What a spec needs beside its kind, as words: guarantees, then capabilities, then evidence.
pub(super) fn needs(needs: &Needs) -> Vec<&'static str> {
    let guarantees = needs.guarantees.iter().map(|guarantee| guarantee.word());
    let capabilities = needs.capabilities.iter().map(|capability| capability.word());
    let evidence = needs.evidence.iter().map(|evidence| evidence.word());
    guarantees.chain(capabilities).chain(evidence).collect()
}

/// The level as a word; where other systems are bound less, both.
pub(super) fn level(spec: &Spec) -> String {
    if spec.level == spec.level_elsewhere {
        spec.level.to_string()
    } else {
        format!("{} ({} elsewhere)", spec.level, spec.level_elsewhere)
    }
}

fn text(
    options: &ListOptions,
    specs: &[&Spec],
    systems: &[&Arc<dyn System>],
    faults: &[&Fault],
    palette: &Palette,
) -> String {
    let mut parts = Vec::new();
    if !options.systems && !options.faults {
        parts.push(specs_text(specs, options.verbose, palette));
    }
    if options.systems {
        parts.push(systems_text(systems, palette));
    }
    if options.faults {
        parts.push(faults_text(faults, palette));
    }
    parts.join("\n")
}

fn specs_text(specs: &[&Spec], verbose: bool, palette: &Palette) -> String {
    let mut text = String::new();
    let id_width = specs.iter().map(|spec| spec.id.len()).max().unwrap_or(0);
    let level_width = specs.iter().map(|spec| level(spec).len()).max().unwrap_or(0);
    for spec in specs {
        let id = format!("{:id_width$}", spec.id);
        let id = palette.paint(Role::Heading, id);
        let _ = writeln!(text, "{id}  {:level_width$}  {}", level(spec), spec.rule);
        if verbose {
            let (needs, kills) = (needs(&spec.needs).join(", "), spec.kills.join(", "));
            for (name, said) in [("clause", spec.clause), ("needs", &needs), ("kills", &kills)] {
                if !said.is_empty() {
                    let _ = writeln!(text, "    {} {said}", palette.paint(Role::Aside, format!("{name:7}")));
                }
            }
        }
    }
    text
}

fn systems_text(systems: &[&Arc<dyn System>], palette: &Palette) -> String {
    let mut text = String::new();
    let width = systems.iter().map(|system| system.subject().id.len()).max().unwrap_or(0);
    for system in systems {
        let subject = system.subject();
        let id = format!("{:width$}", subject.id);
        let _ =
            writeln!(text, "{}  {:8}  {}", palette.paint(Role::Heading, id), subject.kind, promises(subject));
        let capabilities: Vec<&str> =
            subject.capabilities.iter().map(|capability| capability.word()).collect();
        let _ = writeln!(text, "    {} {}", palette.paint(Role::Aside, "can"), capabilities.join(", "));
        if let Some(reason) = system.unavailable() {
            let _ = writeln!(text, "    {} {reason}", palette.paint(Role::Doubtful, "not here:"));
        }
    }
    text
}

/// What a system guarantees, in words.
fn promises(subject: &Subject) -> String {
    let Guarantees { lossless, ordered, preserves_boundaries, signals_end, .. } = subject.guarantees;
    let claims = [
        (lossless, "lossless"),
        (ordered, "ordered"),
        (preserves_boundaries, "preserves boundaries"),
        (signals_end, "signals the end"),
    ];
    let held: Vec<&str> = claims.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words).collect();
    held.join(", ")
}

fn faults_text(faults: &[&Fault], palette: &Palette) -> String {
    let mut text = String::new();
    let width = faults.iter().map(|fault| fault.id.len()).max().unwrap_or(0);
    for fault in faults {
        let kinds: Vec<&str> = fault.kinds.iter().map(|kind| kind.word()).collect();
        let id = format!("{:width$}", fault.id);
        let kinds = kinds.join(", ");
        let _ = writeln!(text, "{}  {kinds:16}  {}", palette.paint(Role::Heading, id), fault.description);
    }
    text
}
