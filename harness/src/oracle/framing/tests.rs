//! Hand-written traces, and what is to be said of them.

use std::io::ErrorKind;

use super::{exact, exact_to_the_header};
use crate::layout::Layout;
use crate::plan::{Cuts, End, Feed, Operation, Payload, Plan, Script};
use crate::subject::{Capability, Subject};
use crate::trace::{Difference, Failure, FrameSeen, Observation, Outcome, Stopped, Trace};
use crate::verdict::Verdict;

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

fn subject() -> Subject {
    Subject::framing("any", Layout::u16_be().max_frame(300)).with([Capability::DirectCalls])
}

fn payload(len: u64) -> Payload {
    Payload::Pattern { key: 1, offset: 0, len }
}

fn fed(script: Script, lost: u32) -> Plan {
    let feed = Operation::Feed(Feed { cuts: Cuts::None, lost });
    script.step(PEER, feed).step(PEER, Operation::FeedEnd).plan()
}

/// Step 0 and 1 lay frames of 3 and 4 bytes, 2 feeds them but for so many bytes, 3 ends the stream.
fn frames(lost: u32) -> Plan {
    let script = Script::new().step(CLIENT, Operation::Frame(payload(3)));
    fed(script.step(CLIENT, Operation::Frame(payload(4))), lost)
}

/// Step 0 lays a frame of 3 bytes, 1 what has to be refused, 2 feeds, 3 ends.
fn refusable(operation: Operation) -> Plan {
    fed(Script::new().step(CLIENT, Operation::Frame(payload(3))).step(CLIENT, operation), 0)
}

fn refused(fed: u64, frames: u64) -> Outcome {
    Outcome::Refused { failure: Failure { kind: ErrorKind::InvalidData, errno: None }, fed, frames }
}

fn came(count: u64) -> Outcome {
    Outcome::Frames { count }
}

fn wrong(expected_len: Option<u64>, due: Option<u64>, difference: Option<Box<Difference>>) -> Outcome {
    Outcome::WrongFrame(Box::new(FrameSeen {
        index: 1,
        len: 4,
        expected_len,
        due,
        fed: 11,
        asked_at: 0,
        difference,
    }))
}

fn differing(expected: &[u8], actual: &[u8]) -> Option<Box<Difference>> {
    Some(Box::new(Difference {
        at: 2,
        expected: expected.into(),
        actual: actual.into(),
        stands_at: None,
        belongs_to: None,
    }))
}

