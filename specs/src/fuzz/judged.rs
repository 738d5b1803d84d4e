//! One execution judged: a departure ends in the row of a report, made as small as could be.

use std::time::Duration;

use sockspec_harness::oracle::excuse;
use sockspec_harness::plan::Plan;
use sockspec_harness::report::{Palette, ReplayLine, in_full};
use sockspec_harness::run::{Departure, Row, VerdictWord};
use sockspec_harness::shrink::shrink;
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::token::Token;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{Finding, Verdict};

/// How long a wait may last at first: what does not wait for a clock needs none of it.
const HURRIED: Duration = Duration::from_millis(100);

/// How long it may last before a finding that rests on having waited counts.
const PATIENT: Duration = Duration::from_secs(2);

/// How often such a finding is repeated.
const REPEATS: u32 = 3;

/// How many smaller plans are tried for a finding, and for one that rests on having waited.
const SHRINK_ATTEMPTS: usize = 400;
const SHRINK_ATTEMPTS_PATIENT: usize = 20;

/// Makes of `plan` what a conforming system satisfies, by `tame`, runs it by `execute` and has it judged by `spec`.
///
/// Answers the row of a smaller plan, with its replay token, if the subject departed from the rule.
pub(super) fn examine(
    spec: &'static Spec,
    subject: &Subject,
    plan: &Plan,
    tame: &dyn Fn(&Plan) -> Plan,
    execute: &mut dyn FnMut(&Plan, Duration) -> Trace,
) -> Option<Box<Row>> {
    let plan = tame(plan);
    let finding = departure(spec, subject, &plan, execute, HURRIED)?;
    let kind = finding.kind;
    let rests_on_waiting = kind.depends_on_patience();
    if rests_on_waiting {
        for _ in 0..REPEATS {
            let again = departure(spec, subject, &plan, execute, PATIENT);
            if again.is_none_or(|finding| finding.kind != kind) {
                return None;
            }
        }
    }
    let mut smallest = finding;
    // A smaller plan has to be one that a conforming system satisfies, too.
    let mut fails = |candidate: &Experiment| {
        let found = departure(spec, subject, &tame(&candidate.plans[0]), execute, HURRIED);
        let found = found.filter(|finding| finding.kind == kind);
        let is_same = found.is_some();
        if let Some(finding) = found {
            smallest = finding;
        }
        is_same
    };
    let attempts = if rests_on_waiting { SHRINK_ATTEMPTS_PATIENT } else { SHRINK_ATTEMPTS };
    let experiment = shrink(plan.into(), &mut fails, attempts);
    let plans = experiment.plans.iter().map(tame).collect();
    Some(Box::new(row(spec, subject, plans, smallest)))
}

/// What is wrong with one execution, if anything is.
pub(super) fn departure(
    spec: &Spec,
    subject: &Subject,
    plan: &Plan,
    execute: &mut dyn FnMut(&Plan, Duration) -> Trace,
    patience: Duration,
) -> Option<Finding> {
    let trace = execute(plan, patience);
    let (plans, traces) = (std::slice::from_ref(plan), std::slice::from_ref(&trace));
    match excuse((spec.judge)(subject, plans, traces), plans, traces) {
        Verdict::Fail(finding) => Some(finding),
        _ => None,
    }
}

/// The row of one finding.
fn row(spec: &Spec, subject: &Subject, plans: Vec<Plan>, finding: Finding) -> Row {
    let Finding { kind, expected, actual, difference } = finding;
    let layout = subject.layout.clone();
    let (spec_id, system) = (spec.id.to_owned(), subject.id.clone());
    let token = Token { spec: spec_id.clone(), system: system.clone(), layout, plans: plans.clone() };
    Row {
        id: spec_id,
        system,
        kind: subject.kind,
        level: spec.level_for(subject),
        rule: spec.rule.to_owned(),
        clause: spec.clause.to_owned(),
        verdict: VerdictWord::Fail,
        cases: 1,
        reason: None,
        expected: Some(expected),
        actual: Some(actual),
        replay: token.readable(),
        segmentation: None,
        departure: Some(Departure { kind, plans, difference }),
        cannot_run: false,
    }
}

/// The report of one finding, and its token on a line of its own.
pub(super) fn in_words(row: &Row) -> String {
    let words = in_full(row, &Palette::PLAIN, ReplayLine::Command);
    format!("{words}\nreplay token: {}", row.replay.as_deref().unwrap_or(""))
}
