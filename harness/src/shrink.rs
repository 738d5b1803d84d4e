//! Making a failing experiment smaller while it fails in the same way, so that a person sees what matters.
//!
//! It is a greedy search: it proposes smaller experiments, the largest steps first, keeps each that still fails, and starts over
//! until nothing smaller fails or the budget is spent.
//! It knows no system and no rule; whoever calls it runs the proposals and compares what came of them.
//!
//! Why not shrink the bytes of a plan, as fuzzers do: most of what is left of a plan when a step is taken out asks for what no system can do,
//! such as bytes that nobody sends any more, and fails for that reason alone.
//! So when a step goes, all that rests on it goes with it.
//!
//! The plans of one experiment correspond step by step, and each reduction is made in all of them at once:
//! the control run is the control of the smaller run, too.
//! Plans that say something apart are fewer first, and then each is made smaller alone.

mod apart;
mod change;
mod cost;
mod join;
mod literal;
mod reduction;
mod sense;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use self::change::{Change, Offsets};
use self::cost::{cost, thought};
use self::reduction::Reduction;
use crate::plan::{DEFAULT_READ, Operation, Payload, Step};
use crate::spec::Experiment;

/// A smaller experiment for which `fails` still holds, found with at most `budget` calls of it; `experiment` itself, if there is none.
///
/// A call with an experiment of many megabytes, or of many thousand pieces, counts for several:
/// a budget of 400 allows for some gigabytes in all.
/// That `fails` holds for `experiment` is taken for granted.
/// The same arguments give the same result, as long as `fails` does.
pub fn shrink(
    experiment: Experiment,
    fails: &mut dyn FnMut(&Experiment) -> bool,
    budget: usize,
) -> Experiment {
    if experiment.are_apart && experiment.plans.len() > 1 {
        return apart::shrink(experiment, fails, budget);
    }
    search(experiment, fails, budget).0
}

/// The smallest of all plans changed alike, and what is left of the budget.
fn search(
    experiment: Experiment,
    fails: &mut dyn FnMut(&Experiment) -> bool,
    budget: usize,
) -> (Experiment, usize) {
    let offsets = experiment.plans.iter().map(Offsets::of).collect();
    let mut search = Search { best: experiment, offsets, fails, left: budget, tried: BTreeSet::new() };
    while search.pass() {}
    (search.best, search.left)
}

/// What is tried on all steps at once before it is tried on each.
const SWEEPING: [Reduction; 7] = [
    Reduction::Uncut,
    Reduction::DefaultReads,
    Reduction::Separated,
    Reduction::Slices(0),
    Reduction::UnpolledReader,
    Reduction::Buffer(DEFAULT_READ),
    Reduction::Shorter(1),
];

/// From so many bytes on, an experiment is made shorter before anything else.
const MUCH: u64 = 64 << 10;

/// Up to so many feeds are left out one by one like all other steps.
const FEW_FEEDS: usize = 8;

/// A literal is taken apart in no more pieces than this at once: what needs all of its bytes would take a try for each.
const MOST_PIECES: usize = 32;

/// The shortest runs that are left out first are this part of the longest.
const FINEST: usize = 32;

struct Search<'a> {
    /// The smallest experiment so far.
    best: Experiment,
    /// For each plan, where its patterns begin if they are streams without gaps.
    offsets: Vec<Option<Offsets>>,
    fails: &'a mut dyn FnMut(&Experiment) -> bool,
    left: usize,
    /// The hashes of what has been tried; a clash means no more than a proposal passed over.
    tried: BTreeSet<u64>,
}

