//! Both ends of a connection name both addresses, and the names mirror.

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::{Named, exact_connections, is_connected, is_whole, names, unmirrored};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Place, Trace};
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/endpoints",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "each end of a connection names its own address and port and its peer's, and the two ends agree",
    clause: "A1; RFC 9293 §3.9.1.1, §3.9.1.5; POSIX getsockname, getpeername",
    needs: Needs { capabilities: &[Capability::Ports, Capability::Names], ..Needs::STREAM },
    kills: &["wrong-names", "unmirrored-names", "wildcard-name"],
    experiments,
    judge,
};

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let step_by_step = both_named(super::connected().step(End::listener(0), Operation::Name), 0);
    let at_once = both_named(Script::open(), 0);
    // Names do not change while data flows, nor when another connection comes.
    let used = both_named(both_named(Script::open(), 0).transfer(End::client(0), 1000), 0);
    let two = both_named(both_named(super::connected().connect(1, 0), 0), 1);
    [step_by_step, at_once, used, two].map(|script| Experiment::from(script.plan())).into()
}

fn both_named(script: Script, n: u16) -> Script {
    script.step(End::client(n), Operation::Name).step(End::peer(n), Operation::Name)
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        unnamed(run).or_else(|| unmirrored(run)).or_else(|| renamed(run)).map_or(Verdict::Pass, Verdict::Fail)
    })
}

/// An end that does not name what it should, or names what cannot be.
fn unnamed(run: &Run<'_>) -> Option<Finding> {
    let named = names(run).iter().find_map(|named| {
        let is_connected = is_connected(run, named.end, named.index);
        let wrong = if !is_an_end(named.local) && (is_connected || is_bound(run, named)) {
            "its own name has no port, or is not a loopback address"
        } else if is_connected && named.peer.is_none() && is_whole(run, named.end, named.step) {
            "its peer has no name"
        } else if is_connected && named.peer.is_some_and(|peer| !is_an_end(peer)) {
            "its peer's name has no port, or is not a loopback address"
        } else {
            return None;
        };
        Some((named.end, wrong.to_owned()))
    });
    let failed = || {
        run.seen().find_map(|seen| match seen.outcome {
            Outcome::Error(failure)
                if *seen.operation == Operation::Name
                    && is_connected(run, seen.end, seen.index)
                    && is_whole(run, seen.end, seen.step) =>
            {
                Some((seen.end, failure.to_string()))
            }
            _ => None,
        })
    };
    named.or_else(failed).map(|(end, actual)| {
        wrong_address(format!("{end} to name two loopback addresses with their ports"), actual)
    })
}

/// Whether an end that is not connected was bound, so that it has an address.
fn is_bound(run: &Run<'_>, named: &Named) -> bool {
    let is_free = is_whole(run, named.end, named.step);
    is_free
        && run.seen().any(|seen| {
            seen.index < named.index
                && seen.end == named.end
                && *seen.operation == Operation::Bind
                && *seen.outcome == Outcome::Done
        })
}

fn is_an_end(place: Place) -> bool {
    place.has_port && place.is_loopback
}

/// An end that is called otherwise than before, or two connections that cannot be told apart by their addresses.
fn renamed(run: &Run<'_>) -> Option<Finding> {
    let names = names(run);
    names.iter().enumerate().find_map(|(at, named)| {
        let is_steady = |named: &Named| is_connected(run, named.end, named.index);
        if !is_steady(named) || !is_whole(run, named.end, named.step) {
            return None;
        }
        let mut earlier = names[..at].iter().filter(|other| is_steady(other));
        if earlier.clone().any(|other| other.end == named.end && other.local != named.local) {
            let expected = format!("{} to be called what it was called before", named.end);
            return Some(wrong_address(expected, "another address of its own".to_owned()));
        }
        let twin = earlier.find(|other| {
            other.end.actor == named.end.actor
                && other.end != named.end
                && named.peer.is_some()
                && (other.local, other.peer) == (named.local, named.peer)
                && is_whole(run, other.end, named.step)
        })?;
        let expected = format!("{} and {} to differ in one address at least", twin.end, named.end);
        Some(wrong_address(expected, "both addresses alike".to_owned()))
    })
}

fn wrong_address(expected: String, actual: String) -> Finding {
    Finding { kind: FailureKind::WrongAddress, expected, actual, difference: None }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::{Failure, Outcome, Place};

    use super::SPEC;
    use crate::written::{error, place, said, said_of_sound, sound};

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn names_and_what_is_said_of_them() {
        // Steps 0 to 3 connect, 4 names the client, 5 the peer.
        let plan = super::both_named(super::super::connected(), 0).plan();
        let portless = Place { has_port: false, ..place(1) };
        let remote = Place { is_loopback: false, ..place(0) };
        let named = |local, peer| Outcome::Named { local, peer };
        let not_connected = error(std::io::ErrorKind::NotConnected);
        let exhausted =
            Outcome::Error(Failure { kind: std::io::ErrorKind::Other, errno: Some(24 /* EMFILE */) });
        let table = [
            ("pass", 4, named(place(1), Some(place(0)))),
            ("wrong address", 4, named(place(2), Some(place(0)))),
            ("wrong address", 4, named(place(1), Some(place(2)))),
            ("wrong address", 4, named(place(1), None)),
            ("wrong address", 4, named(portless, Some(place(0)))),
            ("wrong address", 5, named(place(0), Some(portless))),
            ("wrong address", 5, named(remote, Some(place(1)))),
            ("wrong address", 5, not_connected),
            ("cannot run", 2, exhausted),
        ];
        for (expected, step, outcome) in table {
            let end = plan.steps[step].end;
            let trace = sound(&plan).but(step, &[(end, outcome)]);
            assert_eq!(said(&SPEC, &plan, trace), expected, "step {step}");
        }
    }

    #[test]
    fn two_connections_with_the_same_addresses_are_one() {
        let plan = super::both_named(super::both_named(super::super::connected().connect(1, 0), 0), 1).plan();
        let twin = Outcome::Named { local: place(1), peer: Some(place(0)) };
        let mirror = Outcome::Named { local: place(0), peer: Some(place(1)) };
        let trace = sound(&plan).but(8, &[(End::client(1), twin)]).but(9, &[(End::peer(1), mirror)]);
        assert_eq!(said(&SPEC, &plan, trace), "wrong address");
    }

    #[test]
    fn an_end_that_is_not_connected_needs_no_peer() {
        let client = End::client(0);
        let plan = Script::new().step(client, Operation::Bind).step(client, Operation::Name).plan();
        let trace = sound(&plan).but(1, &[(client, Outcome::Named { local: place(1), peer: None })]);
        assert_eq!(said(&SPEC, &plan, trace), "pass");
    }
}
