//! What ends are called, and whether the two ends of a connection agree on it.

use crate::oracle::stream::Run;
use crate::plan::{End, Operation};
use crate::trace::{Outcome, Place};
use crate::verdict::{FailureKind, Finding};

/// What one end said of itself and its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The index of the step.
    pub step: usize,
    /// Its place among the observations.
    pub index: usize,
    /// Which end.
    pub end: End,
    /// Its own address.
    pub local: Place,
    /// Its peer's.
    pub peer: Option<Place>,
}

/// All that was named in a run, in order.
pub fn names(run: &Run<'_>) -> Vec<Named> {
    let named = run.seen().filter(|seen| *seen.operation == Operation::Name);
    named
        .filter_map(|seen| match *seen.outcome {
            Outcome::Named { local, peer } => {
                Some(Named { step: seen.step, index: seen.index, end: seen.end, local, peer })
            }
            _ => None,
        })
        .collect()
}

/// Two ends of one connection that do not call each other what each calls itself.
pub fn unmirrored(run: &Run<'_>) -> Option<Finding> {
    let names = names(run);
    names.iter().enumerate().find_map(|(at, named)| {
        let other = names[..at].iter().rfind(|earlier| earlier.end == named.end.other())?;
        let is_open = named.end != other.end && run.is_open(named.end, other.index);
        let mirrors = named.peer.is_none_or(|peer| peer == other.local)
            && other.peer.is_none_or(|peer| peer == named.local);
        (is_open && !mirrors).then(|| Finding {
            kind: FailureKind::WrongAddress,
            expected: format!("{} and {} to call each other what each calls itself", other.end, named.end),
            actual: "two ends whose addresses do not mirror".to_owned(),
            difference: None,
        })
    })
}
