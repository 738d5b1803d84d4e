//! Plans that are judged apart: whole ones go first, and each that is left is made smaller without the others.

use super::cost::cost;
use super::search;
use crate::spec::Experiment;

/// `experiment` with fewer and smaller plans.
pub(super) fn shrink(
    experiment: Experiment,
    fails: &mut dyn FnMut(&Experiment) -> bool,
    budget: usize,
) -> Experiment {
    let mut left = budget;
    let mut best = fewer(experiment, fails, &mut left);
    for index in 0..best.plans.len() {
        let one = Experiment::from(best.plans[index].clone());
        let with = |one: &Experiment| {
            let mut whole = best.clone();
            whole.plans[index].clone_from(&one.plans[0]);
            whole
        };
        let (one, unspent) = search(one, &mut |one| fails(&with(one)), left);
        left = unspent;
        best = with(&one);
    }
    best
}

/// Leaves out plans: all but one, if one will do, or else one after the other.
fn fewer(mut best: Experiment, fails: &mut dyn FnMut(&Experiment) -> bool, left: &mut usize) -> Experiment {
    let mut holds = |candidate: &Experiment| {
        let Some(rest) = left.checked_sub(cost(candidate)) else { return false };
        *left = rest;
        fails(candidate)
    };
    let mut alone = best.plans.iter().map(|plan| Experiment { plans: vec![plan.clone()], ..best });
    if best.plans.len() > 1
        && let Some(one) = alone.find(|one| holds(one))
    {
        return one;
    }
    for index in (0..best.plans.len()).rev() {
        let mut candidate = best.clone();
        candidate.plans.remove(index);
        if best.plans.len() > 2 && holds(&candidate) {
            best = candidate;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use crate::plan::{End, Operation, Plan, Script};
    use crate::shrink::shrink;
    use crate::spec::Experiment;

    /// Thousands of datagrams of many lengths, the first of them from that end.
    fn traffic(first: End) -> Plan {
        let mut script = Script::open();
        for len in 0..2000 {
            let from = if len % 2 == 0 { first } else { first.other() };
            script = script.send_datagram(from, from.other(), len * 37 % 2000);
            script = script.step(from.other(), Operation::ReceiveDatagram { max: 70_000 });
        }
        script.plan()
    }

    /// Whether a datagram that is longer than all that fit is received.
    fn is_cut(plan: &Plan) -> bool {
        plan.steps.windows(2).any(|pair| match (&pair[0].operation, &pair[1].operation) {
            (Operation::SendDatagram { payload, .. }, Operation::ReceiveDatagram { .. }) => {
                payload.len() > 1500
            }
            _ => false,
        })
    }

    /// How many plans are left, how many steps they have, and in how many tries that was found.
    fn left(plans: Vec<Plan>, fails: impl Fn(&[Plan]) -> bool) -> (usize, usize, usize) {
        let mut tries = 0;
        let mut fails = |experiment: &Experiment| {
            tries += 1;
            fails(&experiment.plans)
        };
        let left = shrink(Experiment::apart(plans), &mut fails, 400).plans;
        (left.len(), left.iter().map(|plan| plan.steps.len()).sum(), tries)
    }

    #[test]
    fn one_plan_is_left_where_one_will_do() {
        let plans = vec![traffic(End::client(0)), traffic(End::peer(0)), Script::open().plan()];
        let (plans, steps, tries) = left(plans, |plans| plans.iter().any(is_cut));
        assert_eq!((plans, steps), (1, 3));
        assert!(tries < 200, "{tries} tries");
    }

    #[test]
    fn plans_that_are_needed_together_are_each_made_smaller() {
        let plans = vec![Script::open().plan(), traffic(End::client(0)), traffic(End::peer(0))];
        let both = |plans: &[Plan]| plans.iter().filter(|plan| is_cut(plan)).count() == 2;
        let (plans, steps, tries) = left(plans, both);
        assert_eq!((plans, steps), (2, 6));
        assert!(tries < 350, "{tries} tries");
    }
}
