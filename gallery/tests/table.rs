//! Every rule of framing against every codec, and the one table of what did not pass.
//!
//! A departure that `known-failing.txt` does not list fails the test, and so does an entry whose codec passes.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sockspec::catalogue;
use sockspec::harness::run::{
    DEFAULT_SEED, Existing, KnownFailings, Report, Row, Summary, VerdictWord, forgive,
};
use sockspec::harness::subject::Kind;
use sockspec::harness::verdict::Level;
use sockspec_gallery::apart::{Apart, RULES, apart};
use sockspec_gallery::{Exhibit, exhibits, lock};

const KNOWN: &str = include_str!("../known-failing.txt");

/// What is measured by a clock says nothing in a debug build beside other tests, and has no place in a snapshot.
const BY_THE_CLOCK: &str = "framing/linear-time";

/// One codec of each sort: by tokio-util's traits, by those of futures, by functions over slices, over a reader that waits and over one that blocks,
/// and one that takes an end for a clean one wherever it comes.
const OVER_TCP: [&str; 6] = [
    "tokio-util-u8",
    "asynchronous-codec-length",
    "prost-length-delimiter",
    "minicbor-io-polled",
    "minicbor-io-blocking",
    "message-io-framed-tcp",
];

/// How many codecs are checked at once: over TCP some wait for the kernel now and then.
const AT_ONCE: usize = 3;

/// How many characters of a plan are shown: a longer one helps nobody.
const MOST_OF_A_PLAN: usize = 240;

#[test]
fn the_table_of_codecs_and_rules() {
    let mut rows = checked(&exhibits());
    rows.extend(apart().iter().flat_map(apart_rows));
    let stale = forgiven(&mut rows);
    insta::assert_snapshot!("table", Table { rows: &rows });
    assert!(stale.is_empty(), "\n{}", stale.join("\n"));
    let unknown: Vec<String> = rows.iter().filter(|row| is_unknown(row)).map(sentence).collect();
    assert!(unknown.is_empty(), "not in known-failing.txt:\n{}", unknown.join("\n"));
}

#[test]
fn what_is_run_over_tcp_hangs_here() {
    let shown: Vec<&str> = exhibits().iter().map(|exhibit| exhibit.name).collect();
    let gone: Vec<&str> = OVER_TCP.into_iter().filter(|name| !shown.contains(name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn every_known_departure_names_the_version_that_hangs_here() {
    let shown = shown();
    for line in KNOWN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (entry, reason) = line.split_once('#').unwrap_or((line, ""));
        let system = entry.split_whitespace().nth(1).unwrap_or_default();
        let name = system.trim_end_matches('*').trim_end_matches("-tcp");
        let one = shown.iter().find(|one| one.name.starts_with(name) && !name.is_empty());
        let one = one.unwrap_or_else(|| panic!("`{line}` is about no codec that hangs here"));
        let said = format!("{} {}: ", one.package, lock::version(one.package));
        assert!(reason.trim_start().starts_with(&said), "`{line}` does not begin its reason with {said:?}");
    }
}

/// The rows of every codec that has a layout; each check has one thread, so that none waits for the last spec of another.
fn checked(exhibits: &[Exhibit]) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let check = || {
        let mut rows = Vec::new();
        while let Some(exhibit) = exhibits.get(next.fetch_add(1, Ordering::Relaxed)) {
            let check = exhibit.check().seed(DEFAULT_SEED).skip(BY_THE_CLOCK).jobs(NonZeroUsize::MIN);
            let check = if is_over_tcp(exhibit) { check } else { check.on(exhibit.name) };
            rows.extend(check.run().rows);
        }
        rows
    };
    let mut rows: Vec<Row> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(check)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a check does not panic")).collect()
    });
    rows.sort_by(|a, b| (&a.id, &a.system).cmp(&(&b.id, &b.system)));
    rows
}

/// Whether it is run over TCP, too: there a codec is inside `Framed`, which meets each of these in another way; all others would repeat one of them.
fn is_over_tcp(exhibit: &Exhibit) -> bool {
    OVER_TCP.contains(&exhibit.name)
}

/// The rules for codecs that are their own reference, as rows.
fn apart_rows(apart: &Apart) -> Vec<Row> {
    let row = |rule: &sockspec_gallery::apart::Rule| {
        let actual = (rule.judge)(apart);
        Row {
            id: rule.id.into(),
            system: apart.name.into(),
            kind: Kind::Framing,
            level: Level::Must,
            rule: String::new(),
            clause: String::new(),
            verdict: if actual.is_some() { VerdictWord::Fail } else { VerdictWord::Pass },
            cases: 1,
            reason: None,
            expected: None,
            actual,
            replay: None,
            segmentation: None,
            departure: None,
            cannot_run: false,
        }
    };
    RULES.iter().map(row).collect()
}

