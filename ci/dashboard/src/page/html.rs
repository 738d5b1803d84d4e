//! The page: what was measured last, how it changed, and how it went before.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart;
use super::codecs;
use super::growth;
use super::series::{Group, Series, Trend, series};
use crate::amount;
use crate::history::Entry;
use crate::measure::{Better, Measure};

/// The most runs that a chart shows: beyond them a line has more points than the screen has columns for it.
const MOST_RUNS: usize = 500;

const STYLE: &str = include_str!("style.css");

/// The page says of itself that nothing may be loaded and no script may run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
///
/// # Panics
/// If there is no entry.
pub(super) fn html(entries: &[Entry]) -> String {
    let shown = &entries[entries.len().saturating_sub(MOST_RUNS)..];
    let latest = shown.last().expect("a page is made of at least one entry");
    let groups: Vec<(Group, Vec<Series<'_>>)> =
        Group::ALL.into_iter().map(|group| (group, series(shown, group))).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { "sockspec: what was measured" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "sockspec: what was measured" }
                    (summary(latest, entries.len(), shown.len()))
                    (below_goal(latest))
                }
                main {
                    @for (group, series) in groups.iter().filter(|(_, series)| !series.is_empty()) {
                        (section(*group, series, shown))
                    }
                }
            }
        }
    };
    page.into_string()
}

/// Which run it was, among how many, and what it lacks.
fn summary(latest: &Entry, count: usize, shown: usize) -> Markup {
    html! {
        p {
            "Latest run: commit " code title=(latest.commit) { (short_commit(&latest.commit)) }
            " at " time datetime=(latest.timestamp) { (latest.timestamp) } ". "
            @match count {
                1 => "It is the first.",
                _ if count == shown => { (count) " runs are shown." },
                _ => { "The last " (shown) " of " (count) " runs are shown." },
            }
        }
        @if !latest.missing.is_empty() {
            p.missing {
                "Not measured in the latest run: "
                (latest.missing.iter().map(|source| source.name()).collect::<Vec<_>>().join(", ")) "."
            }
        }
    }
}

/// What misses its goal, before anything else.
fn below_goal(latest: &Entry) -> Markup {
    let missed: Vec<&Measure> = latest.measures.iter().filter(|measure| measure.misses_its_goal()).collect();
    let has_goals = latest.measures.iter().any(|measure| measure.goal.is_some());
    html! {
        @if !missed.is_empty() {
            p.worse { "Goals that are missed:" }
            ul {
                @for measure in missed {
                    li {
                        (measure.source.name()) " / " (measure.benchmark) ", " (measure.quantity) ": "
                        (amount::beside_goal(measure))
                        @if measure.better == Better::Smaller { ", at most " } @else { " of " }
                        (amount::short(measure.unit, measure.goal.unwrap_or_default()))
                    }
                }
            }
        } @else if has_goals {
            p.better { "Every goal of what was measured is reached." }
        }
    }
}

fn section(group: Group, series: &[Series<'_>], entries: &[Entry]) -> Markup {
    html! {
        section {
            h2 { (group.title()) }
            p { (group.words()) }
            @if let (Group::Growth, Some(entry)) = (group, latest_with(entries, |entry| !entry.growth.is_empty())) {
                (growth::figure(&entry.growth, &whose(entry, entries)))
            }
            div.charts {
                @for series in series { (figure(series, entries)) }
            }
            (table(series, entries))
            @if let (Group::Codecs, Some(entry)) = (group, latest_with(entries, |entry| !entry.codecs.is_empty())) {
                (codecs::table(&entry.codecs, &whose(entry, entries)))
            }
        }
    }
}

/// The latest run that has what is asked for.
fn latest_with(entries: &[Entry], has: impl Fn(&Entry) -> bool) -> Option<&Entry> {
    entries.iter().rev().find(|entry| has(entry))
}

/// Which run something is of, in words.
fn whose(entry: &Entry, entries: &[Entry]) -> String {
    match entries.last() {
        Some(latest) if std::ptr::eq(entry, latest) => "the latest run".to_owned(),
        _ => format!("the run of {}, the last that has it", short_commit(&entry.commit)),
    }
}

/// A chart with its name above it, and below when its first and last run were.
fn figure(series: &Series<'_>, entries: &[Entry]) -> Markup {
    let latest = series.latest();
    let name = format!("{}, {}", latest.path(), latest.quantity);
    html! {
        figure {
            figcaption {
                span.name title=(name) { (latest.benchmark) }
                span.quantity { (words(latest)) }
            }
            div role="img" aria-label=(format!("{name}: {} in the latest run that has it", amount::whole(latest))) {
                (PreEscaped(chart::svg(series)))
            }
            @if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
                div.days { @for label in ends(first, last) { span { (label) } } }
            }
        }
    }
}

