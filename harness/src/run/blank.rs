//! Rows of cells that did not come to a verdict of their own.

use super::cell::Pair;
use super::row::{Row, RowSegmentation, VerdictWord};
use crate::trace::Segmentation;

/// A row without a verdict of its own.
pub(super) fn blank_row(pair: &Pair) -> Row {
    let (spec, subject) = (pair.spec, pair.system.subject());
    Row {
        id: spec.id.to_owned(),
        system: subject.id.clone(),
        kind: subject.kind,
        level: spec.level_for(subject),
        rule: spec.rule.to_owned(),
        clause: spec.clause.to_owned(),
        verdict: VerdictWord::Inconclusive,
        cases: 0,
        reason: None,
        expected: None,
        actual: None,
        replay: None,
        segmentation: RowSegmentation::of(&Segmentation::default()),
        departure: None,
        cannot_run: false,
    }
}

/// Why a cell is not run whose system hangs.
pub(super) const HANGS: &str = "given up: an earlier call of this system did not return";

/// The row of a cell that is given up.
pub(super) fn given_up_row(pair: &Pair, reason: &str) -> Row {
    Row { reason: Some(reason.to_owned()), ..blank_row(pair) }
}