/// Turns what is known into known rows; the answer is what is stale.
fn forgiven(rows: &mut Vec<Row>) -> Vec<String> {
    let systems: Vec<String> = rows.iter().map(|row| row.system.clone()).collect();
    let ids = catalogue::specs().map(|spec| spec.id).chain(RULES.iter().map(|rule| rule.id));
    let exists = Existing { specs: ids.collect(), systems: systems.iter().map(String::as_str).collect() };
    let known = KnownFailings::parse("gallery/known-failing.txt", KNOWN).expect("the list is well formed");
    let mut report = Report {
        seed: DEFAULT_SEED,
        rows: std::mem::take(rows),
        interrupted: false,
        cannot_run: None,
        stale: Vec::new(),
        is_strict: false,
        measurements: std::collections::BTreeMap::new(),
    };
    forgive(&mut report, &known, &KnownFailings::default(), &exists);
    *rows = report.rows;
    report.stale
}

/// Whether the row departs without being listed, or could not be run at all.
fn is_unknown(row: &Row) -> bool {
    matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn) || row.cannot_run
}

/// Whether the codec was called directly.
fn is_called(row: &Row) -> bool {
    shown().iter().any(|one| one.name == row.system)
}

fn sentence(row: &Row) -> String {
    let Row { id, system, .. } = row;
    format!("{id} {system}: {}", row.actual.as_deref().or(row.reason.as_deref()).unwrap_or_default())
}

/// Versions first, then how many rules held, then only what did not.
struct Table<'a> {
    rows: &'a [Row],
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let called: Vec<Row> = self.rows.iter().filter(|row| is_called(row)).cloned().collect();
        let Summary { pass, known, .. } = Summary::of(&called);
        let shown = shown();
        writeln!(
            f,
            "{} codecs of {} packages: called directly, {pass} cells pass, {known} are known to fail",
            shown.len(),
            {
                let mut packages: Vec<&str> = shown.iter().map(|one| one.package).collect();
                packages.dedup();
                packages.len()
            }
        )?;
        let mut package = "";
        for one in shown {
            if one.package != package {
                package = one.package;
                writeln!(f, "\n{package} {}", lock::version(package))?;
            }
            writeln!(f, "  {}: {}", one.name, one.what)?;
            let over_tcp = format!("{}-tcp", one.name);
            let of = |system: &str| tried(self.rows, system);
            let called = of(one.name);
            lines(f, "called", &called)?;
            // What is broken when it is called is broken over TCP, too, but which case shows it there varies with what a read brings.
            let is_broken =
                |id: &str| called.iter().any(|row| row.id == id && row.verdict != VerdictWord::Pass);
            let anew: Vec<&Row> = of(&over_tcp).into_iter().filter(|row| !is_broken(&row.id)).collect();
            lines(f, "over tcp, of the rules it keeps when called", &anew)?;
        }
        Ok(())
    }
}

/// The rows of one system that were not skipped.
fn tried<'a>(rows: &'a [Row], system: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.system == system && row.verdict != VerdictWord::Skipped).collect()
}

/// What came of one system: the counts, and each row that did not pass.
fn lines(f: &mut fmt::Formatter<'_>, way: &str, tried: &[&Row]) -> fmt::Result {
    if tried.is_empty() {
        return Ok(());
    }
    let passed = tried.iter().filter(|row| row.verdict == VerdictWord::Pass).count();
    writeln!(f, "    {way}: {passed} of {}", tried.len())?;
    for row in tried.iter().filter(|row| row.verdict != VerdictWord::Pass) {
        let kind = row.departure.as_ref().map(|departure| format!(": {}", departure.kind));
        writeln!(f, "      {} {} {}{}", row.verdict, row.level, row.id, kind.unwrap_or_default())?;
        let seen = row.actual.as_deref().or(row.reason.as_deref()).unwrap_or_default();
        writeln!(f, "        {}", seen.replace('\n', "\n        "))?;
        for plan in row.departure.iter().flat_map(|departure| &departure.plans) {
            let mut plan = plan.to_string();
            if let Some((end, _)) = plan.char_indices().nth(MOST_OF_A_PLAN) {
                plan.truncate(end);
                plan.push_str(" and so on");
            }
            writeln!(f, "        | {}", plan.replace('\n', "\n        | "))?;
        }
    }
    Ok(())
}

/// What a codec is called in the table.
struct Shown {
    package: &'static str,
    name: &'static str,
    what: &'static str,
}

/// Every codec, in the order of the table.
fn shown() -> Vec<Shown> {
    let by_layout = exhibits();
    let by_layout =
        by_layout.iter().map(|one| Shown { package: one.package, name: one.name, what: one.what });
    let apart = apart();
    by_layout
        .chain(apart.iter().map(|one| Shown { package: one.package, name: one.name, what: one.what }))
        .collect()
}
