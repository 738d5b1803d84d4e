//! Hand-written runs, and what is to be said of them.

use super::judge;
use crate::plan::{End, Operation, Payload, Plan, Script};
use crate::subject::{Capability, EvidenceKind, Subject};
use crate::trace::{
    Counters, Difference, Evidence, Failure, Observation, Outcome, Place, Received, Stopped, Trace,
};
use crate::verdict::{FailureKind, Verdict};

const A: End = End::client(0);
const B: End = End::peer(0);

/// A run of a pair, step by step.
struct Run {
    plan: Plan,
    trace: Trace,
}

impl Run {
    /// Opened.
    fn new() -> Run {
        Run { plan: Plan::default(), trace: Trace::default() }.saw(A, Operation::Open, [Outcome::Done])
    }

    /// A step and what it came to.
    fn saw(mut self, end: End, operation: Operation, outcomes: impl IntoIterator<Item = Outcome>) -> Run {
        let step = self.plan.steps.len() as u32;
        self.plan.steps.extend(Script::new().step(end, operation).plan().steps);
        for outcome in outcomes {
            self.trace.observations.push(Observation { step, end, outcome });
        }
        self
    }

    /// A send of `len` bytes from A to B, taken.
    fn sent(self, len: u64) -> Run {
        self.sends(A, len, Outcome::Accepted { len })
    }

    /// A send of `len` bytes to the other end, and what it came to; its bytes are those of the step's own pattern.
    fn sends(self, from: End, len: u64, outcome: Outcome) -> Run {
        let payload = Payload::Pattern { key: self.plan.steps.len() as u32, offset: 0, len };
        self.saw(from, Operation::SendDatagram { payload, to: from.other() }, [outcome])
    }

    /// B receives what that step sent.
    fn got(self, step: u32) -> Run {
        let Operation::SendDatagram { payload, .. } = &self.plan.steps[step as usize].operation else {
            panic!("step {step} sends nothing")
        };
        let len = payload.len();
        self.receives(65_536, received(Some(step), len))
    }

    /// B receives, or not.
    fn receives(self, max: u32, outcome: Outcome) -> Run {
        self.saw(B, Operation::ReceiveDatagram { max }, [outcome])
    }

    /// B's drops are counted.
    fn drops(mut self, drops: u64) -> Run {
        let step = self.plan.steps.len() as u32;
        let counters = Counters { drops: Some(drops), ..Counters::default() };
        self.trace.evidence.push(Evidence { step, end: B, counters });
        self.saw(B, Operation::Count, [])
    }

    fn silent(mut self) -> Run {
        self.trace.stopped = Some(Stopped::Silence);
        self.receives(65_536, Outcome::Silent)
    }
}

fn received(sent_by: Option<u32>, len: u64) -> Outcome {
    Outcome::Datagram(Received { sent_by, len, difference: None, from: None, sender: None })
}

fn differs(len: u64, at: u64, expected: &[u8], actual: &[u8], belongs_to: Option<End>) -> Outcome {
    let (expected, actual) = (expected.to_vec(), actual.to_vec());
    let difference = Some(Box::new(Difference { at, expected, actual, stands_at: None, belongs_to }));
    Outcome::Datagram(Received { sent_by: None, len, difference, from: None, sender: None })
}

fn refused(errno: i32) -> Outcome {
    Outcome::Error(Failure::of(&std::io::Error::from_raw_os_error(errno)))
}

fn lossy() -> Subject {
    Subject::datagram("lossy")
}

fn counted() -> Subject {
    lossy().evident([EvidenceKind::DropCounter])
}

fn lossless() -> Subject {
    let mut subject = Subject::datagram("lossless");
    (subject.guarantees.lossless, subject.guarantees.ordered) = (true, true);
    subject
}

fn limited() -> Subject {
    let mut subject = lossy();
    subject.guarantees.max_message = Some(100);
    subject
}

/// The bytes of the pattern that step `step` sends.
fn pattern(step: u32, at: usize, len: usize) -> Vec<u8> {
    crate::plan::slice(step, 0, at + len)[at..].to_vec()
}

/// What a table expects.
#[derive(Debug, PartialEq)]
enum Expected {
    Pass,
    Remark,
    Fail(FailureKind),
    Inconclusive,
    CannotRun,
}

