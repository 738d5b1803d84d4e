//! Changing a plan at random so that it stays a sensible one: what a fuzzer does between two executions.
//!
//! Why not leave it to the fuzzer: it changes bytes, and does not know which of them are a cut, a length or a step.
//! A fault of segmentation needs the right cut in the right frame behind the right length, which bytes alone find late or never.
//! So most changes are made to the plan that the bytes say, and only one in [`PLAIN`] to the bytes themselves.

mod border;
mod cuts;
mod fresh;
mod lengths;

use crate::layout::Layout;
use crate::plan::{Draw, Operation, Plan};
use crate::subject::Kind;

/// The most steps of a plan that has been changed.
pub const MOST_STEPS: usize = 48;

/// The most listed cuts of one step of a plan that has been changed.
pub const MOST_CUTS: usize = 64;

/// The longest payload in bytes of a plan that has been changed: two maximal pieces.
pub const MOST_PAYLOAD: u64 = 1 << 17;

/// One change in so many is the fuzzer's own, made to the bytes, so that nothing is out of reach.
pub const PLAIN: u64 = 8;

/// What a plan that is changed is for.
#[derive(Clone, Copy, Debug)]
pub struct Focus<'a> {
    /// The kind of system that runs it, which says what steps are added.
    pub kind: Kind,
    /// How frames lie on its wire, if that is known, so that cuts hit headers.
    pub layout: Option<&'a Layout>,
}

/// One sort of change; false if there is nothing in the plan that it could change.
type Change = fn(&mut Plan, &Focus<'_>, &mut Draw) -> bool;

/// The sorts of change; what is listed more than once is made as much more often.
const CHANGES: &[Change] = &[
    fresh::insert,
    fresh::insert,
    fresh::anew,
    fresh::frame,
    fresh::frame,
    repeat_step,
    drop_step,
    swap_steps,
    cuts::shift,
    cuts::split,
    cuts::join,
    cuts::flip,
    cuts::even,
    border::hit,
    border::hit,
    lengths::to_edge,
    lengths::to_edge,
    lengths::nudge,
    lengths::reads,
    fresh::renumber,
];

/// How many sorts are tried until one finds something to change.
const TRIES: u32 = 8;

/// The most changes made at once.
const MOST_CHANGES: u32 = 4;

/// Changes a plan a little: one change, or a few.
///
/// The plan stays valid (see [`Plan::encode`]), and within [`MOST_STEPS`], [`MOST_CUTS`] and [`MOST_PAYLOAD`].
pub fn mutate(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) {
    keep_bounds(plan);
    for _ in 0..MOST_CHANGES {
        for _ in 0..TRIES {
            let change = *draw.pick(CHANGES);
            if change(plan, focus, draw) {
                break;
            }
        }
        if !draw.one_in(3) {
            break;
        }
    }
    keep_bounds(plan);
}

/// As [`mutate`], for the bytes in which libFuzzer keeps a plan: the first `size` of `data` become at most `max_size`.
///
/// `focus` says what the plan is for, and `plain` is the fuzzer's own change, which is made once in [`PLAIN`] times.
/// Answers the new size.
pub fn mutate_bytes(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    focus: impl Fn(&Plan) -> Focus<'static>,
    plain: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> usize {
    let mut draw = Draw::new(u64::from(seed), &["mutate"]);
    if draw.one_in(PLAIN) {
        return plain(data, size, max_size);
    }
    let mut plan = Plan::decode(&data[..size.min(data.len())]);
    let focus = focus(&plan);
    mutate(&mut plan, &focus, &mut draw);
    loop {
        let bytes = plan.encode();
        if bytes.len() <= max_size.min(data.len()) {
            data[..bytes.len()].copy_from_slice(&bytes);
            return bytes.len();
        }
        // Half a step would be another one: what does not fit is left out whole.
        if plan.steps.is_empty() {
            return 0;
        }
        plan.steps.truncate(plan.steps.len() * 3 / 4);
    }
}

/// The indices of the steps for whose operation `is_wanted` holds.
fn steps_that(plan: &Plan, is_wanted: impl Fn(&Operation) -> bool) -> Vec<usize> {
    let steps = plan.steps.iter().enumerate();
    steps.filter(|(_, step)| is_wanted(&step.operation)).map(|(index, _)| index).collect()
}

/// One of the steps for whose operation `is_wanted` holds.
fn any_step_that(plan: &Plan, draw: &mut Draw, is_wanted: impl Fn(&Operation) -> bool) -> Option<usize> {
    let steps = steps_that(plan, is_wanted);
    (!steps.is_empty()).then(|| *draw.pick(&steps))
}

/// Repeats a step, or a short run of steps, behind itself.
fn repeat_step(plan: &mut Plan, _: &Focus<'_>, draw: &mut Draw) -> bool {
    let count = plan.steps.len() as u64;
    if count == 0 || plan.steps.len() >= MOST_STEPS {
        return false;
    }
    let len = draw.length(1, count.min(8));
    let start = draw.between(0, count - len) as usize;
    let run = plan.steps[start..start + len as usize].to_vec();
    let at = start + len as usize;
    plan.steps.splice(at..at, run);
    true
}

fn drop_step(plan: &mut Plan, _: &Focus<'_>, draw: &mut Draw) -> bool {
    let count = plan.steps.len() as u64;
    if count < 2 {
        return false;
    }
    plan.steps.remove(draw.between(0, count - 1) as usize);
    true
}

/// Swaps two steps, most often neighbours.
fn swap_steps(plan: &mut Plan, _: &Focus<'_>, draw: &mut Draw) -> bool {
    let count = plan.steps.len() as u64;
    if count < 2 {
        return false;
    }
    let first = draw.between(0, count - 2);
    let second = if draw.one_in(3) { draw.between(first + 1, count - 1) } else { first + 1 };
    plan.steps.swap(first as usize, second as usize);
    true
}

/// Makes a plan of any size one that a fuzzer can go on with.
fn keep_bounds(plan: &mut Plan) {
    plan.steps.truncate(MOST_STEPS);
    for step in &mut plan.steps {
        cuts::keep_bounds(&mut step.operation);
        lengths::keep_bounds(&mut step.operation);
    }
}

#[cfg(test)]
mod tests;