/// When the first and the last run were: days, and where those are one day its minutes; of a run alone its day.
fn ends(first: &Entry, last: &Entry) -> Vec<String> {
    let (from, to) = (first.timestamp, last.timestamp);
    if std::ptr::eq(first, last) {
        vec![from.day()]
    } else if from.day() == to.day() {
        vec![from.minute(), to.minute()]
    } else {
        vec![from.day(), to.day()]
    }
}

fn table(series: &[Series<'_>], entries: &[Entry]) -> Markup {
    let has_bounds = series.iter().any(|series| bounds(series.latest()).is_some());
    let has_goals = series.iter().any(|series| series.latest().goal.is_some());
    html! {
        div.scroll tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "benchmark" }
                        th scope="col" { "quantity" }
                        th.number scope="col" { "latest" }
                        th.number scope="col" { "change" }
                        @if has_bounds { th.number scope="col" { "bounds" } }
                        @if has_goals { th.number scope="col" { "goal" } }
                    }
                }
                tbody {
                    @for series in series { (row(series, entries, has_bounds, has_goals)) }
                }
            }
        }
    }
}

fn row(series: &Series<'_>, entries: &[Entry], has_bounds: bool, has_goals: bool) -> Markup {
    let latest = series.latest();
    let goal = latest.goal.map(|goal| amount::short(latest.unit, goal));
    html! {
        tr {
            th scope="row" { (latest.path()) }
            td { (words(latest)) }
            td.number {
                (amount::beside_goal(latest))
                @if series.runs_since() > 0 { " " span.note { (last_in(series, entries)) } }
            }
            td.number { (change(series)) }
            @if has_bounds { td.number { (bounds(latest).unwrap_or_default()) } }
            @if has_goals {
                td.number {
                    (goal.unwrap_or_default())
                    @if latest.misses_its_goal() { " " span.worse { "missed" } }
                }
            }
        }
    }
}

fn bounds(measure: &Measure) -> Option<String> {
    let short = |figure: f64| amount::short(measure.unit, figure);
    measure.low.zip(measure.high).map(|(low, high)| format!("{} to {}", short(low), short(high)))
}

/// The change against the run before that has the measure; a word says what the colour says.
fn change(series: &Series<'_>) -> Markup {
    let Some((before, runs_ago)) = series.before() else { return html! { span.note { "new" } } };
    let text = amount::change(before, series.latest());
    html! {
        @match series.trend(before) {
            Trend::Improved => span.better { (text) " better" },
            Trend::Worsened => span.worse { (text) " worse" },
            Trend::Unjudged => (text),
        }
        @if runs_ago > 1 { " " span.note { "in " (runs_ago) " runs" } }
    }
}

/// When a measure was seen last that the latest run does not have.
fn last_in(series: &Series<'_>, entries: &[Entry]) -> String {
    let entry = &entries[entries.len() - 1 - series.runs_since()];
    format!("last in {}", short_commit(&entry.commit))
}

fn words(measure: &Measure) -> String {
    measure.quantity.replace("-per-second", "/s").replace('-', " ")
}

/// As much of a commit as people compare.
fn short_commit(commit: &str) -> String {
    commit.chars().take(10).collect()
}