fn check(name: &str, subject: &Subject, run: Run, expected: Expected) {
    let verdict = judge(subject, &[run.plan], &[run.trace]);
    let seen = match &verdict {
        Verdict::Pass => Expected::Pass,
        Verdict::PassWithReason(_) => Expected::Remark,
        Verdict::Fail(finding) => Expected::Fail(finding.kind),
        Verdict::Inconclusive(_) => Expected::Inconclusive,
        Verdict::CannotRun(_) => Expected::CannotRun,
        Verdict::Skipped(_) => panic!("{name}: {verdict:?}"),
    };
    assert_eq!(seen, expected, "{name}: {verdict:?}");
}

#[test]
fn what_came_is_what_was_sent() {
    use Expected::{Fail, Pass};
    let run = Run::new;
    let place = |index| Some(Place { index, has_port: true, is_loopback: true });
    let named = |sender, from| {
        Outcome::Datagram(Received { sent_by: Some(1), len: 9, difference: None, from, sender })
    };
    let table: Vec<(&str, Subject, Run, Expected)> = vec![
        ("each came", lossy(), run().sent(9).got(1).sent(0).got(3), Pass),
        ("both at once, in order", lossless(), run().sent(9).sent(10).got(1).got(2), Pass),
        ("another order is allowed", lossy(), run().sent(9).sent(10).got(2).got(1), Pass),
        (
            "another order is promised",
            lossless(),
            run().sent(9).sent(10).got(2).got(1),
            Fail(FailureKind::Reordered),
        ),
        ("two empty ones named alike", lossless(), run().sent(0).sent(0).got(1).got(1), Pass),
        (
            "three where two were sent",
            lossless(),
            run().sent(0).sent(0).got(1).got(1).got(2),
            Fail(FailureKind::Repeated),
        ),
        ("a repeat that proves nothing", lossy(), run().sent(9).got(1).got(1), Pass),
        (
            "a longer count",
            lossy(),
            run().sends(A, 9, Outcome::Accepted { len: 10 }),
            Fail(FailureKind::WrongCount),
        ),
        (
            "a shorter count",
            lossy(),
            run().sends(A, 9, Outcome::Accepted { len: 0 }),
            Fail(FailureKind::WrongCount),
        ),
        ("cut for want of room", lossy(), run().sent(9).receives(4, received(Some(1), 4)), Pass),
        (
            "cut though there was room",
            lossy(),
            run().sent(9).receives(9, received(Some(1), 4)),
            Fail(FailureKind::Truncated),
        ),
        ("refused for want of room", lossy(), run().sent(9).receives(4, refused(libc::EMSGSIZE)), Pass),
        (
            "refused though there was room",
            lossy(),
            run().sent(9).receives(9, refused(libc::EMSGSIZE)),
            Fail(FailureKind::UnexpectedError),
        ),
        ("the right sender", lossy(), run().sent(9).receives(99, named(place(0), place(0))), Pass),
        ("no sender at all", lossy(), run().sent(9).receives(99, named(place(0), None)), Pass),
        (
            "the wrong sender",
            lossy(),
            run().sent(9).receives(99, named(place(0), place(1))),
            Fail(FailureKind::WrongAddress),
        ),
        ("not woken", lossy(), run().sent(9).receives(99, Outcome::NotWoken), Fail(FailureKind::LostWakeUp)),
        ("an end", lossy(), run().sent(0).receives(99, Outcome::End), Fail(FailureKind::EarlyEnd)),
        ("a panic", lossy(), run().sends(A, 9, Outcome::Panicked("so".into())), Fail(FailureKind::Panicked)),
        (
            "a call without end",
            lossy(),
            run().sends(A, 9, Outcome::NeverReturned),
            Fail(FailureKind::NeverReturned),
        ),
    ];
    for (name, subject, run, expected) in table {
        check(name, &subject, run, expected);
    }
}

