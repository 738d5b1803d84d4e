//! An end names its own address, and its peer's once it is connected.

use std::collections::BTreeMap;

use sockspec_harness::oracle::datagram::judge as judge_in_general;
use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Place, Trace};
use sockspec_harness::verdict::{FailureKind, Finding, Level, Verdict};

use super::bound;

pub(super) static SPEC: Spec = Spec {
    id: "udp/endpoints",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "an end names its own address and port, and its peer's only once it is connected; two that are connected to each other mirror",
    clause: "A1; POSIX getsockname, getpeername (ENOTCONN), connect; RFC 768 (Fields: ports)",
    needs: Needs { capabilities: &[Capability::Ports, Capability::Names], ..Needs::DATAGRAM },
    kills: &["wrong-names", "wildcard-name"],
    experiments,
    judge,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let (client, peer) = (End::client(0), End::peer(0));
    let named = |traffic: crate::datagram::Traffic, ends: &[End]| {
        ends.iter().fold(traffic, |traffic, end| traffic.step(*end, Operation::Name))
    };
    // Names are there from binding on; data does not change them, connecting adds the peer's.
    let pair = [client, peer];
    let unconnected =
        named(named(bound(subject, &pair), &pair).exchange(client, 100).exchange(peer, 100), &pair);
    let one_connected = named(unconnected.step(client, Operation::Connect(peer)), &pair);
    let both_connected = named(one_connected.step(peer, Operation::Connect(client)), &pair);
    let used = named(both_connected.exchange(client, 50).exchange(peer, 50), &pair);
    // Many ends at once have an address each; one may be connected anew, to another.
    let many: Vec<End> = (0..8).flat_map(|n| [End::client(n), End::peer(n)]).collect();
    let mut moved = named(bound(subject, &many), &many);
    for n in [1, 5, 2] {
        moved = named(moved.step(client, Operation::Connect(End::peer(n))), &[client, End::peer(n)]);
    }
    vec![used.plan().into(), moved.plan().into()]
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let misnamed = plans.iter().zip(traces).find_map(|(plan, trace)| misnamed(plan, trace));
    misnamed.map_or_else(|| judge_in_general(subject, plans, traces), Verdict::Fail)
}

/// The first name that is not what it should be.
fn misnamed(plan: &Plan, trace: &Trace) -> Option<Finding> {
    let mut connected: BTreeMap<End, End> = BTreeMap::new();
    let mut locals: BTreeMap<End, Place> = BTreeMap::new();
    let mut is_bound: BTreeMap<End, bool> = BTreeMap::new();
    for seen in &trace.observations {
        let Some(step) = plan.steps.get(seen.step as usize) else { continue };
        match (&step.operation, &seen.outcome) {
            (Operation::Bind, Outcome::Done) => {
                is_bound.insert(step.end, true);
            }
            (Operation::Drop, _) => {
                is_bound.remove(&step.end);
                locals.remove(&step.end);
                connected.remove(&step.end);
            }
            (Operation::Connect(to), Outcome::Done) => {
                connected.insert(step.end, *to);
            }
            (Operation::Name, Outcome::Error(failure)) if is_bound.contains_key(&step.end) => {
                return Some(finding(step.end, format!("an error: {failure}")));
            }
            (Operation::Name, Outcome::Named { local, peer }) if is_bound.contains_key(&step.end) => {
                let to = connected.get(&step.end);
                if let Some(wrong) = wrong(step.end, *local, *peer, to, &locals) {
                    return Some(finding(step.end, wrong.to_owned()));
                }
                locals.insert(step.end, *local);
            }
            _ => {}
        }
    }
    None
}

/// What is wrong with what an end says of itself, given what it and others said before.
fn wrong(
    end: End,
    local: Place,
    peer: Option<Place>,
    connected_to: Option<&End>,
    locals: &BTreeMap<End, Place>,
) -> Option<&'static str> {
    let is_address = |place: Place| place.has_port && place.is_loopback;
    if !is_address(local) {
        return Some("its own name has no port, or is not a loopback address");
    }
    if locals.get(&end).is_some_and(|before| *before != local) {
        return Some("its own name is another than before");
    }
    if locals.iter().any(|(other, theirs)| *other != end && *theirs == local) {
        return Some("its own name is another end's, too");
    }
    match (connected_to, peer) {
        (None, Some(_)) => Some("it names a peer, though it is not connected"),
        (Some(_), None) => Some("it names no peer, though it is connected"),
        (Some(to), Some(peer)) if locals.get(to).is_some_and(|theirs| *theirs != peer) => {
            Some("its peer's name is not what its peer calls itself")
        }
        _ => None,
    }
}

fn finding(end: End, actual: String) -> Finding {
    let expected = format!(
        "{end} to name a loopback address with its port as its own, and its peer's if it is connected"
    );
    Finding { kind: FailureKind::WrongAddress, expected, actual, difference: None }
}
