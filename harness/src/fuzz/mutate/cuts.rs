//! Changes of where payloads and wires are cut.

use super::{Focus, MOST_CUTS, any_step_that, border};
use crate::plan::{Cut, Cuts, Draw, Operation, Plan};

/// The cuts of an operation, if it has some.
pub(super) fn of(operation: &mut Operation) -> Option<&mut Cuts> {
    match operation {
        Operation::Transfer(transfer) => Some(&mut transfer.cuts),
        Operation::Feed(feed) => Some(&mut feed.cuts),
        _ => None,
    }
}

/// Whether an operation can be cut.
pub(super) fn has_some(operation: &Operation) -> bool {
    matches!(operation, Operation::Transfer(_) | Operation::Feed(_))
}

/// A step that can be cut, and how many bytes there are to cut.
pub(super) fn any_place(plan: &Plan, focus: &Focus<'_>, draw: &mut Draw) -> Option<(usize, u64)> {
    let index = any_step_that(plan, draw, has_some)?;
    let len = match &plan.steps[index].operation {
        Operation::Transfer(transfer) => transfer.payload.len(),
        _ => border::wire_len(plan, index, focus.layout),
    };
    (len > 1).then_some((index, len))
}

/// Changes the listed cuts of a step by `change`, which answers whether there was something to do.
fn list(
    plan: &mut Plan,
    focus: &Focus<'_>,
    draw: &mut Draw,
    change: impl Fn(&mut Vec<Cut>, u64, &mut Draw) -> bool,
) -> bool {
    let Some((index, len)) = any_place(plan, focus, draw) else { return false };
    let Some(cuts) = of(&mut plan.steps[index].operation) else { return false };
    let mut listed = listed(cuts, len);
    let has_changed = change(&mut listed, len, draw);
    if has_changed {
        *cuts = tidied(listed);
    }
    has_changed
}

/// The cuts one by one, as many as are kept.
pub(super) fn listed(cuts: &Cuts, len: u64) -> Vec<Cut> {
    match cuts {
        Cuts::None => Vec::new(),
        Cuts::At(cuts) => cuts.clone(),
        Cuts::Every { len: every, joined } => {
            let at = |number: u64| u32::try_from(number * u64::from((*every).max(1))).ok();
            let places = (1..=MOST_CUTS as u64).map_while(at).take_while(|at| u64::from(*at) < len);
            places.map(|at| Cut { at, joined: *joined }).collect()
        }
    }
}

/// The cuts that the format can say: rising, above 0, no more than are kept.
pub(super) fn tidied(mut cuts: Vec<Cut>) -> Cuts {
    cuts.retain(|cut| cut.at > 0);
    cuts.sort_unstable();
    cuts.dedup_by_key(|cut| cut.at);
    cuts.truncate(MOST_CUTS);
    if cuts.is_empty() { Cuts::None } else { Cuts::At(cuts) }
}

/// Moves a cut: by a byte or two, or anywhere.
pub(super) fn shift(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    list(plan, focus, draw, |cuts, len, draw| {
        if cuts.is_empty() {
            return false;
        }
        let index = draw.between(0, cuts.len() as u64 - 1) as usize;
        let at = u64::from(cuts[index].at);
        let moved = match draw.between(0, 3) {
            0 => draw.between(1, len - 1),
            1 => at.saturating_sub(draw.length(1, 16)),
            _ => at.saturating_add(draw.length(1, 16)),
        };
        cuts[index].at = u32::try_from(moved.clamp(1, len - 1)).unwrap_or(u32::MAX);
        true
    })
}

/// Cuts a piece in two.
pub(super) fn split(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    list(plan, focus, draw, |cuts, len, draw| {
        let at = u32::try_from(draw.between(1, len - 1)).unwrap_or(u32::MAX);
        cuts.push(Cut { at, joined: draw.one_in(3) });
        true
    })
}

/// Makes two pieces one.
pub(super) fn join(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    list(plan, focus, draw, |cuts, _, draw| {
        let has_some = !cuts.is_empty();
        if has_some {
            cuts.remove(draw.between(0, cuts.len() as u64 - 1) as usize);
        }
        has_some
    })
}

/// Holds the reader back at a cut where it was not, or the other way round.
pub(super) fn flip(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    list(plan, focus, draw, |cuts, _, draw| {
        let has_some = !cuts.is_empty();
        if has_some {
            let index = draw.between(0, cuts.len() as u64 - 1) as usize;
            cuts[index].joined ^= true;
        }
        has_some
    })
}

/// Cuts into equal pieces, or nowhere.
pub(super) fn even(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let Some((index, len)) = any_place(plan, focus, draw) else { return false };
    let Some(cuts) = of(&mut plan.steps[index].operation) else { return false };
    *cuts = if draw.one_in(4) {
        Cuts::None
    } else {
        let piece = draw.length(1, len);
        Cuts::Every { len: u32::try_from(piece).unwrap_or(u32::MAX), joined: draw.one_in(3) }
    };
    true
}

/// Leaves out the cuts that are too many.
pub(super) fn keep_bounds(operation: &mut Operation) {
    if let Some(Cuts::At(cuts)) = of(operation) {
        cuts.truncate(MOST_CUTS);
    }
}
