//! Shrinking experiments of framing with made-up failures.

use super::shrink;
use crate::plan::{Cut, Cuts, End, Feed, Operation, Payload, Plan, Script};

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

/// Frames of many lengths, fed in small pieces of which the last bytes are lost, and then ended.
fn plan(cuts: Cuts, lost: u32) -> Plan {
    let mut script = Script::new();
    for len in [5, 300, 0, 70, 9000] {
        let payload = script.payload(CLIENT, len);
        script = script.step(CLIENT, Operation::Frame(payload));
    }
    script.step(PEER, Operation::Feed(Feed { cuts, lost })).step(PEER, Operation::FeedEnd).plan()
}

/// What is left of `plan`, as text.
fn smallest(plan: Plan, fails: impl Fn(&Plan) -> bool) -> String {
    assert!(fails(&plan), "{plan}");
    shrink(plan.into(), &mut |experiment| fails(&experiment.plans[0]), 100_000).plans[0].to_string()
}

fn frames(plan: &Plan) -> Vec<u64> {
    let len = |payload: &Payload| payload.len();
    let frames = plan.steps.iter().filter_map(|step| match &step.operation {
        Operation::Frame(payload) => Some(len(payload)),
        _ => None,
    });
    frames.collect()
}

fn feeds(plan: &Plan, is_it: impl Fn(&Feed) -> bool) -> bool {
    plan.steps.iter().any(|step| matches!(&step.operation, Operation::Feed(feed) if is_it(feed)))
}

#[test]
fn only_the_frame_that_matters_is_left_and_as_short_as_can_be() {
    let places = (1..40).map(|at| Cut { at: at * 3, joined: at % 2 == 0 }).collect();
    let fails = |plan: &Plan| frames(plan).iter().any(|len| *len >= 65) && feeds(plan, |_| true);
    let left = smallest(plan(Cuts::At(places), 7), fails);
    let mut script = Script::new();
    let payload = script.payload(CLIENT, 65);
    let expected =
        script.step(CLIENT, Operation::Frame(payload)).step(PEER, Operation::Feed(Feed::default()));
    assert_eq!(left, expected.plan().to_string());
}

#[test]
fn only_the_cut_that_matters_is_left() {
    let places = (1..40).map(|at| Cut { at: at * 3, joined: at % 2 == 0 }).collect();
    let is_cut = |feed: &Feed| feed.cuts.next(8, 1000) == (9, false) || feed.cuts.next(9, 1000).0 == 12;
    let left = smallest(plan(Cuts::At(places), 0), |plan| feeds(plan, is_cut));
    let one = |at: u32| Feed { cuts: Cuts::At(vec![Cut { at, joined: false }]), lost: 0 };
    let plans = [9, 12].map(|at| Script::new().step(PEER, Operation::Feed(one(at))).plan().to_string());
    assert!(plans.contains(&left), "{left}");
}

#[test]
fn no_more_is_lost_than_must_be() {
    let left = smallest(plan(Cuts::None, 600), |plan| feeds(plan, |feed| feed.lost >= 3));
    let expected = Script::new().step(PEER, Operation::Feed(Feed { cuts: Cuts::None, lost: 3 }));
    assert_eq!(left, expected.plan().to_string());
}

#[test]
fn bytes_of_connections_in_turn_are_laid_together() {
    let mut script = Script::new();
    for turn in 0..300u32 {
        for connection in 0..2 {
            let bytes = vec![turn as u8; 3];
            script = script.step(End::client(connection), Operation::Raw(Payload::Literal(bytes)));
            script = script.step(End::peer(connection), Operation::Feed(Feed::default()));
        }
    }
    let of_first = |plan: &Plan, is_it: fn(&Operation) -> bool| {
        let steps = plan.steps.iter().filter(|step| step.end.connection == 0);
        steps.filter(|step| is_it(&step.operation)).count()
    };
    let raw = |plan: &Plan| -> u64 {
        let raw = plan.steps.iter().filter_map(|step| match &step.operation {
            Operation::Raw(payload) if step.end.connection == 0 => Some(payload.len()),
            _ => None,
        });
        raw.sum()
    };
    let is_feed = |operation: &Operation| matches!(operation, Operation::Feed(_));
    let left = smallest(script.plan(), |plan| raw(plan) >= 500 && of_first(plan, is_feed) >= 2);
    assert!(left.lines().count() <= 8, "{left}");
}
