//! One listener serves many clients at once, each with bytes of its own.
//!
//! How many is limited by the descriptors of the process. A plan cannot know the limit,
//! so it opens one connection after the other, uses each at once, and is judged by those that it got.

use sockspec_harness::oracle::stream::{Run, Seen};
use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/many-clients",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "one listener serves many connections at once, and each carries its own bytes",
    clause: "A7; RFC 9293 §3.4.1; POSIX accept",
    needs: super::TCP,
    kills: &["accept-shares", "cross-talk", "second-connection", "deaf-listener"],
    experiments,
    judge,
};

/// How many connections the largest plan opens: two descriptors each, well below the usual limit of 1024.
const MANY: u16 = 150;

/// How many the other plans open, which a process with few descriptors can have, too.
const FEW: u16 = 12;

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    vec![at_once(FEW, draw).into(), coming_and_going(FEW, draw).into(), at_once(MANY, draw).into()]
}

/// So many connections open at the same time; an older one is used whenever a new one has come, and all once more in the end.
fn at_once(count: u16, draw: &mut Draw) -> Plan {
    let script = (0..count).fold(Script::new().listen(0), |script, n| {
        let older = draw.between(0, u64::from(n)) as u16;
        let script = script.connect(n, 0).transfer(End::client(n), draw.length(1, 4096));
        script.transfer(End::peer(older), draw.length(1, 4096))
    });
    let script = (0..count).rev().fold(script, |script, n| script.transfer(End::client(n), 1 + u64::from(n)));
    (0..count).fold(script, Script::finish_both).plan()
}

/// Three connections are open at any time; the oldest ends when a new one has come.
fn coming_and_going(count: u16, draw: &mut Draw) -> Plan {
    let script = (0..count).fold(Script::new().listen(0), |script, n| {
        let script = script.connect(n, 0).transfer(End::client(n), draw.length(1, 4096));
        match n.checked_sub(2) {
            Some(oldest) => script.transfer(End::peer(oldest), draw.length(1, 4096)).finish_both(oldest),
            None => script,
        }
    });
    script.plan()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let seen: Vec<Trace> = traces.iter().map(before_exhaustion).collect();
    let verdict = exact_connections(plans, &seen, |_| Verdict::Pass);
    if verdict != Verdict::Pass || seen == traces {
        return verdict;
    }
    if Run::all(plans, &seen).any(|run| opened(&run) < 2) {
        Verdict::CannotRun("there were not descriptors and ports enough for two connections".to_owned())
    } else {
        Verdict::PassWithReason("with as many clients as there were descriptors and ports for".to_owned())
    }
}

/// What was seen until descriptors or ports ran out.
fn before_exhaustion(trace: &Trace) -> Trace {
    let is_exhaustion =
        |outcome: &Outcome| matches!(outcome, Outcome::Error(failure) if failure.is_exhaustion());
    match trace.observations.iter().position(|seen| is_exhaustion(&seen.outcome)) {
        Some(at) => Trace { observations: trace.observations[..at].to_vec(), stopped: None, ..trace.clone() },
        None => trace.clone(),
    }
}

/// How many connections were accepted.
fn opened(run: &Run<'_>) -> usize {
    let accepted =
        |seen: &Seen<'_>| matches!(seen.operation, Operation::Accept(_)) && *seen.outcome == Outcome::Done;
    run.seen().filter(accepted).count()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use sockspec_harness::plan::{Draw, End};
    use sockspec_harness::trace::{Content, Difference, Failure, Outcome, Stopped};

    use super::{SPEC, at_once};
    use crate::written::{said, said_of_sound, sound};

    /// EMFILE, on every platform that has descriptors.
    const OUT_OF_DESCRIPTORS: Failure = Failure { kind: ErrorKind::Other, errno: Some(24) };

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn what_is_said_where_something_runs_out_or_fails() {
        // Steps 0 and 1 listen; 2, 6 and 10 connect, 3, 7 and 11 accept, two transfers behind each.
        let plan = at_once(3, &mut Draw::new(1, &[]));
        let table = [
            ("cannot run", 0, Outcome::Reset),
            ("cannot run", 2, Outcome::Error(OUT_OF_DESCRIPTORS)),
            ("cannot run", 7, Outcome::Error(OUT_OF_DESCRIPTORS)),
            ("pass with reason", 10, Outcome::Error(OUT_OF_DESCRIPTORS)),
            ("pass with reason", 11, Outcome::Error(OUT_OF_DESCRIPTORS)),
            ("stalled", 11, Outcome::Silent),
        ];
        for (expected, step, outcome) in table {
            let trace = sound(&plan).but(step, &[(plan.steps[step].end, outcome.clone())]);
            let trace = trace.stopped(step, Stopped::NotOpened);
            assert_eq!(said(&SPEC, &plan, trace), expected, "step {step}, {outcome:?}");
        }
    }

    #[test]
    fn bytes_of_another_client_are_cross_talk_even_if_descriptors_run_out_later() {
        let plan = at_once(3, &mut Draw::new(1, &[]));
        let difference = Difference {
            at: 0,
            expected: vec![1],
            actual: vec![2],
            stands_at: None,
            belongs_to: Some(End::client(0)),
        };
        let wrong =
            Outcome::Delivered(Content { offset: 0, len: 1, reads: 1, difference: Some(difference.into()) });
        let trace = sound(&plan)
            .but(8, &[(End::client(1), Outcome::Accepted { len: 1 }), (End::peer(1), wrong)])
            .but(10, &[(End::client(2), Outcome::Error(OUT_OF_DESCRIPTORS))])
            .stopped(10, Stopped::NotOpened);
        assert_eq!(said(&SPEC, &plan, trace), "cross-talk");
    }
}