#[test]
fn bytes_that_nobody_sent_are_told_apart() {
    let run = || Run::new().sent(20).sent(30);
    let table = [
        ("merged", differs(50, 20, &[], &pattern(2, 0, 30), None), FailureKind::Merged),
        ("a stale tail", differs(24, 20, &[], &[1, 2, 3, 4], None), FailureKind::Invented),
        ("the first part", differs(12, 12, &pattern(2, 12, 18), &[], None), FailureKind::Truncated),
        (
            "the second part",
            differs(18, 0, &pattern(1, 0, 20), &pattern(2, 12, 18), None),
            FailureKind::Split,
        ),
        ("a flipped bit", differs(20, 3, &[1, 2, 3, 4], &[1 ^ 8, 2, 3, 4], None), FailureKind::Corrupted),
        ("another's", differs(20, 0, &[1], &[2], Some(End::client(1))), FailureKind::CrossTalk),
        (
            "nothing in place of something",
            differs(0, 0, &pattern(1, 0, 20), &[], None),
            FailureKind::Truncated,
        ),
    ];
    for (name, outcome, kind) in table {
        check(name, &lossy(), run().receives(65_536, outcome), Expected::Fail(kind));
    }
    let nothing = Run::new().receives(99, differs(4, 0, &[], &[1, 2, 3, 4], None));
    check("out of nothing", &lossy(), nothing, Expected::Fail(FailureKind::Invented));
}

#[test]
fn a_loss_counts_where_it_is_proved() {
    use Expected::{Fail, Inconclusive, Pass, Remark};
    let run = Run::new;
    let stalled = || Fail(FailureKind::Stalled);
    let table: Vec<(&str, Subject, Run, Expected)> = vec![
        ("lossless", lossless(), run().sent(9).silent(), stalled()),
        ("lossless, overtaken", lossless(), run().sent(9).sent(10).got(2), Fail(FailureKind::Lost)),
        ("lossless, on its way", lossless(), run().sent(9).sent(10).got(1), Pass),
        ("lossless, and nothing was due", lossless(), run().sent(9).got(1).silent(), Inconclusive),
        ("lossy", lossy(), run().sent(9).silent(), Inconclusive),
        ("lossy, overtaken", lossy(), run().sent(9).sent(10).got(2), Pass),
        ("counted", counted(), run().drops(3).sent(9).silent().drops(4), Remark),
        ("counted, not enough", counted(), run().drops(3).sent(9).sent(9).silent().drops(4), stalled()),
        ("not counted", counted(), run().drops(3).sent(9).silent().drops(3), stalled()),
        (
            "counted too late to tell",
            counted(),
            run().sent(9).drops(3).sent(9).silent().drops(3),
            Inconclusive,
        ),
        (
            "perhaps thrown away",
            lossless(),
            run().sent(9).receives(4, refused(libc::EMSGSIZE)).silent(),
            Inconclusive,
        ),
        ("a send that waits for room", lossless(), run().sent(9).sends(A, 9, Outcome::Silent), Inconclusive),
        (
            "a send behind a longer one than there was before",
            lossless(),
            run().sent(9).sent(9).got(1).got(2).sent(60_000).sends(A, 9, Outcome::Silent),
            Inconclusive,
        ),
        ("a send that has room", lossless(), run().sent(9).got(1).sends(A, 9, Outcome::Silent), stalled()),
    ];
    for (name, subject, run, expected) in table {
        check(name, &subject, run, expected);
    }
}

#[test]
fn a_refused_send_counts_by_its_length() {
    use Expected::{Fail, Pass, Remark};
    let run = Run::new;
    let error = || Fail(FailureKind::UnexpectedError);
    let mut no_empty = lossy();
    no_empty.capabilities.remove(&Capability::EmptyDatagram);
    let too_long = || refused(libc::EMSGSIZE);
    let table: Vec<(&str, Subject, Run, Expected)> = vec![
        ("the declared largest", limited(), run().sends(A, 100, too_long()), error()),
        ("one more", limited(), run().sends(A, 101, too_long()), Remark),
        ("one that all systems carry", lossy(), run().sends(A, 500, too_long()), error()),
        ("a larger one", lossy(), run().sends(A, 501, too_long()), Remark),
        (
            "one amid larger ones",
            lossy(),
            run().sent(600).got(1).sends(A, 501, too_long()).sent(600).got(4),
            error(),
        ),
        ("an empty one", lossy(), run().sends(A, 0, too_long()), error()),
        ("an empty one, declared away", no_empty, run().sends(A, 0, too_long()), Remark),
        ("to nobody", lossy(), run().saw(B, Operation::Drop, [Outcome::Done]).sends(A, 9, too_long()), Pass),
        ("out of descriptors", lossy(), run().sends(A, 9, refused(libc::ENOBUFS)), Remark),
        (
            "refused, and it came",
            limited(),
            run().sends(A, 101, too_long()).got(1),
            Fail(FailureKind::Invented),
        ),
    ];
    for (name, subject, run, expected) in table {
        check(name, &subject, run, expected);
    }
}

