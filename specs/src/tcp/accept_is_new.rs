//! Accepting makes a new socket, which has the listener's port.
//!
//! It is often told that the new socket gets a port of its own above 1024.
//! It does not: the client's port is the ephemeral one, and what tells two accepted sockets apart is whom each is connected to.

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::{Named, exact_connections, is_connected, is_whole, names, unmirrored};
use sockspec_harness::plan::{Actor, Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/accept-is-new",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "accept makes a new socket that shares the listener's port, the ephemeral port being the client's",
    clause: "A7, corrected; RFC 9293 §3.9.1.1, §3.4.1; POSIX accept",
    needs: Needs { capabilities: &[Capability::Ports, Capability::Names], ..super::TCP },
    kills: &["accept-own-port", "accept-shares"],
    experiments,
    judge,
};

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let listener = End::listener(0);
    let name = |script: Script, end| script.step(end, Operation::Name);
    let accepted = |script: Script, n| {
        let script = script.connect(n, 0);
        [End::client(n), End::peer(n), listener].into_iter().fold(script, name)
    };
    let alone = accepted(name(Script::new().listen(0), listener), 0);
    let (three, used) = (three_accepted(accepted), three_used(accepted));
    // One accepted socket is dropped: neither the listener nor its sibling is.
    let survivor = accepted(accepted(Script::new().listen(0), 0), 1).step(End::peer(0), Operation::Drop);
    let survivor = accepted(survivor.transfer(End::client(1), 99).transfer(End::peer(1), 99), 2);
    let survivor = survivor.transfer(End::client(2), 9).finish_both(1);
    [alone, three, used, survivor].map(|script| Experiment::from(script.plan())).into()
}

fn three_accepted(accepted: impl Fn(Script, u16) -> Script) -> Script {
    (0..3).fold(Script::new().listen(0), accepted)
}

/// Each of three connections carries bytes of its own, both ways, while the others are open.
fn three_used(accepted: impl Fn(Script, u16) -> Script) -> Script {
    let script = three_accepted(accepted);
    let script = (0..3).fold(script, |script, n| script.transfer(End::client(n), 99));
    let script = (0..3).fold(script, |script, n| script.transfer(End::peer(n), 99));
    (0..3).fold(script, Script::finish_both)
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    // The names come first: they say it better than bytes on a wrong connection, which follow from it.
    let misnamed = Run::all(plans, traces).find_map(|run| misnamed(&run));
    misnamed.map_or_else(|| exact_connections(plans, traces, |_| Verdict::Pass), Verdict::Fail)
}

fn misnamed(run: &Run<'_>) -> Option<Finding> {
    let names = names(run);
    names
        .iter()
        .enumerate()
        .find_map(|(at, named)| {
            let (expected, actual) = match named.end.actor {
                Actor::Listener => connected_listener(run, named)?,
                Actor::Peer => elsewhere(run, named, &names)?,
                Actor::Client => shared_port(run, named, &names[..at])?,
            };
            Some(Finding { kind: FailureKind::WrongAddress, expected, actual, difference: None })
        })
        .or_else(|| unmirrored(run))
}

/// A listener that accepting has connected.
fn connected_listener(run: &Run<'_>, named: &Named) -> Option<(String, String)> {
    let listens = run.asks(named.end, named.step, |operation| *operation == Operation::Listen);
    (listens && named.peer.is_some() && is_whole(run, named.end, named.step)).then(|| {
        (format!("{} to go on listening, without a peer", named.end), "it is connected itself".to_owned())
    })
}

/// An accepted end that is not where its listener is.
fn elsewhere(run: &Run<'_>, named: &Named, names: &[Named]) -> Option<(String, String)> {
    let listener = listener_of(run, named)?;
    let listener = names
        .iter()
        .find(|other| other.end == listener && is_whole(run, other.end, other.step.max(named.step)))?;
    (listener.local != named.local).then(|| {
        (format!("{} to have the address and port of {}", named.end, listener.end), "another".to_owned())
    })
}

/// A client whose port is that of the listener it has connected to, or of another client of that listener.
fn shared_port(run: &Run<'_>, named: &Named, earlier: &[Named]) -> Option<(String, String)> {
    let is_steady =
        |named: &Named| is_connected(run, named.end, named.index) && is_whole(run, named.end, named.step);
    let twin = earlier.iter().find(|other| {
        let is_sibling = other.end.actor == Actor::Client
            && other.end != named.end
            && other.peer == named.peer
            && is_steady(other)
            && is_whole(run, other.end, named.step);
        let is_listener = other.end.actor == Actor::Listener && Some(other.local) == named.peer;
        (is_sibling || is_listener) && other.local == named.local
    })?;
    is_steady(named)
        .then(|| (format!("{} to have a port of its own", named.end), format!("that of {}", twin.end)))
}

/// The listener that handed over an accepted end.
fn listener_of(run: &Run<'_>, named: &Named) -> Option<End> {
    is_connected(run, named.end, named.index).then_some(())?;
    run.plan.steps[..named.step].iter().rev().find_map(|step| match step.operation {
        Operation::Accept(listener) if step.end == named.end => Some(listener),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::Outcome;

    use super::SPEC;
    use crate::written::{place, said, said_of_sound, sound};

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn names_and_what_is_said_of_them() {
        // Steps 0 to 5 listen and connect twice, 6 to 10 name listener, clients and peers.
        let ends = [End::listener(0), End::client(0), End::peer(0), End::client(1), End::peer(1)];
        let script = Script::new().listen(0).connect(0, 0).connect(1, 0);
        let plan = ends.into_iter().fold(script, |script, end| script.step(end, Operation::Name)).plan();
        let named = |local, peer: Option<u32>| Outcome::Named { local: place(local), peer: peer.map(place) };
        let table = [
            ("pass", 6, named(0, None)),
            ("wrong address", 6, named(0, Some(1))),
            ("wrong address", 7, named(0, Some(0))),
            ("wrong address", 8, named(5, Some(1))),
            ("wrong address", 9, named(1, Some(0))),
            ("wrong address", 10, named(0, Some(1))),
        ];
        for (expected, step, outcome) in table {
            let trace = sound(&plan).but(step, &[(plan.steps[step].end, outcome.clone())]);
            assert_eq!(said(&SPEC, &plan, trace), expected, "step {step}, {outcome:?}");
        }
    }
}
