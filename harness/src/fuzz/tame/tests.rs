//! What tame plans are, whatever they were before.

use super::{Ending, datagram, of, stream};
use crate::fuzz::mutate::{Focus, mutate};
use crate::layout::Layout;
use crate::plan::samples::any_plan;
use crate::plan::{Draw, End, Operation, Plan};
use crate::subject::{Capability, EvidenceKind, Kind, Subject};

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

/// A datagram socket that loses nothing unseen.
fn socket() -> Subject {
    let mut socket = Subject::datagram("socket").evident([EvidenceKind::DropCounter]);
    socket.guarantees.max_message = Some(65_507);
    socket
}

#[test]
fn taming_a_tame_plan_changes_nothing_and_its_bytes_are_canonical() {
    let codec = Subject::framing("codec", Layout::u16_le());
    let pipe = Subject::stream("pipe");
    let subjects = [
        codec.clone(),
        codec.clone().without(Capability::Encodes),
        codec.without(Capability::Decodes),
        pipe.clone(),
        pipe.clone().without(Capability::HalfClose).without(Capability::EmptyRead),
        socket(),
        socket().without(Capability::EmptyDatagram),
    ];
    let tamed_by = subjects.map(|subject| {
        let kind = subject.kind;
        (kind, Box::new(move |plan: &Plan| of(&subject, plan)) as Box<dyn Fn(&Plan) -> Plan>)
    });
    let kept = move |plan: &Plan| stream(&pipe, plan, Ending::Kept);
    for (seed, (kind, tamed)) in tamed_by.into_iter().chain([(Kind::Stream, Box::new(kept) as _)]).enumerate()
    {
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
    let pipe = Subject::stream("pipe");
    for plan in wild(9, Kind::Stream) {
        let closed = stream(&pipe, &plan, Ending::Closed);
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
        let kept = stream(&pipe, &plan, Ending::Kept);
        assert!(opens(&kept));
        assert!(!kept.steps.iter().any(|step| step.operation == Operation::ShutDown));
    }
}

#[test]
fn a_tame_receive_of_a_datagram_waits_for_one_that_was_sent() {
    let subject = socket();
    for plan in wild(10, Kind::Datagram) {
        let tame = datagram(&subject, &plan);
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
