//! A listener goes on listening, whatever becomes of the connections that it has handed over.

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::{exact_connections, is_whole, names};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/listener-continues",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after an accept the listener goes on listening, at the same address, for as long as it is there",
    clause: "A7; RFC 9293 §3.9.1.1; POSIX listen, accept",
    needs: super::TCP,
    kills: &["deaf-listener"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut scripts = vec![
        one_after_the_other(3, |script, _| script),
        one_after_the_other(3, Script::finish_both),
        one_after_the_other(3, |script, n| {
            script.step(End::peer(n), Operation::Drop).step(End::client(n), Operation::Drop)
        }),
        // Connections that nobody has ever used.
        (0..4).fold(Script::new().listen(0), |script, n| script.connect(n, 0)),
        one_after_the_other(draw.between(4, 12) as u16, Script::finish_both),
    ];
    if subject.can(Capability::Abort) {
        scripts.push(one_after_the_other(3, |script, n| script.step(End::client(n), Operation::Abort)));
    }
    scripts.into_iter().map(|script| script.plan().into()).collect()
}

/// Connections through one listener, each used and then left as `leave` says, the listener named in between.
fn one_after_the_other(count: u16, leave: impl Fn(Script, u16) -> Script) -> Script {
    let name = |script: Script| script.step(End::listener(0), Operation::Name);
    (0..count).fold(name(Script::new().listen(0)), |script, n| {
        let script = script.connect(n, 0).transfer(End::client(n), 9).transfer(End::peer(n), 9);
        name(leave(script, n))
    })
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, has_moved)
}

/// Whether a listener is called otherwise than before.
fn has_moved(run: &Run<'_>) -> Verdict {
    let names = names(run);
    let moved = names.windows(2).find(|pair| {
        // A listener is its own other end.
        let is_listener = pair[0].end == pair[0].end.other();
        is_listener
            && pair[0].end == pair[1].end
            && pair[0].local != pair[1].local
            && is_whole(run, pair[1].end, pair[1].step)
    });
    moved.map_or(Verdict::Pass, |pair| {
        Verdict::fail(
            FailureKind::WrongAddress,
            format!("{} to keep its address", pair[0].end),
            "another address after an accept",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::{Outcome, Stopped};

    use super::{SPEC, one_after_the_other};
    use crate::written::{error, place, said, said_of_sound, sound};

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn openings_and_what_is_said_of_them() {
        // Steps 0 to 2 listen and name, 3 and 8 connect, 4 and 9 accept, 7 and 12 name the listener.
        let plan = one_after_the_other(2, |script, _| script).plan();
        let moved = Outcome::Named { local: place(7), peer: None };
        let table = [
            ("cannot run", 3, Outcome::Silent),
            ("stalled", 4, Outcome::Silent),
            ("stalled", 8, Outcome::Silent),
            ("stalled", 9, Outcome::Silent),
            ("unexpected error", 8, error(ErrorKind::ConnectionRefused)),
            ("unexpected error", 8, Outcome::Reset),
            ("unexpected error", 9, error(ErrorKind::InvalidInput)),
            ("cannot run", 8, error(ErrorKind::PermissionDenied)),
            ("wrong address", 12, moved),
        ];
        for (expected, step, outcome) in table {
            let trace = sound(&plan).but(step, &[(plan.steps[step].end, outcome.clone())]);
            let trace =
                if expected == "wrong address" { trace } else { trace.stopped(step, Stopped::NotOpened) };
            assert_eq!(said(&SPEC, &plan, trace), expected, "step {step}, {outcome:?}");
        }
    }

    #[test]
    fn a_listener_that_was_dropped_owes_nothing() {
        let listener = End::listener(0);
        let plan = Script::new().listen(0).connect(0, 0).step(listener, Operation::Drop);
        let plan = plan.step(End::client(1), Operation::Connect(listener)).plan();
        let refused = error(ErrorKind::ConnectionRefused);
        assert_eq!(said(&SPEC, &plan, sound(&plan).but(5, &[(End::client(1), refused)])), "pass");
    }
}