impl Search<'_> {
    /// Tries every reduction once; whether one of them held.
    fn pass(&mut self) -> bool {
        let mut any = self.shorten_all() | self.leave_out_set_up() | self.thin_feeds() | self.shorten_runs();
        any |= self.thin_literals();
        let all = 0..self.steps();
        for reduction in SWEEPING {
            any |= self.simplify(&all, reduction);
        }
        for index in all.rev() {
            for reduction in self.reductions(index) {
                any |= self.simplify(&(index..index + 1), reduction);
            }
        }
        any
    }

    /// How many steps the plans have in common.
    fn steps(&self) -> usize {
        self.best.plans.iter().map(|plan| plan.steps.len()).min().unwrap_or(0)
    }

    /// Tries `change`; whether it held.
    fn attempt(&mut self, change: &Change) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left = self.left.saturating_sub(thought(&self.best));
        let Some(candidate) = change.of(&self.best, &self.offsets) else { return false };
        let mut hasher = DefaultHasher::new();
        candidate.plans.hash(&mut hasher);
        if !self.tried.insert(hasher.finish()) {
            return false;
        }
        let Some(left) = self.left.checked_sub(cost(&candidate)) else { return false };
        self.left = left;
        let holds = (self.fails)(&candidate);
        if holds {
            self.best = candidate;
        }
        holds
    }

    /// Leaves out each step that sets something up, and with it all that rests on it: whole connections, the last first.
    fn leave_out_set_up(&mut self) -> bool {
        let mut any = false;
        for index in (0..self.steps()).rev() {
            let steps = self.best.plans.first().map(|plan| &plan.steps);
            let step = steps.and_then(|steps| steps.get(index));
            if step.is_some_and(|step| sense::is_set_up(&step.operation)) {
                any |= self.attempt(&Change::leave_out(index..index + 1));
            }
        }
        any
    }

    /// Makes single bytes of all payloads at once, where they are much: if they do not matter, every later try takes a fraction of the time.
    fn shorten_all(&mut self) -> bool {
        let steps = self.best.plans.iter().flat_map(|plan| &plan.steps);
        let sent = steps.filter_map(|step| change::payload(&step.operation)).map(Payload::len);
        sent.fold(0, u64::saturating_add) > MUCH && self.simplify(&(0..self.steps()), Reduction::AtMost(1))
    }

    /// Leaves out all that happens on some connections, and feeds that need not be; then lays what is fed together in one step.
    ///
    /// Where the bytes of several connections come in turn, no run of neighbouring steps can go without tearing a frame.
    fn thin_feeds(&mut self) -> bool {
        let is_feed = |step: &Step| matches!(step.operation, Operation::Feed(_));
        let connections = |search: &Self| {
            let steps = search.best.plans.first().map_or(&[][..], |plan| &plan.steps);
            let connections: BTreeSet<u16> = steps.iter().map(|step| step.end.connection).collect();
            if steps.iter().any(is_feed) { connections } else { BTreeSet::new() }
        };
        let each = |search: &Self| {
            let connections = connections(search).into_iter();
            connections.map(|number| search.steps_that(|step| step.end.connection == number)).collect()
        };
        let mut any = connections(self).len() > 1 && self.thin(connections(self).len().div_ceil(2), each);
        for connection in connections(self) {
            let feeds = |search: &Self| -> Vec<BTreeSet<usize>> {
                let feeds = search.steps_that(|step| step.end.connection == connection && is_feed(step));
                // The last one feeds what all the others would have.
                let others = feeds.into_iter().rev().skip(1).map(|feed| BTreeSet::from([feed]));
                others.collect()
            };
            let count = feeds(self).len();
            if count > FEW_FEEDS {
                any |= self.thin(count, feeds) | self.attempt(&Change::Gather(connection));
            }
        }
        any
    }

    /// Leaves out runs of such groups of steps: of that length at first, then of half of it, and so on; not down to single ones of very many.
    fn thin(&mut self, longest: usize, groups: impl Fn(&Self) -> Vec<BTreeSet<usize>>) -> bool {
        let mut any = false;
        let mut len = longest;
        while len > longest / FINEST {
            let mut end = groups(self).len();
            while end > 0 && self.left > 0 {
                let start = end.saturating_sub(len);
                let run =
                    groups(self).get(start..end).unwrap_or_default().iter().flatten().copied().collect();
                any |= self.attempt(&Change::LeaveOut(run));
                end = start;
            }
            len /= 2;
        }
        any
    }

    /// The indices of the steps that are so, in the first of the plans.
    fn steps_that(&self, is_it: impl Fn(&Step) -> bool) -> BTreeSet<usize> {
        let steps = self.best.plans.first().map_or(&[][..], |plan| &plan.steps);
        let chosen = steps.iter().enumerate().filter(|(_, step)| is_it(step));
        chosen.map(|(index, _)| index).collect()
    }

    /// Leaves out runs of steps or makes one step of them: half of all, a quarter, and so on down to single ones; the last first.
    fn shorten_runs(&mut self) -> bool {
        let mut any = false;
        let mut len = self.steps().div_ceil(2);
        loop {
            let mut end = self.steps();
            while end > 0 && self.left > 0 {
                let run = end.saturating_sub(len)..end;
                // Two neighbours that can be joined may lie across the runs of two.
                end = if len == 2 { end - 1 } else { run.start };
                any |= self.attempt(&Change::leave_out(run.clone())) || self.attempt(&Change::Join(run));
                // What rested on the run may have gone as well.
                end = end.min(self.steps());
            }
            if len <= 1 {
                return any;
            }
            len = len.div_ceil(2);
        }
    }

    /// Takes out of each literal what is not needed, at its front and amid it as well as at its end, and makes plain what only has to be there.
    fn thin_literals(&mut self) -> bool {
        let mut any = false;
        for index in (0..self.steps()).rev() {
            any |= self.thin_literal(index, Change::TakeOut);
            any |= self.thin_literal(index, Change::MakePlain);
        }
        any
    }

    /// Makes a change of the whole literal of a step, of its halves, its quarters, and so on; the last first.
    fn thin_literal(&mut self, index: usize, change: fn(usize, Range<usize>) -> Change) -> bool {
        let len_of = |search: &Self| {
            let steps = search.best.plans.iter().filter_map(|plan| plan.steps.get(index));
            steps.map(literal::len).max().unwrap_or(0)
        };
        let mut any = false;
        let mut pieces = 1;
        loop {
            let mut end = len_of(self);
            let len = end.div_ceil(pieces);
            while end > 0 && self.left > 0 {
                let run = end.saturating_sub(len)..end;
                end = run.start;
                let has_held = self.attempt(&change(index, run));
                any |= has_held;
            }
            if len <= 1 || pieces >= MOST_PIECES {
                return any;
            }
            pieces *= 2;
        }
    }

    /// What can be tried on the step at `index` of any of the plans.
    fn reductions(&self, index: usize) -> Vec<Reduction> {
        let steps = self.best.plans.iter().filter_map(|plan| plan.steps.get(index));
        let mut seen = BTreeSet::new();
        let reductions = steps.flat_map(|step| reduction::reductions(&step.operation));
        reductions.filter(|reduction| seen.insert(*reduction)).collect()
    }

    /// Makes the steps simpler, where they stand, as long as that holds.
    fn simplify(&mut self, steps: &Range<usize>, reduction: Reduction) -> bool {
        let mut any = false;
        while self.attempt(&Change::Simplify(steps.clone(), reduction)) {
            any = true;
        }
        any
    }
}

#[cfg(test)]
mod framing_tests;
#[cfg(test)]
mod tests;
