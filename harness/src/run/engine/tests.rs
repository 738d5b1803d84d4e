//! How a run ends, other than by being through.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Event, Foreman, report, run};
use crate::link::Duplex;
use crate::plan::Script;
use crate::run::cell::{Cell, Pair};
use crate::run::{KnownFailings, Settings, VerdictWord};
use crate::spec::{Needs, Spec};
use crate::system::System;
use crate::verdict::{FailureKind, Level, Verdict};

static SPEC: Spec = Spec {
    id: "made/up",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "it opens",
    clause: "nowhere",
    needs: Needs::STREAM,
    kills: &[],
    experiments: |_, _| vec![Script::open().plan().into()],
    judge: |_, _, _| Verdict::Pass,
};

fn cells(count: usize) -> Vec<Cell> {
    let pair = Pair { spec: &SPEC, system: Arc::new(Duplex::new("pipe")) };
    vec![Cell { pair, fixed: None, time: None, insists: false }; count]
}

#[test]
fn a_run_that_fails_fast_ends_with_the_first_failure_that_is_not_excused() {
    static FAILING: Spec = Spec { judge: |_, _, _| Verdict::fail(FailureKind::Lost, "this", "that"), ..SPEC };
    let system: Arc<dyn System> = Arc::new(Duplex::new("pipe"));
    let other: Arc<dyn System> = Arc::new(Duplex::new("known"));
    let order = [(&SPEC, &system), (&FAILING, &other), (&FAILING, &system), (&SPEC, &other)];
    let known = KnownFailings::parse("list", "made/up known  # it is made up").expect("a list");
    for (jobs, excused, rows) in [(1, known.clone(), 3), (4, known, 3), (4, KnownFailings::default(), 2)] {
        let jobs = NonZeroUsize::new(jobs).expect("not zero");
        let settings = Settings { jobs, fail_fast: true, excused, ..Settings::default() };
        let pairs = order.map(|(spec, system)| Pair { spec, system: Arc::clone(system) });
        let report = run(pairs.into(), &settings, &Arc::default(), &mut |_| ());
        assert_eq!(report.rows.len(), rows, "{report}");
    }
}

#[test]
fn a_run_without_a_thread_says_so_in_every_row_and_in_the_report() {
    let settings = Settings { jobs: NonZeroUsize::new(2).expect("not zero"), ..Settings::default() };
    let interrupt = Arc::new(AtomicBool::new(false));
    let mut finished = 0;
    let mut count = |event| finished += u32::from(matches!(event, Event::RowFinished(_)));
    let mut foreman = Foreman::new(cells(3), &settings, &interrupt, &mut count);
    foreman.crew.stack = usize::MAX / 4;
    foreman.work();
    let filled = foreman.close(Duration::ZERO);
    assert!(filled.refusal.is_some());
    let report = report(filled, &settings, &interrupt);
    assert_eq!(finished, 3);
    assert_eq!(report.rows.len(), 3);
    let is_undone = |row: &crate::run::Row| row.cannot_run && row.verdict == VerdictWord::Inconclusive;
    assert!(report.rows.iter().all(is_undone), "{report}");
    let reason = report.cannot_run.expect("the run could not go on");
    assert!(reason.starts_with("no thread could be started"), "{reason}");
}
