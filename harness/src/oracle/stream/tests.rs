//! Hand-written traces, and what is to be said of them.

use std::io::ErrorKind;

use super::exact;
use crate::plan::{End, Operation, Plan, Script};
use crate::trace::{Content, Difference, Failure, Observation, Outcome, Stopped, Trace};
use crate::verdict::{FailureKind, Verdict};

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

/// Step 0 opens, 1 transfers 9 bytes, 2 shuts the client down, 3 reads the peer to its end.
fn transferred() -> Plan {
    Script::open().transfer(CLIENT, 9).finish(CLIENT).plan()
}

/// Step 0 opens, 1 sends 9 bytes, 2 flushes, 3 receives 9 bytes, 4 shuts down, 5 reads to the end.
fn sent() -> Plan {
    let script = Script::open().send(CLIENT, 9).step(CLIENT, Operation::Flush).receive(PEER, 9, 64);
    script.finish(CLIENT).plan()
}

fn trace(seen: &[(u32, End, Outcome)], stopped: Option<Stopped>) -> Trace {
    let observations = seen
        .iter()
        .map(|(step, end, outcome)| Observation { step: *step, end: *end, outcome: outcome.clone() })
        .collect();
    Trace { observations, stopped, ..Trace::default() }
}

fn done(step: u32) -> (u32, End, Outcome) {
    (step, CLIENT, Outcome::Done)
}

fn accepted(step: u32, len: u64) -> (u32, End, Outcome) {
    (step, CLIENT, Outcome::Accepted { len })
}

fn silent(step: u32) -> (u32, End, Outcome) {
    (step, CLIENT, Outcome::Silent)
}

fn delivered(step: u32, offset: u64, len: u64) -> (u32, End, Outcome) {
    (step, PEER, Outcome::Delivered(Content { offset, len, reads: 1, difference: None }))
}

fn at_peer(step: u32, outcome: Outcome) -> (u32, End, Outcome) {
    (step, PEER, outcome)
}

fn error(kind: ErrorKind) -> Outcome {
    Outcome::Error(Failure { kind, errno: None })
}

fn differs(expected: &[u8], actual: &[u8], stands_at: Option<u64>, belongs_to: Option<End>) -> Outcome {
    let difference =
        Difference { at: 4, expected: expected.into(), actual: actual.into(), stands_at, belongs_to };
    Outcome::Delivered(Content { offset: 0, len: 9, reads: 1, difference: Some(difference.into()) })
}

