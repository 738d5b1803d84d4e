//! What tame plans are, whatever they were before.

use super::{Ending, datagram, framing, stream};
use crate::fuzz::mutate::{Focus, mutate};
use crate::layout::Layout;
use crate::plan::samples::any_plan;
use crate::plan::{Draw, End, Operation, Plan};
use crate::subject::Kind;

/// Plans of any sort, changed as a fuzzer changes them.
fn wild(seed: u64, kind: Kind) -> impl Iterator<Item = Plan> {
    let mut draw = Draw::new(seed, &["tame"]);
    (0..2000).map(move |round| {
        let mut plan = if round % 2 == 0 { any_plan(&mut draw) } else { Plan::default() };
        for _ in 0..8 {
            mutate(&mut plan, &Focus { kind, layout: None }, &mut draw);
        }
        plan
    })
}

#[test]
fn taming_a_tame_plan_changes_nothing_and_its_bytes_are_canonical() {
    let layout = Layout::u16_le();
    type Tamer<'a> = &'a dyn Fn(&Plan) -> Plan;
    let tamers: [(Kind, Tamer<'_>); 4] = [
        (Kind::Framing, &|plan| framing(plan, &layout)),
        (Kind::Stream, &|plan| stream(plan, Ending::Closed)),
        (Kind::Stream, &|plan| stream(plan, Ending::Kept)),
        (Kind::Datagram, &|plan| datagram(plan, 65_507)),
    ];
    for (seed, (kind, tamed)) in tamers.into_iter().enumerate() {
        for plan in wild(seed as u64, kind) {
            let tame = tamed(&plan);
            assert_eq!(Plan::decode(&tame.encode()), tame);
            if tame.steps.len() < super::MOST_STEPS {
                assert_eq!(tamed(&tame), tame, "{plan:?}");
            }
        }
    }
}

#[test]
fn a_tame_stream_opens_first_and_ends_as_told() {
    for plan in wild(9, Kind::Stream) {
        let closed = stream(&plan, Ending::Closed);
        let opens = |plan: &Plan| {
            plan.steps.iter().filter(|step| step.operation == Operation::Open).count() == 1
                && plan.steps[0].operation == Operation::Open
        };
        assert!(opens(&closed));
        for end in [End::client(0), End::peer(0)] {
            let shuts =
                closed.steps.iter().filter(|step| step.end == end && step.operation == Operation::ShutDown);
            assert_eq!(shuts.count(), 1);
        }
        let kept = stream(&plan, Ending::Kept);
        assert!(opens(&kept));
        assert!(!kept.steps.iter().any(|step| step.operation == Operation::ShutDown));
    }
}

#[test]
fn a_tame_receive_of_a_datagram_waits_for_one_that_was_sent() {
    for plan in wild(10, Kind::Datagram) {
        let tame = datagram(&plan, 65_507);
        for end in [End::client(0), End::peer(0)] {
            let mut there = 0i64;
            for step in &tame.steps {
                match &step.operation {
                    Operation::SendDatagram { to, .. } if *to == end => there += 1,
                    Operation::PollDatagram { .. } if step.end == end => there = (there - 1).max(0),
                    Operation::ReceiveDatagram { .. } if step.end == end => there -= 1,
                    _ => {}
                }
                assert!(there >= 0, "{tame:?}");
            }
        }
    }
}
