//! `sockspec explain ID`: one spec, as a person wants to know it before arguing with it.

use std::fmt::Write;
use std::sync::Arc;

use clap::Args;
use sockspec_harness::plan::{CutCount, Draw, Plan};
use sockspec_harness::report::{Palette, Role, elided};
use sockspec_harness::run::DEFAULT_SEED;
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;

use super::catalogue::Catalogue;
use super::colour;
use super::exit::Exit;
use super::list::{level, needs};
use super::output::Output;
use super::refusal::Refusal;

/// Options of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sockspec explain stream/half-close")]
pub(super) struct ExplainOptions {
    /// The spec, as `sockspec list` names it
    #[arg(value_name = "ID")]
    id: String,
}

/// Explains a spec.
pub(super) fn explain(
    options: &ExplainOptions,
    catalogue: &Catalogue,
    output: &Output,
) -> Result<Exit, Refusal> {
    if options.id.contains('*') {
        let sentence = format!("`{}` is a pattern, and one spec is explained at a time", options.id);
        let tip = format!("`sockspec list --run '{}'` shows what matches", options.id);
        return Err(Refusal::new(Exit::Usage, sentence).remedy(tip));
    }
    let spec = catalogue.spec(&options.id)?;
    output.print(&text(spec, &catalogue.systems, &colour::palette()))?;
    Ok(Exit::Held)
}

fn text(spec: &Spec, systems: &[Arc<dyn System>], palette: &Palette) -> String {
    let subjects: Vec<&Subject> =
        systems.iter().map(|system| system.subject()).filter(|subject| spec.needs.concern(subject)).collect();
    let mut facts = vec![
        ("rule", vec![spec.rule.to_owned()]),
        ("clause", vec![spec.clause.to_owned()]),
        ("level", vec![level(spec)]),
        ("kind", vec![spec.needs.kind.to_string()]),
        ("needs", vec![needs(&spec.needs).join(", ")]),
        ("kills", vec![spec.kills.join(", ")]),
        ("systems", runs_on(spec, &subjects)),
    ];
    if let Some(example) = subjects.iter().find_map(|subject| example(spec, subject)) {
        facts.push(("plans", example));
    }
    let mut text = format!("{}\n", palette.paint(Role::Heading, spec.id));
    for (name, lines) in facts.into_iter().filter(|(_, lines)| lines.iter().any(|line| !line.is_empty())) {
        for (index, line) in lines.iter().enumerate() {
            let name = format!("{:8}", if index == 0 { name } else { "" });
            let _ = writeln!(text, "  {}  {line}", palette.paint(Role::Aside, name));
        }
    }
    text
}

/// The systems that it runs on in one line, and those that lack something it needs in one each.
fn runs_on(spec: &Spec, subjects: &[&Subject]) -> Vec<String> {
    let (lacking, able): (Vec<&Subject>, Vec<&Subject>) =
        subjects.iter().partition(|subject| spec.needs.lacking(subject).is_some());
    let able: Vec<&str> = able.iter().map(|subject| subject.id.as_str()).collect();
    let mut lines =
        if able.is_empty() { vec!["none of those shipped".into()] } else { vec![able.join(", ")] };
    lines.extend(lacking.iter().filter_map(|subject| spec.needs.lacking(subject)));
    lines
}

/// How many experiments it asks for on that system, and one plan of them: the first that cuts or joins anything, else the first.
fn example(spec: &Spec, subject: &Subject) -> Option<Vec<String>> {
    if spec.needs.lacking(subject).is_some() {
        return None;
    }
    let experiments = (spec.experiments)(subject, &mut Draw::new(DEFAULT_SEED, &[spec.id, &subject.id]));
    let plans: Vec<&Plan> = experiments.iter().flat_map(|experiment| &experiment.plans).collect();
    let cuts = |plan: &&&Plan| plan.requested() != CutCount::default();
    let plan = plans.iter().find(cuts).or(plans.first())?;
    let (count, id) = (experiments.len(), &subject.id);
    let noun = if count == 1 { "experiment" } else { "experiments" };
    let mut lines = vec![format!("{count} {noun} on {id} with the default seed; one of the plans:")];
    lines.extend(elided(&plan.to_string()).into_iter().map(|line| format!("  {line}")));
    Some(lines)
}
