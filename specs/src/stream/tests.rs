//! The group as a whole: what it costs, and that plans keep to what a system can do.

use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Capability, Subject};

use super::SPECS;

fn plans(subject: &Subject) -> Vec<(&'static str, Plan)> {
    let of = |spec: &&'static Spec| {
        let applies = spec.needs.concern(subject) && spec.needs.lacking(subject).is_none();
        let mut draw = Draw::new(20_181_102, &[spec.id, &subject.id]);
        let experiments = if applies { (spec.experiments)(subject, &mut draw) } else { Vec::new() };
        let plans = experiments.into_iter().flat_map(|experiment| experiment.plans);
        plans.map(|plan| (spec.id, plan)).collect::<Vec<_>>()
    };
    SPECS.iter().flat_map(of).collect()
}

/// How many writes and reads a plan makes at least, and how many bytes it moves.
fn cost(plan: &Plan) -> (u64, u64) {
    plan.steps.iter().fold((0, 0), |(calls, bytes), step| match &step.operation {
        Operation::Transfer(transfer) => {
            let len = transfer.payload.len();
            let cuts = transfer.cuts.count(len);
            let cycle = transfer.reads.len().max(1) as u64;
            let sum: u64 = transfer.reads.iter().map(|size| u64::from(*size)).sum();
            let reads = if sum == 0 { len.div_ceil(65_536) } else { (len * cycle).div_ceil(sum) };
            (calls + cuts.cut + cuts.joined + 1 + reads.max(cuts.cut + 1), bytes + len)
        }
        Operation::Send(payload) => (calls + 1 + payload.len() / 65_536, bytes + payload.len()),
        _ => (calls + 1, bytes),
    })
}

#[test]
fn the_group_stays_cheap() {
    let subject = Subject::stream("any").with(Capability::ALL);
    let (mut calls, mut bytes) = (0, 0);
    for (_, plan) in plans(&subject) {
        let cost = cost(&plan);
        calls += cost.0;
        bytes += cost.1;
    }
    // On loopback a call takes some microseconds and a MiB some hundred: together about half a second.
    assert!(calls < 80_000, "{calls} calls");
    assert!(bytes < 192 << 20, "{} MiB", bytes >> 20);
}

#[test]
fn every_direction_is_tried_by_every_spec() {
    let subject = Subject::stream("any").with(Capability::ALL);
    for spec in SPECS {
        for end in [End::client(0), End::peer(0)] {
            let sends = plans(&subject).iter().any(|(id, plan)| {
                *id == spec.id
                    && plan.steps.iter().any(|step| step.end == end && step.operation != Operation::Open)
            });
            assert!(sends, "{}: {end} does nothing", spec.id);
        }
    }
}

#[test]
fn nothing_is_asked_of_a_connection_that_a_shutdown_has_ended_whole() {
    let subject = Subject::stream("any").without(Capability::HalfClose);
    for (id, plan) in plans(&subject) {
        let is_shutdown = |operation: &Operation| *operation == Operation::ShutDown;
        for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| is_shutdown(&step.operation)) {
            let other = step.end.other();
            let sends_later = plan.steps[index..].iter().any(|later| {
                later.end == other
                    && !matches!(later.operation, Operation::Receive { .. } | Operation::PollReceive { .. })
            });
            assert!(!sends_later, "{id}: {other} sends after {} shut down", step.end);
        }
    }
}
