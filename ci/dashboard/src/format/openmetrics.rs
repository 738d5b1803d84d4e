//! OpenMetrics text, for Prometheus and what reads like it.
//!
//! Everything is a gauge: a figure of one run goes up and down.
//! That, and no time stamps on the samples, lets the file pass for Prometheus's older text format as well, as its collectors of text files want it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::history::Entry;
use crate::measure::{Measure, Source, Unit};

/// One metric family: what its samples have in common.
struct Family {
    unit: Option<&'static str>,
    help: String,
    /// Labels and value of each sample.
    samples: Vec<(String, f64)>,
}

/// The entry as a whole exposition, `# EOF` and all.
pub(crate) fn openmetrics(entry: &Entry) -> String {
    let mut families = about(entry);
    for measure in &entry.measures {
        let figures = [
            ("", Some(measure.value)),
            ("low_", measure.low),
            ("high_", measure.high),
            ("goal_", measure.goal),
        ];
        for (prefix, figure) in figures {
            let Some(figure) = figure else { continue };
            let family = families.entry(name(measure, prefix)).or_insert_with(|| Family {
                unit: unit(measure.unit),
                help: help(measure, prefix),
                samples: Vec::new(),
            });
            family.samples.push((labels(&[(label(measure), &measure.benchmark)]), figure));
        }
    }
    let mut text = String::new();
    for (name, family) in &families {
        write_family(&mut text, name, family);
    }
    text + "# EOF\n"
}

/// Which run it is, and what was not measured in it: a figure that stays away raises no alarm by itself.
fn about(entry: &Entry) -> BTreeMap<String, Family> {
    let family = |unit, help: &str, samples| Family { unit, help: help.to_owned(), samples };
    let presence = |source: Source| {
        let is_there = !entry.missing.contains(&source);
        (labels(&[("source", source.name())]), f64::from(u8::from(is_there)))
    };
    let seconds = entry.timestamp.seconds() as f64;
    BTreeMap::from([
        (
            "sockspec_export_timestamp_seconds".to_owned(),
            family(
                Some("seconds"),
                "when the run was, in seconds since 1970",
                vec![(String::new(), seconds)],
            ),
        ),
        (
            "sockspec_export_commit".to_owned(),
            family(None, "the commit that was measured", vec![(labels(&[("commit", &entry.commit)]), 1.0)]),
        ),
        (
            "sockspec_export_present".to_owned(),
            family(None, "whether the source was measured in this run", Source::ALL.map(presence).into()),
        ),
    ])
}

fn write_family(text: &mut String, name: &str, family: &Family) {
    let written = (|| {
        writeln!(text, "# TYPE {name} gauge")?;
        if let Some(unit) = family.unit {
            writeln!(text, "# UNIT {name} {unit}")?;
        }
        writeln!(text, "# HELP {name} {}", escaped(&family.help))?;
        family.samples.iter().try_for_each(|(labels, value)| writeln!(text, "{name}{labels} {value}"))
    })();
    written.expect("a string takes all that is written to it");
}

/// The family's name: source and quantity, and at the end the unit, as the format asks for.
fn name(measure: &Measure, prefix: &str) -> String {
    let quantity: String =
        measure.quantity.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = format!("sockspec_{}_{prefix}{quantity}", measure.source.name());
    match unit(measure.unit) {
        Some(unit) if !name.ends_with(&format!("_{unit}")) => format!("{name}_{unit}"),
        _ => name,
    }
}

/// What tells the samples of one family apart.
fn label(measure: &Measure) -> &'static str {
    match (measure.source, measure.quantity.as_str()) {
        (Source::Conformance, "results") => "verdict",
        (Source::Fuzz, _) => "target",
        _ => "benchmark",
    }
}

fn unit(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::Ratio => Some("ratio"),
        Unit::Seconds => Some("seconds"),
        Unit::Bytes => Some("bytes"),
        Unit::PerSecond => Some("per_second"),
        Unit::Count => None,
    }
}

fn help(measure: &Measure, prefix: &str) -> String {
    let what = match (measure.source, measure.quantity.as_str()) {
        (Source::Paired, "ratio") => "ours over the peer's, in the same run",
        (Source::Gungraun, _) => "instructions of one call, counted under valgrind",
        (Source::Criterion, "latency") => "time of one iteration by the wall clock",
        (Source::Criterion, _) => "what is done in a second by the wall clock",
        (Source::Growth, "power") => "power of the size that the time grows with",
        (Source::Growth, _) => "time that one unit takes at the largest size",
        (Source::Codecs, _) => "payload that a published codec carries in a second",
        (Source::Fuzz, "executions") => "inputs that the campaign tried",
        (Source::Fuzz, "executions-per-second") => "inputs that the campaign tried in a second",
        (Source::Fuzz, "new-inputs") => "inputs that the campaign added to its corpus",
        (Source::Fuzz, "slowest-input") => "time that the slowest input took",
        (Source::Fuzz, _) => "memory that the campaign took at most",
        (Source::Conformance, "results") => "specs times systems that came to this verdict",
        (Source::Conformance, "cases") => "plans that were run",
        (Source::Conformance, "asked-for") => "cuts and joins that were asked for",
        (Source::Conformance, "shown") => "share of the cuts and joins that were shown to have happened",
        (Source::Conformance, _) => "time that the run took",
        (Source::Paired, _) => "what each side did in the same run",
    };
    match prefix {
        "low_" => format!("lower bound: {what}"),
        "high_" => format!("upper bound: {what}"),
        "goal_" => format!("goal: {what}"),
        _ => what.to_owned(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// Backslashes, quotation marks and line ends as the format has them.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
