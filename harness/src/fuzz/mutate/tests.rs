//! What changed plans stay, and that every sort of change happens.

use super::{Focus, MOST_CUTS, MOST_PAYLOAD, MOST_STEPS, mutate, mutate_bytes};
use crate::layout::Layout;
use crate::plan::samples::{any_bytes, any_plan};
use crate::plan::{Cuts, Draw, End, Feed, Operation, Plan, Script, Step};
use crate::subject::Kind;

const KINDS: [Kind; 3] = [Kind::Stream, Kind::Datagram, Kind::Framing];

#[test]
fn a_changed_plan_is_valid_and_bounded() {
    let mut draw = Draw::new(1, &["mutate"]);
    let layout = Layout::u16_be();
    for round in 0..6000 {
        let mut plan = any_plan(&mut draw);
        let focus = Focus { kind: KINDS[round % 3], layout: (round % 2 == 0).then_some(&layout) };
        for _ in 0..4 {
            mutate(&mut plan, &focus, &mut draw);
        }
        assert_eq!(Plan::decode(&plan.encode()), plan);
        assert!(plan.steps.len() <= MOST_STEPS);
        for step in &plan.steps {
            if let Operation::Transfer(transfer) = &step.operation {
                assert!(transfer.payload.len() <= MOST_PAYLOAD);
                assert!(!matches!(&transfer.cuts, Cuts::At(cuts) if cuts.len() > MOST_CUTS));
            }
        }
    }
}

#[test]
fn most_changes_change_something_and_the_same_seed_the_same() {
    let plan = Script::open().transfer(End::client(0), 400).finish_both(0).plan();
    let mut unchanged = 0;
    for seed in 0..1000 {
        let changed = || {
            let mut plan = plan.clone();
            let focus = Focus { kind: Kind::Stream, layout: None };
            mutate(&mut plan, &focus, &mut Draw::new(seed, &[]));
            plan
        };
        assert_eq!(changed(), changed());
        unchanged += u32::from(changed() == plan);
    }
    assert!(unchanged < 100, "{unchanged} of 1000 changes changed nothing");
}

#[test]
fn bytes_stay_within_their_bounds_and_are_plans() {
    let mut draw = Draw::new(2, &["mutate"]);
    let layout: &'static Layout = Box::leak(Box::new(Layout::u32_be()));
    let focus = |_: &Plan| Focus { kind: Kind::Framing, layout: Some(layout) };
    let mut plain = 0;
    for seed in 0..4000 {
        let mut data = any_bytes(&mut draw, 80);
        let size = data.len();
        let max_size = draw.between(0, 200) as usize;
        data.resize(size.max(max_size), 0);
        let new = mutate_bytes(&mut data, size, max_size, seed, focus, |_, size, max_size| {
            plain += 1;
            size.min(max_size)
        });
        assert!(new <= max_size);
    }
    assert!((400..600).contains(&plain), "{plain} of 4000");
}

#[test]
fn cuts_come_to_lie_inside_the_header_of_a_later_frame() {
    let layout = Layout::u32_be();
    let focus = Focus { kind: Kind::Framing, layout: Some(&layout) };
    let mut plan = Plan::default();
    let mut script = Script::new();
    for _ in 0..3 {
        let payload = script.payload(End::client(0), 200);
        plan.steps.push(Step { end: End::client(0), operation: Operation::Frame(payload) });
    }
    plan.steps.push(Step { end: End::peer(0), operation: Operation::Feed(Feed::default()) });
    let mut hits = 0;
    for seed in 0..1000 {
        let mut plan = plan.clone();
        mutate(&mut plan, &focus, &mut Draw::new(seed, &[]));
        let is_hit = plan.steps.iter().any(|step| {
            let Operation::Feed(Feed { cuts: Cuts::At(cuts), .. }) = &step.operation else { return false };
            cuts.iter().any(|cut| (409..412).contains(&cut.at))
        });
        hits += u32::from(is_hit);
    }
    assert!(hits > 20, "{hits} of 1000 changes cut the third header");
}

#[test]
fn a_plan_grows_from_nothing_into_every_sort_of_step() {
    for (kind, wanted) in [(Kind::Stream, 7), (Kind::Datagram, 3), (Kind::Framing, 7)] {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..300 {
            let mut plan = Plan::default();
            let mut draw = Draw::new(seed, &["grow"]);
            for _ in 0..12 {
                mutate(&mut plan, &Focus { kind, layout: None }, &mut draw);
            }
            seen.extend(plan.steps.iter().map(|step| {
                let text = format!("{:?}", step.operation);
                text.split(['(', ' ']).next().unwrap_or("").to_owned()
            }));
        }
        assert!(seen.len() >= wanted, "{kind:?}: {seen:?}");
    }
}
