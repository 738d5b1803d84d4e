//! How a command ended, as the shell sees it.

use sockspec_harness::run::{KillMatrix, Report, Summary};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything required held, and at least one case ran.
    Held,
    /// A rule was departed from, an expectation is stale, a fault survived, a replay reproduced.
    Departed,
    /// The user asked for what cannot be understood.
    Usage,
    /// The harness could not run.
    CannotRun,
    /// Nothing was selected, or all that was selected was skipped.
    NothingRan,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Held => 0,
            Exit::Departed => 1,
            Exit::Usage => 2,
            Exit::CannotRun => 3,
            Exit::NothingRan => 4,
            Exit::Interrupted => 130,
        }
    }

    /// How a run ended: of several reasons the first of 1, 3, 4, 0 counts, and an interruption before all of them.
    pub(super) fn of_run(report: &Report, all_written: bool) -> Exit {
        let Summary { pass, fail, warn, inconclusive, known, .. } = report.summary();
        let has_run = pass + fail + warn + inconclusive + known > 0;
        let is_stuck = report.cannot_run.is_some() || report.rows.iter().any(|row| row.cannot_run);
        if report.interrupted {
            Exit::Interrupted
        } else if fail > 0 || !report.stale.is_empty() || (report.is_strict && warn > 0) {
            Exit::Departed
        } else if is_stuck || !all_written || (report.is_strict && inconclusive > 0) {
            Exit::CannotRun
        } else if has_run {
            Exit::Held
        } else {
            Exit::NothingRan
        }
    }

    /// How a run over the mutants ended, in the order of [`Exit::of_run`].
    pub(super) fn of_matrix(matrix: &KillMatrix, interrupted: bool, all_written: bool) -> Exit {
        match () {
            () if interrupted => Exit::Interrupted,
            () if !matrix.is_sound() => Exit::Departed,
            () if matrix.cannot_run.is_some() || !all_written => Exit::CannotRun,
            () if matrix.matrix.is_empty() => Exit::NothingRan,
            () => Exit::Held,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sockspec_harness::run::{KillMatrix, Killed, Report, Row, VerdictWord};
    use sockspec_harness::subject::Kind;
    use sockspec_harness::verdict::Level;

    use super::Exit;

    fn row(verdict: VerdictWord, cannot_run: bool) -> Row {
        Row {
            id: "a/b".into(),
            system: "c".into(),
            kind: Kind::Stream,
            level: Level::Must,
            rule: String::new(),
            clause: String::new(),
            verdict,
            cases: 1,
            reason: None,
            expected: None,
            actual: None,
            replay: None,
            segmentation: None,
            departure: None,
            cannot_run,
        }
    }

    fn report(verdicts: &[VerdictWord]) -> Report {
        Report {
            seed: 1,
            rows: verdicts.iter().map(|verdict| row(*verdict, false)).collect(),
            interrupted: false,
            cannot_run: None,
            stale: Vec::new(),
            is_strict: false,
            measurements: BTreeMap::new(),
        }
    }

    #[test]
    fn verdicts_decide() {
        use VerdictWord::{Fail, Inconclusive, Known, Pass, Skipped, Warn};
        for (verdicts, lax, strict) in [
            (vec![], 4, 4),
            (vec![Skipped, Skipped], 4, 4),
            (vec![Pass], 0, 0),
            (vec![Pass, Skipped, Known], 0, 0),
            (vec![Known], 0, 0),
            (vec![Pass, Warn], 0, 1),
            (vec![Pass, Inconclusive], 0, 3),
            (vec![Warn, Inconclusive], 0, 1),
            (vec![Pass, Fail, Inconclusive], 1, 1),
        ] {
            let mut report = report(&verdicts);
            assert_eq!(Exit::of_run(&report, true).code(), lax, "{verdicts:?}");
            report.is_strict = true;
            assert_eq!(Exit::of_run(&report, true).code(), strict, "{verdicts:?} under --strict");
        }
    }

    #[test]
    fn of_several_reasons_the_first_counts() {
        let mut report = report(&[VerdictWord::Pass]);
        assert_eq!(Exit::of_run(&report, false), Exit::CannotRun);
        report.rows.push(row(VerdictWord::Inconclusive, true));
        assert_eq!(Exit::of_run(&report, true), Exit::CannotRun);
        report.rows.clear();
        report.cannot_run = Some("no descriptors".into());
        assert_eq!(Exit::of_run(&report, true), Exit::CannotRun);
        report.stale.push("stale".into());
        assert_eq!(Exit::of_run(&report, false), Exit::Departed);
        report.interrupted = true;
        assert_eq!(Exit::of_run(&report, false).code(), 130);
    }

    #[test]
    fn a_matrix_with_a_survivor_departs() {
        let killed = |by: &[&str]| Killed {
            fault: "drop".into(),
            system: "pipe".into(),
            killed_by: by.iter().map(|id| id.to_string()).collect(),
            declared_by: vec!["a/b".into()],
        };
        let sound = KillMatrix::of([killed(&["a/b"])], ["a/b"]);
        let unsound = KillMatrix::of([killed(&[])], ["a/b"]);
        assert_eq!(Exit::of_matrix(&sound, false, true), Exit::Held);
        assert_eq!(Exit::of_matrix(&unsound, false, true), Exit::Departed);
        assert_eq!(Exit::of_matrix(&KillMatrix::default(), false, true), Exit::NothingRan);
        assert_eq!(Exit::of_matrix(&sound, true, true), Exit::Interrupted);
        assert_eq!(Exit::of_matrix(&unsound, false, false), Exit::Departed);
        assert_eq!(Exit::of_matrix(&sound, false, false), Exit::CannotRun);
        let refused = KillMatrix { cannot_run: Some("no threads".into()), ..sound };
        assert_eq!(Exit::of_matrix(&refused, false, true), Exit::CannotRun);
    }
}
