//! Neighbouring steps that send parts of one stream, made into one.
//!
//! A failure that needs so many bytes and not so many writes is then one line instead of forty.

use std::collections::BTreeSet;

use crate::plan::{Cuts, Operation, Payload, Plan, Step, Transfer};

/// The steps as one; `None` if they are no two, or not parts of one stream sent in the same way.
pub(super) fn joined(steps: &[Step]) -> Option<Step> {
    let (first, rest) = steps.split_first()?;
    let start = rest.split_first().is_some().then(|| first.clone());
    rest.iter().try_fold(start?, |whole, next| {
        if whole.end != next.end {
            return None;
        }
        let operation = match (whole.operation, &next.operation) {
            (Operation::Send(payload), Operation::Send(next)) => Operation::Send(longer(payload, next)?),
            (Operation::Transfer(transfer), Operation::Transfer(next)) => {
                Operation::Transfer(both(transfer, next)?)
            }
            _ => return None,
        };
        Some(Step { end: whole.end, operation })
    })
}

/// Joins what one end lays on the wire of a connection with nothing else happening there in between, each time into the last of those steps;
/// gives the others, which are to go.
pub(super) fn gather(plan: &mut Plan, connection: u16) -> BTreeSet<usize> {
    let mut gone = BTreeSet::new();
    let mut last: Option<usize> = None;
    for index in 0..plan.steps.len() {
        let (before, here) = plan.steps.split_at_mut(index);
        let Some(step) = here.first_mut().filter(|step| step.end.connection == connection) else { continue };
        let Operation::Raw(payload) = &mut step.operation else {
            last = None;
            continue;
        };
        if let Some(earlier) = last
            && let Operation::Raw(front) = &before[earlier].operation
            && before[earlier].end == step.end
            && let Some(whole) = longer(front.clone(), payload)
        {
            *payload = whole;
            gone.insert(earlier);
        }
        last = Some(index);
    }
    gone
}

/// A payload with what follows it in its stream.
fn longer(payload: Payload, next: &Payload) -> Option<Payload> {
    match (payload, next) {
        (Payload::Literal(mut bytes), Payload::Literal(more)) => {
            bytes.extend_from_slice(more);
            Some(Payload::Literal(bytes))
        }
        (
            Payload::Pattern { key, offset, len },
            Payload::Pattern { key: next_key, offset: next_offset, len: more },
        ) => {
            let follows = key == *next_key && offset.wrapping_add(len) == *next_offset;
            let len = len.checked_add(*more)?;
            follows.then_some(Payload::Pattern { key, offset, len })
        }
        _ => None,
    }
}

/// Two transfers as one, read as the first and cut as both, though not where they meet; equal pieces stay only if they are those of both.
fn both(transfer: Transfer, next: &Transfer) -> Option<Transfer> {
    let shift = u32::try_from(transfer.payload.len()).ok()?;
    let cuts = match (transfer.cuts, &next.cuts) {
        (cuts, next) if cuts == *next && !matches!(cuts, Cuts::At(_)) => cuts,
        (Cuts::Every { .. }, _) | (_, Cuts::Every { .. }) => Cuts::None,
        (cuts, Cuts::None) => cuts,
        (cuts, Cuts::At(next)) => {
            let mut places = if let Cuts::At(places) = cuts { places } else { Vec::new() };
            for cut in next {
                let mut cut = *cut;
                cut.at = cut.at.checked_add(shift)?;
                places.push(cut);
            }
            // A place behind the end of the first would lie amid the second.
            places.is_sorted_by(|cut, next| cut.at < next.at).then_some(Cuts::At(places))?
        }
    };
    Some(Transfer { payload: longer(transfer.payload, &next.payload)?, cuts, ..transfer })
}
