//! A datagram that is larger than the path carries at once is cut into fragments, and arrives whole.

use sockspec_harness::oracle::datagram::{errno_words, judge as judge_in_general};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script, Setting};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{Level, Verdict};

use super::bind;
use crate::datagram::Traffic;

pub(super) static SPEC: Spec = Spec {
    id: "udp/fragmented",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a datagram larger than the path's MTU is fragmented and arrives whole, up to the largest",
    clause: "A5; RFC 791 §3.2 (fragmentation and reassembly), RFC 8200 §4.5 (fragment header)",
    needs: Needs { capabilities: &[Capability::Ports, Capability::SocketOptions], ..Needs::DATAGRAM },
    kills: &["partial-fragment"],
    experiments,
    judge,
};

/// The MTU in bytes of Ethernet (RFC 894).
const MTU: u32 = 1500;

const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let script = Script::new().configure(CLIENT, Setting::PrivateMtu(MTU));
    let mut traffic = Traffic::between(subject, bind(script, &[CLIENT, PEER]), &[CLIENT, PEER]);
    traffic = traffic.step(CLIENT, Operation::Count);
    // Around the border of one fragment and of two, over IPv4 and IPv6, and up to the largest.
    let largest = subject.guarantees.max_message.unwrap_or(9000);
    let mut lens = vec![1452, 1453, 1472, 1473, 2000, 2904, 2960, 8192, 9000, 32_768, largest - 1, largest];
    lens.extend((0..8).map(|_| draw.length(1453, largest.max(1453))));
    for len in lens.into_iter().filter(|len| *len <= largest) {
        traffic = traffic.exchange(CLIENT, len).exchange(PEER, len);
    }
    vec![traffic.step(CLIENT, Operation::Count).plan().into()]
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let runs = || plans.iter().zip(traces);
    let general = judge_in_general(subject, plans, traces);
    match (general, runs().find_map(|(plan, trace)| no_namespace(plan, trace))) {
        // What is wrong without fragments is wrong all the same.
        (Verdict::Fail(finding), _) => Verdict::Fail(finding),
        (_, Some(reason)) => Verdict::Skipped(format!("no network namespace: {reason}")),
        (Verdict::Pass | Verdict::PassWithReason(_), None)
            if !runs().all(|(_, trace)| has_fragments(trace)) =>
        {
            Verdict::Inconclusive("no fragments were counted".to_owned())
        }
        (general, None) => general,
    }
}

/// Why there is no namespace with its own MTU, if there is none.
fn no_namespace(plan: &Plan, trace: &Trace) -> Option<String> {
    trace.observations.iter().find_map(|seen| {
        let step = plan.steps.get(seen.step as usize)?;
        let is_namespace = matches!(step.operation, Operation::Configure(Setting::PrivateMtu(_)));
        (is_namespace && seen.outcome != Outcome::Done).then(|| errno_words(&seen.outcome))
    })
}

/// Whether the namespace made fragments while the plan ran.
fn has_fragments(trace: &Trace) -> bool {
    let counts: Vec<u64> =
        trace.evidence.iter().filter_map(|evidence| evidence.counters.fragments_created).collect();
    counts.first() < counts.last()
}
