//! A fuzzer that sees no coverage: plans whose traces show something new are kept, and changed further.
//!
//! A trace says little of the code that made it, but what it says costs nothing and holds for any system:
//! which outcomes there were, in which order, and of what size.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use crate::plan::{Draw, Plan};
use crate::trace::{Outcome, Trace};

/// The most plans that are kept; beyond it a new one takes the place of any.
const MOST_KEPT: u64 = 4096;

/// One proposal in so many is made from nothing, so that no beginning is the only one.
const FROM_NOTHING: u64 = 8;

/// One proposal in so many is made from one of the plans kept last, which are the least explored; the others from any.
const FROM_LAST: u64 = 2;

/// How many plans count as kept last.
const LAST: u64 = 16;

/// A corpus that grows by what is new.
#[derive(Clone, Debug)]
pub struct Explorer {
    corpus: Vec<Plan>,
    seen: BTreeSet<u64>,
    draw: Draw,
}

impl Explorer {
    /// An explorer that begins with these plans; with none, it begins with nothing.
    pub fn new(seed: u64, corpus: Vec<Plan>) -> Explorer {
        Explorer { corpus, seen: BTreeSet::new(), draw: Draw::new(seed, &["explorer"]) }
    }

    /// The next plan to run: one of the corpus, or an empty one, changed by `change`.
    pub fn propose(&mut self, change: impl FnOnce(&mut Plan, &mut Draw)) -> Plan {
        let draw = &mut self.draw;
        let count = self.corpus.len() as u64;
        let mut plan = if count == 0 || draw.one_in(FROM_NOTHING) {
            Plan::default()
        } else {
            let first = if draw.one_in(FROM_LAST) { count.saturating_sub(LAST) } else { 0 };
            self.corpus[draw.between(first, count - 1) as usize].clone()
        };
        change(&mut plan, draw);
        plan
    }

    /// Keeps a plan if what was seen of it shows something new; says whether it did.
    pub fn learn(&mut self, plan: &Plan, trace: &Trace) -> bool {
        let mut is_new = false;
        for feature in features(trace) {
            is_new |= self.seen.insert(feature);
        }
        if is_new {
            if (self.corpus.len() as u64) < MOST_KEPT {
                self.corpus.push(plan.clone());
            } else {
                let at = self.draw.between(0, MOST_KEPT - 1) as usize;
                self.corpus[at] = plan.clone();
            }
        }
        is_new
    }

    /// The plans kept so far.
    pub fn corpus(&self) -> &[Plan] {
        &self.corpus
    }
}

/// What a trace shows, each as a number: every outcome with its magnitude and with the one before it, and how far cutting came.
fn features(trace: &Trace) -> Vec<u64> {
    let mut features = Vec::with_capacity(trace.observations.len() * 2 + 2);
    let mut before = None;
    for seen in &trace.observations {
        let kind = discriminant(&seen.outcome);
        features.push(hash((seen.end.actor, kind, magnitude(&seen.outcome))));
        features.push(hash((before, kind)));
        before = Some(kind);
    }
    let achieved = trace.segmentation.achieved;
    features.push(hash((achieved.cut.min(8), achieved.joined.min(8))));
    features.push(hash(trace.stopped.map(|stopped| discriminant(&stopped))));
    features
}

/// How large an outcome is, in powers of two.
fn magnitude(outcome: &Outcome) -> u32 {
    let size = match outcome {
        Outcome::Accepted { len } | Outcome::Encoded { len, .. } => *len,
        Outcome::Delivered(content) => content.len,
        Outcome::Datagram(received) => received.len,
        Outcome::Frames { count } => *count,
        Outcome::Refused { frames, .. } => *frames,
        _ => 0,
    };
    u64::BITS - size.leading_zeros()
}

fn hash(feature: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    feature.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::Explorer;
    use crate::plan::{End, Plan, Script};
    use crate::trace::{Observation, Outcome, Trace};

    fn trace(outcome: Outcome) -> Trace {
        Trace {
            observations: vec![Observation { step: 0, end: End::client(0), outcome }],
            ..Trace::default()
        }
    }

    #[test]
    fn what_is_new_is_kept_and_what_is_not_is_not() {
        let mut explorer = Explorer::new(1, Vec::new());
        let plan = Script::open().plan();
        assert!(explorer.learn(&plan, &trace(Outcome::Accepted { len: 9 })));
        assert!(!explorer.learn(&plan, &trace(Outcome::Accepted { len: 12 })));
        assert!(explorer.learn(&plan, &trace(Outcome::Accepted { len: 16 })));
        assert!(explorer.learn(&plan, &trace(Outcome::End)));
        assert_eq!(explorer.corpus().len(), 3);
    }

    #[test]
    fn proposals_come_from_the_corpus_and_from_nothing() {
        let kept = Script::open().plan();
        let mut explorer = Explorer::new(2, vec![kept.clone()]);
        let proposals: Vec<Plan> = (0..100).map(|_| explorer.propose(|_, _| ())).collect();
        assert!(proposals.contains(&kept) && proposals.contains(&Plan::default()));
    }
}
