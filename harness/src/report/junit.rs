//! The report as JUnit XML, as Jenkins and GitLab read it: a suite for each system, a case for each spec.
//!
//! It holds no time: a test's duration would change from run to run, and what is measured stands in the JSON report.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::report::{Palette, ReplayLine, TOOL, in_full};
use crate::run::{Report, Row, VerdictWord};

/// The suite of the entries of the known-failing list that are stale; they belong to no system.
const STALE: &str = "known-failing";

/// The suite that says that the run as a whole did not come to its end; it is there only then.
const RUN: &str = "run";

/// The report as JUnit XML.
///
/// What fails a strict run is told as a failure (a warning) or as an error (what cannot be told) only if the report is strict.
pub fn junit(report: &Report, replay: ReplayLine) -> String {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for row in &report.rows {
        let suite = suites.entry(&row.system).or_insert_with(|| TestSuite::new(row.system.as_str()));
        suite.add_test_case(case(row, replay, report.is_strict));
    }
    let mut junit = Junit::new(TOOL.name);
    junit.add_test_suites(suites.into_values());
    if !report.stale.is_empty() {
        junit.add_test_suite(stale(&report.stale));
    }
    let interrupted = report.interrupted.then_some("interrupted: what is reported is what had run by then");
    let cannot_go_on = report.cannot_run.as_deref();
    if let Some(sentence) = interrupted.or(cannot_go_on) {
        junit.add_test_suite(ended_early(sentence));
    }
    let mut text =
        junit.to_string().expect("a string takes any text, and the text is cleaned of what XML cannot hold");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// One row as a case.
fn case(row: &Row, replay: ReplayLine, strict: bool) -> TestCase {
    let mut case = TestCase::new(row.id.as_str(), status(row, replay, strict));
    case.set_classname(row.system.as_str());
    if let (TestCaseStatus::Success { .. }, Some(said)) = (&case.status, remark(row)) {
        case.set_system_out(said);
    }
    case
}

fn status(row: &Row, replay: ReplayLine, strict: bool) -> TestCaseStatus {
    let kind = match row.verdict {
        VerdictWord::Pass => return TestCaseStatus::success(),
        VerdictWord::Warn if !strict => return TestCaseStatus::success(),
        VerdictWord::Fail | VerdictWord::Warn => NonSuccessKind::Failure,
        VerdictWord::Inconclusive if row.cannot_run || strict => NonSuccessKind::Error,
        VerdictWord::Inconclusive | VerdictWord::Skipped | VerdictWord::Known => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(remark(row).unwrap_or_else(|| row.verdict.word().into()));
            return status;
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(remark(row).unwrap_or_else(|| row.rule.clone()));
    status.set_type(row.departure.as_ref().map_or(row.verdict.word(), |seen| seen.kind.word()));
    status.set_description(in_full(row, &Palette::PLAIN, replay));
    status
}

/// What a line says of the row.
fn remark(row: &Row) -> Option<String> {
    let seen = match (&row.expected, &row.actual) {
        (Some(expected), Some(actual)) => Some(format!("expected {expected}; actual: {actual}")),
        (_, Some(actual)) => Some(actual.clone()),
        _ => None,
    };
    let said: Vec<String> = row.reason.iter().cloned().chain(seen).collect();
    let said = said.join("; ");
    match row.verdict {
        _ if said.is_empty() => None,
        VerdictWord::Pass | VerdictWord::Known => Some(said),
        verdict => Some(format!("{verdict}: {said}")),
    }
}

/// A run that did not come to its end: an error, since nobody can tell what the rest would have been.
fn ended_early(sentence: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(sentence).set_type("ended-early");
    let mut case = TestCase::new("complete", status);
    case.set_classname(RUN);
    let mut suite = TestSuite::new(RUN);
    suite.add_test_case(case);
    suite
}

/// The stale entries, a failure each.
fn stale(sentences: &[String]) -> TestSuite {
    let mut suite = TestSuite::new(STALE);
    for sentence in sentences {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(sentence.as_str()).set_type("stale");
        let place = sentence.split(": ").next().unwrap_or(sentence);
        let mut case = TestCase::new(place, status);
        case.set_classname(STALE);
        suite.add_test_case(case);
    }
    suite
}

#[cfg(test)]
mod tests {
    use super::junit;
    use crate::report::{ReplayLine, sample};
    use crate::run::{Report, Row, VerdictWord};

    #[test]
    fn a_passing_report() {
        insta::assert_snapshot!("passing_junit", junit(&sample::passing(), ReplayLine::Command));
    }

    #[test]
    fn a_failing_report() {
        insta::assert_snapshot!("failing_junit", junit(&sample::failing(), ReplayLine::Command));
    }

    #[test]
    fn strictness_moves_warnings_to_failures_and_doubts_to_errors() {
        for (verdict, lax, strict) in [
            (VerdictWord::Warn, [0, 0, 0], [1, 0, 0]),
            (VerdictWord::Inconclusive, [0, 0, 1], [0, 1, 0]),
            (VerdictWord::Known, [0, 0, 1], [0, 0, 1]),
        ] {
            for (is_strict, expected) in [(false, lax), (true, strict)] {
                let rows = [sample::row("a/b", "c", verdict)];
                let report = Report { is_strict, ..sample::report(rows) };
                let text = junit(&report, ReplayLine::Command);
                let count = |tag: &str| text.matches(tag).count();
                assert_eq!([count("<failure"), count("<error"), count("<skipped")], expected, "{text}");
            }
        }
    }

    #[test]
    fn a_run_that_did_not_come_to_its_end_is_an_error() {
        let early = [
            Report { interrupted: true, ..sample::passing() },
            Report { cannot_run: Some("no descriptors are left".to_owned()), ..sample::passing() },
        ];
        for report in early {
            let text = junit(&report, ReplayLine::Command);
            assert!(
                text.contains("<testsuite name=\"run\"") && text.matches("<error").count() == 1,
                "{text}"
            );
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let row = Row {
            actual: Some("a \u{1b}[31m \u{0} ]]> <b> & é".into()),
            ..sample::row("a/b", "c", VerdictWord::Fail)
        };
        let text = junit(&sample::report([row]), ReplayLine::Command);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{0}'), "{text}");
        assert!(text.contains("&lt;b&gt; &amp; é"), "{text}");
    }
}