#[test]
fn what_is_lost_time_and_again_is_found_without_a_counter() {
    // Twelve rounds of ten lengths; what follows lets each loss be overtaken.
    let scaled = |by: u64, is_lost: fn(usize, u64) -> bool| {
        let mut run = Run::new();
        for index in 0..120 {
            let len = [0, 9, 10, 11, 12, 13, 14, 15, 16, 17][(index * 7) % 10] * by;
            let step = run.plan.steps.len() as u32;
            run = run.sent(len);
            if !is_lost(index, len) {
                run = run.got(step);
            }
        }
        run
    };
    let run = |is_lost| scaled(1, is_lost);
    use Expected::{Fail, Pass, Remark};
    check("nothing", &lossy(), run(|_, _| false), Pass);
    check("one length", &lossy(), run(|_, len| len == 12), Fail(FailureKind::Lost));
    check("empty ones", &lossy(), run(|_, len| len == 0), Fail(FailureKind::Lost));
    check("the seventh", &lossy(), run(|index, _| index == 6), Remark);
    check("one in ten", &lossy(), run(|index, _| index % 11 == 0), Remark);
    let mut dead = run(|index, _| index > 100);
    dead = dead.silent();
    let mut bounded = lossy();
    bounded.guarantees.max_message = Some(1700);
    for (name, subject, by, is_lost, expected) in [
        // It may be longer than there is room for on the way.
        (
            "the longest, of which nothing is declared",
            lossy(),
            100,
            (|_, len| len == 1700) as fn(_, _) -> _,
            Remark,
        ),
        ("the longer ones", lossy(), 100, |_, len| len >= 1200, Remark),
        ("all but the longest", lossy(), 100, |_, len| len < 1700, Fail(FailureKind::Lost)),
        ("the longest that is declared", bounded, 100, |_, len| len == 1700, Fail(FailureKind::Lost)),
        ("the longest of what every system carries", lossy(), 1, |_, len| len == 17, Fail(FailureKind::Lost)),
        (
            "the longer ones, some of which every system carries",
            lossy(),
            40,
            |_, len| len >= 400,
            Fail(FailureKind::Lost),
        ),
    ] {
        check(name, &subject, scaled(by, is_lost), expected);
    }
    check("all from some place on", &lossy(), dead, Fail(FailureKind::Stalled));
    let mut twice = run(|_, _| false);
    for index in 0..40 {
        let step = twice.plan.steps.len() as u32;
        twice = twice.sent(50 + index % 2).got(step);
        if index % 2 == 0 {
            twice = twice.got(step);
        }
    }
    check("one length twice each time", &lossy(), twice, Fail(FailureKind::Repeated));
}

#[test]
fn what_could_not_be_opened_is_no_departure() {
    let failed = |outcome| {
        let mut run = Run { plan: Plan::default(), trace: Trace::default() };
        run.trace.stopped = Some(Stopped::NotOpened);
        run.saw(A, Operation::Open, [outcome]).saw(
            A,
            Operation::SendDatagram { payload: Payload::Literal(vec![1]), to: B },
            [],
        )
    };
    check("no descriptors", &lossy(), failed(refused(libc::EMFILE)), Expected::CannotRun);
    check("a panic", &lossy(), failed(Outcome::Panicked("so".into())), Expected::CannotRun);
    let bare = Run { plan: Plan::default(), trace: Trace::default() };
    check(
        "never opened",
        &lossless(),
        bare.sends(A, 9, refused(libc::ENOTCONN)).silent(),
        Expected::Inconclusive,
    );
}