/// What is said of one trace: the kind of a failure, else the name of the verdict.
fn said(plan: &Plan, seen: &[(u32, Outcome)], stopped: Option<Stopped>) -> String {
    let observe = |(step, outcome): &(u32, Outcome)| {
        let end = plan.steps[*step as usize].end;
        Observation { step: *step, end, outcome: outcome.clone() }
    };
    let trace = Trace { observations: seen.iter().map(observe).collect(), stopped, ..Trace::default() };
    match exact(&subject(), std::slice::from_ref(plan), &[trace]) {
        Verdict::Fail(finding) => finding.kind.word().to_owned(),
        Verdict::Pass => "pass".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn traces_of_two_frames() {
    let all = || vec![(2, came(2))];
    let then = |outcome: Outcome| [all(), vec![(3, outcome)]].concat();
    let first = |outcome: Outcome| vec![(2, came(1)), (2, outcome)];
    let stopped = Some(Stopped::Difference);
    let whole = frames(0);
    for (expected, seen, stopped) in [
        ("pass", then(Outcome::End), None),
        ("pass", Vec::new(), Some(Stopped::OutOfTime)),
        ("unexpected error", then(refused(11, 2)), None),
        ("unexpected error", first(refused(11, 1)), None),
        ("lost", vec![(2, came(1)), (3, Outcome::End)], None),
        ("lost", first(Outcome::Withheld { index: 1, due: 11, fed: 11 }), stopped),
        ("lost", first(wrong(Some(4), Some(11), None)), stopped),
        ("invented", first(wrong(Some(4), Some(12), None)), stopped),
        ("invented", then(wrong(None, None, None)), stopped),
        ("corrupted", first(wrong(Some(4), Some(11), differing(b"ab", b"ac"))), stopped),
        ("truncated", first(wrong(Some(6), Some(11), differing(b"ab", b""))), stopped),
        ("merged", first(wrong(Some(2), Some(11), differing(b"", b"ac"))), stopped),
        ("never returned", first(Outcome::BoundReached("frames without end")), Some(Stopped::Foreign)),
        ("stalled", first(Outcome::Silent), Some(Stopped::Silence)),
        ("panicked", first(Outcome::Panicked("oh".into())), Some(Stopped::Foreign)),
    ] {
        assert_eq!(said(&whole, &seen, stopped), expected, "{seen:?}");
    }
}

#[test]
fn a_stream_that_ends_inside_a_frame_is_an_error() {
    let seen = |outcome: Outcome| vec![(2, came(1)), (3, outcome)];
    // The second frame is laid from byte 5 on, with its header up to 7.
    for (lost, expected) in [
        (0, "lost"),
        (1, "missing error"),
        (3, "missing error"),
        (4, "pass"),
        (5, "missing error"),
        (6, "pass"),
    ] {
        assert_eq!(said(&frames(lost), &seen(Outcome::End), None), expected, "{lost} lost");
    }
    for (lost, expected) in [(1, "pass"), (4, "pass"), (5, "pass"), (6, "unexpected error")] {
        assert_eq!(said(&frames(lost), &seen(refused(5, 1)), None), expected, "{lost} lost");
    }
    let short = seen(wrong(None, None, None));
    assert_eq!(said(&frames(1), &short, Some(Stopped::Difference)), "truncated");
}

#[test]
fn an_end_behind_a_header_is_a_rule_of_its_own() {
    let plan = frames(4);
    let observe = |step: u32, outcome: Outcome| Observation { step, end: PEER, outcome };
    let observations = vec![observe(2, came(1)), observe(3, Outcome::End)];
    let traces = [Trace { observations, ..Trace::default() }];
    assert!(matches!(exact_to_the_header(&subject(), &[plan], &traces), Verdict::Fail(_)));
}

#[test]
fn what_has_to_be_refused_is_refused_and_nothing_of_it_comes_out() {
    let good = |more: &[(u32, Outcome)]| [vec![(2, came(1))], more.to_vec()].concat();
    let header = refusable(Operation::Header(301));
    assert_eq!(said(&header, &good(&[(2, refused(7, 1)), (3, Outcome::End)]), None), "pass");
    assert_eq!(said(&header, &good(&[(2, refused(7, 1)), (3, refused(7, 1))]), None), "pass");
    assert_eq!(said(&header, &good(&[(3, refused(7, 1))]), None), "missing error");
    assert_eq!(said(&header, &good(&[(3, Outcome::End)]), None), "missing error");
    // A decoder that looks ahead owes the frames before all the same.
    let ahead =
        vec![(2, refused(7, 0)), (2, Outcome::FrameAfterRefusal { owed: Some(0), behind: None, len: 3 })];
    assert_eq!(said(&header, &ahead, None), "pass");
    assert_eq!(said(&header, &ahead[..1], None), "lost");
    assert_eq!(
        said(&refusable(Operation::Header(300)), &good(&[(2, refused(7, 1))]), None),
        "unexpected error"
    );

    let frame = |behind| (2, Outcome::FrameAfterRefusal { owed: None, behind, len: 3 });
    let script = Script::new().step(CLIENT, Operation::Frame(payload(301)));
    let plan = fed(script.step(CLIENT, Operation::Frame(payload(9))), 0);
    let refusal = (2, refused(300, 0));
    assert_eq!(said(&plan, &[refusal.clone(), frame(Some(true))], None), "pass");
    assert_eq!(said(&plan, &[refusal.clone(), frame(Some(false))], None), "invented");
    assert_eq!(said(&plan, &[refusal, frame(None)], None), "pass");
}

#[test]
fn traces_of_an_encoder() {
    let encode = |len: u64| fed(Script::new().step(CLIENT, Operation::Encode(payload(len))), 0);
    let encoded = |difference| Outcome::Encoded { len: 5, difference };
    let failure = Failure { kind: ErrorKind::InvalidInput, errno: None };
    let refusal = Outcome::EncodeRefused { failure, emitted: 0 };
    let right = vec![(0, encoded(None)), (1, came(1)), (2, Outcome::End)];
    assert_eq!(said(&encode(3), &right, None), "pass");
    assert_eq!(said(&encode(3), &[(0, encoded(differing(b"ab", b"ba")))], None), "corrupted");
    assert_eq!(said(&encode(3), &[(0, refusal.clone())], None), "unexpected error");
    assert_eq!(said(&encode(301), &[(0, refusal), (2, Outcome::End)], None), "pass");
}

#[test]
fn bytes_that_may_mean_anything_accuse_nobody_of_refusing_them() {
    let varint = Subject::framing("any", Layout::varint().max_frame(300));
    // A length of nothing in two bytes: some decoders take it, some do not.
    let raw = Operation::Raw(Payload::Literal(vec![0x80, 0x00]));
    let plan = fed(Script::new().step(CLIENT, raw), 0);
    for outcome in [refused(2, 0), came(1)] {
        let observations = vec![Observation { step: 1, end: PEER, outcome }];
        let traces = [Trace { observations, ..Trace::default() }];
        assert_eq!(exact(&varint, std::slice::from_ref(&plan), &traces), Verdict::Pass);
    }
}
