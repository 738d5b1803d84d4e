//! Reports made by hand, for the tests of every format.

use std::collections::BTreeMap;

use crate::plan::{Cut, Cuts, End, Script};
use crate::run::{DEFAULT_SEED, Departure, Report, Row, RowSegmentation, VerdictWord};
use crate::subject::Kind;
use crate::trace::Difference;
use crate::verdict::{FailureKind, Level};

/// A row of that verdict, without more than any row of it has.
pub(crate) fn row(id: &str, system: &str, verdict: VerdictWord) -> Row {
    let departs = matches!(verdict, VerdictWord::Fail | VerdictWord::Warn | VerdictWord::Known);
    Row {
        id: id.into(),
        system: system.into(),
        kind: Kind::Stream,
        level: if verdict == VerdictWord::Warn { Level::Should } else { Level::Must },
        rule: "every byte that was accepted arrives".into(),
        clause: "A6; RFC 9293 §3.8".into(),
        verdict,
        cases: if verdict == VerdictWord::Skipped { 0 } else { 12 },
        reason: None,
        expected: departs.then(|| "4,096 bytes, then the end".into()),
        actual: departs.then(|| "the end after 4,095 bytes".into()),
        replay: departs.then(|| "TOKEN-OF-THE-SAMPLE".into()),
        segmentation: None,
        departure: None,
        cannot_run: false,
    }
}

/// A report of these rows.
pub(crate) fn report(rows: impl IntoIterator<Item = Row>) -> Report {
    Report {
        seed: DEFAULT_SEED,
        rows: rows.into_iter().collect(),
        interrupted: false,
        cannot_run: None,
        stale: Vec::new(),
        is_strict: false,
        measurements: BTreeMap::from([("seconds".into(), 4.25)]),
    }
}

/// A report in which everything held.
pub(crate) fn passing() -> Report {
    let segmented = Row {
        segmentation: Some(RowSegmentation { requested: 326, achieved: 326 }),
        ..row("stream/lossless", "tcp-v4", VerdictWord::Pass)
    };
    let remarked = Row {
        level: Level::May,
        reason: Some("no two writes were seen in one read".into()),
        ..row("tcp/coalesces", "tcp-v4", VerdictWord::Pass)
    };
    let skipped = Row {
        reason: Some("unix declares no ports".into()),
        ..row("stream/reset-is-no-end", "unix", VerdictWord::Skipped)
    };
    report([segmented, row("stream/lossless", "unix", VerdictWord::Pass), skipped, remarked])
}

/// A report with a row of every verdict, and everything that a departure can show.
pub(crate) fn failing() -> Report {
    let cuts = Cuts::At(vec![Cut { at: 1, joined: false }, Cut { at: 4, joined: true }]);
    let plan = Script::open().cut(End::client(0), 9, cuts, vec![4]).finish(End::client(0)).plan();
    let difference = Difference {
        at: 4,
        expected: vec![0x61, 0x62, 0x63, 0x64, 0x65],
        actual: vec![0x62, 0x63, 0x64, 0x65],
        stands_at: Some(5),
        belongs_to: None,
    };
    let failed = Row {
        actual: Some("<lost> the byte at 4 & \"others\"".into()),
        segmentation: Some(RowSegmentation { requested: 2, achieved: 1 }),
        departure: Some(Departure {
            kind: FailureKind::Lost,
            plans: vec![Script::open().transfer(End::client(0), 9).plan(), plan],
            difference: Some(difference),
        }),
        ..row("stream/lossless", "tcp-v4", VerdictWord::Fail)
    };
    let undecided = Row {
        reason: Some("the machine gave no counters".into()),
        ..row("tcp/nagle", "tcp-v4", VerdictWord::Inconclusive)
    };
    let not_run = Row {
        cases: 0,
        reason: Some("the factory failed: no route".into()),
        cannot_run: true,
        ..row("tcp/nagle", "tcp-v6", VerdictWord::Inconclusive)
    };
    let known = Row {
        reason: Some("known failing: sorted late".into()),
        ..row("stream/ordered", "tcp-v4", VerdictWord::Known)
    };
    let mut report = report([
        failed,
        row("stream/lossless", "unix", VerdictWord::Pass),
        known,
        row("stream/ordered", "unix", VerdictWord::Warn),
        undecided,
        not_run,
    ]);
    report.stale.push("known.txt, line 3: there is no spec stream/nope: take the line out".into());
    report.rows.push(Row {
        reason: Some("unix declares no ports".into()),
        ..row("tcp/refused", "unix", VerdictWord::Skipped)
    });
    report
}