/// What is said of one trace: the kind of a failure, else the name of the verdict.
fn said(plan: &Plan, trace: Trace) -> String {
    match exact(std::slice::from_ref(plan), &[trace]) {
        Verdict::Fail(finding) => finding.kind.word().to_owned(),
        Verdict::Pass => "pass".to_owned(),
        Verdict::CannotRun(why) => format!("cannot run: {why}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn traces_of_a_transfer() {
    use Stopped::{Broken, Difference, Foreign, Interrupted, NotOpened, OutOfTime, Silence};
    let opened = done(0);
    let all = || vec![opened.clone(), accepted(1, 9), delivered(1, 0, 9)];
    let with = |more: &[(u32, End, Outcome)]| [all(), more.to_vec()].concat();
    let without =
        |more: &[(u32, End, Outcome)]| [vec![opened.clone(), accepted(1, 9)], more.to_vec()].concat();
    let content = |outcome: Outcome| without(&[at_peer(1, outcome)]);
    let table = [
        ("pass", None, with(&[done(2), at_peer(3, Outcome::End)])),
        ("pass", Some(OutOfTime), without(&[])),
        ("pass", Some(Interrupted), without(&[delivered(1, 0, 3)])),
        ("lost", Some(Difference), content(differs(b"efghi", b"ghi", Some(6), None))),
        ("repeated", Some(Difference), content(differs(b"efghi", b"abcde", Some(0), None))),
        ("cross-talk", Some(Difference), content(differs(b"efghi", b"xyz", None, Some(End::client(1))))),
        ("invented", Some(Difference), content(differs(b"", b"xyz", None, None))),
        ("repeated", Some(Difference), content(differs(b"", b"abc", Some(0), None))),
        ("reordered", Some(Difference), content(differs(b"efghi", b"fehgi", None, None))),
        ("corrupted", Some(Difference), content(differs(b"efghi", b"Efghi", None, None))),
        ("early end", Some(Broken), without(&[delivered(1, 0, 4), at_peer(1, Outcome::End)])),
        ("unexpected error", Some(Broken), without(&[at_peer(1, Outcome::Reset)])),
        ("unexpected error", Some(Broken), without(&[at_peer(1, error(ErrorKind::BrokenPipe))])),
        ("unexpected error", Some(Broken), vec![opened.clone(), accepted(1, 3), (1, CLIENT, Outcome::Reset)]),
        ("wrong count", None, with(&[(1, CLIENT, Outcome::OverReported { given: 9, claimed: 10 })])),
        ("lost wake-up", None, without(&[at_peer(1, Outcome::NotWoken), delivered(1, 0, 9)])),
        // The driver ends a plan that is not woken too often, and the end is then of its making.
        ("lost wake-up", Some(Silence), with(&[at_peer(1, Outcome::NotWoken), at_peer(1, Outcome::End)])),
        ("early end", None, with(&[at_peer(1, Outcome::NotWoken), at_peer(1, Outcome::End)])),
        ("stalled", Some(Silence), without(&[at_peer(1, Outcome::Silent)])),
        ("stalled", Some(Silence), vec![opened.clone(), accepted(1, 3), (1, CLIENT, Outcome::Silent)]),
        (
            "lost",
            Some(Silence),
            without(&[delivered(1, 0, 5), at_peer(1, Outcome::Silent), at_peer(1, Outcome::End)]),
        ),
        (
            "not visible",
            Some(Silence),
            without(&[at_peer(1, Outcome::Silent), delivered(1, 0, 9), at_peer(1, Outcome::End)]),
        ),
        ("missing end", Some(Silence), with(&[done(2), at_peer(3, Outcome::Silent)])),
        ("unexpected error", Some(Broken), with(&[done(2), at_peer(3, Outcome::Reset)])),
        ("unexpected error", Some(Broken), with(&[(2, CLIENT, error(ErrorKind::NotConnected))])),
        ("panicked", Some(Foreign), with(&[at_peer(2, Outcome::Panicked("oh".into()))])),
        ("never returned", Some(Foreign), with(&[at_peer(2, Outcome::NeverReturned)])),
        ("out of budget", Some(Foreign), with(&[at_peer(2, Outcome::OutOfBudget)])),
        (
            "cannot run: client 0 could not be opened: connection refused",
            Some(NotOpened),
            vec![(0, CLIENT, error(ErrorKind::ConnectionRefused))],
        ),
        (
            "cannot run: client 0 could not be opened: a panic: oh",
            Some(Foreign),
            vec![(0, CLIENT, Outcome::Panicked("oh".into()))],
        ),
    ];
    for (row, (wanted, stopped, seen)) in table.into_iter().enumerate() {
        assert_eq!(said(&transferred(), trace(&seen, stopped)), wanted, "row {row}");
    }
}

#[test]
fn traces_of_a_send() {
    use Stopped::Silence;
    let flushed = [done(0), accepted(1, 9), done(2)];
    let after_flush = |more: &[(u32, End, Outcome)]| [flushed.to_vec(), more.to_vec()].concat();
    let table = [
        ("pass", None, after_flush(&[delivered(3, 0, 9), done(4), at_peer(5, Outcome::End)])),
        // A loss at shutdown: the end came, and nothing can follow.
        ("lost", None, after_flush(&[delivered(3, 0, 3), done(4), at_peer(5, Outcome::End)])),
        ("stalled", Some(Silence), after_flush(&[at_peer(3, Outcome::Silent)])),
        ("not visible", Some(Silence), after_flush(&[at_peer(3, Outcome::Silent), delivered(3, 0, 9)])),
        ("stalled", Some(Silence), vec![done(0), accepted(1, 9), (2, CLIENT, Outcome::Silent)]),
        // A sender that cannot go on, and what winding up then shows at the other end.
        (
            "lost",
            Some(Silence),
            vec![done(0), accepted(1, 5), silent(1), delivered(1, 0, 3), at_peer(1, Outcome::End)],
        ),
        (
            "stalled",
            Some(Silence),
            vec![done(0), accepted(1, 5), silent(1), delivered(1, 0, 5), at_peer(1, Outcome::End)],
        ),
        // Bytes that were not flushed may be kept back, but not lost.
        (
            "pass",
            Some(Silence),
            vec![done(0), accepted(1, 9), at_peer(3, Outcome::Silent), delivered(3, 0, 9)],
        ),
        (
            "lost",
            Some(Silence),
            vec![done(0), accepted(1, 9), at_peer(3, Outcome::Silent), at_peer(3, Outcome::End)],
        ),
    ];
    for (row, (wanted, stopped, seen)) in table.into_iter().enumerate() {
        assert_eq!(said(&sent(), trace(&seen, stopped)), wanted, "row {row}");
    }
}

#[test]
fn a_plan_that_asks_for_nonsense_accuses_nobody() {
    let reads_nothing = Script::open().receive(PEER, 9, 64).plan();
    let silent = trace(&[done(0), at_peer(1, Outcome::Silent)], Some(Stopped::Silence));
    assert_eq!(said(&reads_nothing, silent), "pass");

    let never_opened = Script::new().transfer(CLIENT, 9).plan();
    let refused = trace(&[(0, CLIENT, error(ErrorKind::NotConnected))], Some(Stopped::Broken));
    assert_eq!(said(&never_opened, refused), "pass");

    let after_drop = Script::open().send(CLIENT, 9).step(CLIENT, Operation::Drop).receive_to_end(PEER).plan();
    let torn = trace(&[done(0), accepted(1, 9), done(2), at_peer(3, Outcome::Reset)], Some(Stopped::Broken));
    assert_eq!(said(&after_drop, torn), "pass");

    let after_shutdown = Script::open().shut_down(CLIENT).send(CLIENT, 9).plan();
    let refused = trace(&[done(0), done(1), (2, CLIENT, error(ErrorKind::BrokenPipe))], None);
    assert_eq!(said(&after_shutdown, refused), "pass");
}

#[test]
fn what_is_proved_goes_before_what_rests_on_waiting() {
    let seen = [
        done(0),
        accepted(1, 9),
        at_peer(1, Outcome::NotWoken),
        at_peer(1, differs(b"efghi", b"Efghi", None, None)),
    ];
    assert_eq!(said(&transferred(), trace(&seen, Some(Stopped::Difference))), "corrupted");
}

#[test]
fn a_finding_says_where_in_words() {
    let seen = [done(0), accepted(1, 9), at_peer(1, differs(b"efghi", b"ghi", Some(6), None))];
    let verdict = exact(&[transferred()], &[trace(&seen, Some(Stopped::Difference))]);
    let Verdict::Fail(finding) = verdict else { panic!("{verdict:?}") };
    assert_eq!(finding.kind, FailureKind::Lost);
    assert_eq!(finding.expected, "0x65 as byte 4 of what client 0 sent");
    assert_eq!(finding.actual, "what follows from byte 6 on: at least 2 bytes are missing");
}
