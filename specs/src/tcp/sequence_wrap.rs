//! A stream goes on past the place where its sequence numbers begin again.
//!
//! The numbers have 32 bits and begin anywhere, so that more than 2^32 bytes on one connection pass zero for certain, and pass every number once.
//! It moves four gigabytes, which takes seconds; so it is tried on one system only, and proposes nothing to any other.

use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Draw, End, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/sequence-wrap",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a connection carries more than 2^32 bytes, past the wrap of its sequence numbers, every byte in its place",
    clause: "A5; RFC 9293 §3.4",
    needs: Needs {
        lacks: |subject| (subject.id != ONLY).then(|| format!("it is tried on {ONLY} alone")),
        ..super::TCP
    },
    kills: &["wrap-corruption"],
    experiments,
    judge,
};

/// The one system on which it is tried: the rule is that of one kernel's TCP, whichever way it is called.
const ONLY: &str = "tcp-v4";

/// How many sequence numbers there are.
const NUMBERS: u64 = 1 << 32;

/// How far the stream goes on behind the wrap, in bytes, so that what goes wrong there comes out.
const BEYOND: u64 = 1 << 20;

/// The size of the read buffer in bytes: fewer, larger reads are what makes it a matter of seconds.
const READ: u32 = 256 * 1024;

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let client = End::client(0);
    let bulk = Script::open().send(client, NUMBERS + BEYOND).shut_down(client).receive(
        client.other(),
        u64::MAX,
        READ,
    );
    vec![bulk.concurrent().plan().into()]
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let most = run.senders().into_iter().map(|sender| run.flow(sender).delivered).max();
        if most.unwrap_or_default() > NUMBERS {
            Verdict::Pass
        } else if run.was_cut_short() {
            Verdict::Inconclusive(
                "the time was up before 2^32 bytes had come, all of them right until then".to_owned(),
            )
        } else {
            Verdict::Inconclusive("2^32 bytes or fewer came, so no number needed to come twice".to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Script};
    use sockspec_harness::subject::Subject;
    use sockspec_harness::trace::{Content, Difference, Outcome, Stopped};

    use super::{NUMBERS, SPEC};
    use crate::written::{delivered, said, said_of_sound, sound};

    #[test]
    fn it_is_tried_on_one_system_and_passes_there() {
        assert!((SPEC.needs.lacks)(&Subject::stream("tcp-v6")).is_some());
        assert_eq!((SPEC.needs.lacks)(&Subject::stream(super::ONLY)), None);
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn what_is_said_of_the_bytes_that_came() {
        let (client, peer) = (End::client(0), End::peer(0));
        let plan =
            Script::open().send(client, NUMBERS + 9).receive(peer, u64::MAX, 1 << 18).concurrent().plan();
        let difference =
            Difference { at: NUMBERS, expected: vec![1], actual: vec![2], stands_at: None, belongs_to: None };
        let wrong = Content { offset: 0, len: NUMBERS + 9, reads: 9, difference: Some(difference.into()) };
        let cut_short = sound(&plan).but(2, &[(peer, delivered(NUMBERS, 9))]).stopped(2, Stopped::OutOfTime);
        assert_eq!(said(&SPEC, &plan, cut_short), "inconclusive");
        let corrupted =
            sound(&plan).but(2, &[(peer, Outcome::Delivered(wrong))]).stopped(2, Stopped::Difference);
        assert_eq!(said(&SPEC, &plan, corrupted), "corrupted");
        let short = Script::open().transfer(client, 9).plan();
        assert_eq!(said(&SPEC, &short, sound(&short)), "inconclusive");
    }
}
