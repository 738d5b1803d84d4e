//! Traces of datagrams written by hand, for the tests of specs: what a sound system shows of a plan, and what is changed in it.

use std::collections::{BTreeMap, VecDeque};

use sockspec_harness::plan::{Actor, Draw, End, Operation, Plan};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::{Counters, Evidence, Failure, Observation, Outcome, Place, Received, Trace};
use sockspec_harness::verdict::Verdict;

/// The kernel's UDP, as far as a subject tells.
pub(crate) fn udp() -> Subject {
    let mut subject = Subject { is_kernel: true, ..Subject::datagram("udp") }
        .with([Capability::Ports, Capability::Names, Capability::RefusesOversize, Capability::SocketOptions])
        .evident([EvidenceKind::DropCounter]);
    subject.guarantees.max_message = Some(65_507);
    subject
}

/// An error of the operating system.
pub(crate) fn errno(number: i32) -> Outcome {
    Outcome::Error(Failure::of(&std::io::Error::from_raw_os_error(number)))
}

/// Where an end is.
pub(crate) fn place(end: End) -> Place {
    let actor = match end.actor {
        Actor::Client => 0,
        Actor::Peer => 1,
        Actor::Listener => 2,
    };
    Place { index: u32::from(end.connection) * 3 + actor, has_port: true, is_loopback: true }
}

/// A sound UDP, step by step.
#[derive(Default)]
struct Sound {
    queues: BTreeMap<End, VecDeque<(u32, End, u64)>>,
    connected: BTreeMap<End, End>,
    gone: Vec<End>,
    refusals: BTreeMap<End, u32>,
}

/// What a sound system shows of a plan: whoever is bound receives, and what is sent to one who has gone is refused the next time.
pub(crate) fn sound(plan: &Plan) -> Trace {
    let (mut trace, mut sound) = (Trace::default(), Sound::default());
    for (step, planned) in plan.steps.iter().enumerate() {
        let (step, end) = (step as u32, planned.end);
        let outcome = match &planned.operation {
            Operation::Count => {
                let fragments_created = Some(u64::from(step));
                let counters = Counters { drops: Some(0), fragments_created, ..Counters::default() };
                trace.evidence.push(Evidence { step, end, counters });
                continue;
            }
            operation => sound.takes(step, end, operation),
        };
        trace.observations.push(Observation { step, end, outcome });
    }
    trace
}

impl Sound {
    fn takes(&mut self, step: u32, end: End, operation: &Operation) -> Outcome {
        match operation {
            Operation::Connect(to) => {
                self.connected.insert(end, *to);
            }
            Operation::Drop => self.gone.push(end),
            Operation::Name => {
                let peer = self.connected.get(&end).map(|peer| place(*peer));
                return Outcome::Named { local: place(end), peer };
            }
            Operation::SendDatagram { payload, to } => return self.sends(step, end, *to, payload.len()),
            Operation::ReceiveDatagram { max } | Operation::PollDatagram { max } => {
                return self.receives(end, *max);
            }
            _ => {}
        }
        Outcome::Done
    }

    fn sends(&mut self, step: u32, from: End, to: End, len: u64) -> Outcome {
        if len > 65_507 {
            return errno(90 /* EMSGSIZE */);
        }
        if self.refusals.remove(&from).is_some() {
            return errno(111 /* ECONNREFUSED */);
        }
        if !self.gone.contains(&to) {
            if self.connected.get(&to).is_none_or(|peer| *peer == from) {
                self.queues.entry(to).or_default().push_back((step, from, len));
            }
        } else if self.connected.get(&from) == Some(&to) {
            self.refusals.insert(from, 1);
        }
        Outcome::Accepted { len }
    }

    fn receives(&mut self, end: End, max: u32) -> Outcome {
        let Some((step, from, len)) = self.queues.entry(end).or_default().pop_front() else {
            return Outcome::Pending;
        };
        let (from, len) = (Some(place(from)), len.min(u64::from(max)));
        Outcome::Datagram(Received { sent_by: Some(step), len, difference: None, from, sender: from })
    }
}

/// The plans of a spec's own experiments on UDP.
pub(crate) fn plans(spec: &Spec) -> Vec<Plan> {
    let experiments = (spec.experiments)(&udp(), &mut Draw::new(1, &[spec.id]));
    experiments.into_iter().flat_map(|experiment| experiment.plans).collect()
}

/// What the spec says of a sound trace of each of its plans, changed by `change`: the words that differ, joined.
pub(crate) fn said(spec: &Spec, change: impl Fn(&Plan, &mut Trace)) -> String {
    let mut said: Vec<String> = plans(spec)
        .iter()
        .map(|plan| {
            let mut trace = sound(plan);
            change(plan, &mut trace);
            in_a_word((spec.judge)(&udp(), std::slice::from_ref(plan), &[trace]))
        })
        .collect();
    said.sort();
    said.dedup();
    said.join(", ")
}

/// Changes every outcome of the steps that `is_meant` means.
pub(crate) fn each(
    plan: &Plan,
    trace: &mut Trace,
    is_meant: impl Fn(End, &Operation) -> bool,
    change: impl Fn(&mut Outcome),
) {
    for seen in &mut trace.observations {
        let step = &plan.steps[seen.step as usize];
        if is_meant(step.end, &step.operation) {
            change(&mut seen.outcome);
        }
    }
}

fn in_a_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::PassWithReason(_) => "pass with reason".to_owned(),
        Verdict::Fail(finding) => finding.kind.word().to_owned(),
        Verdict::Inconclusive(_) => "inconclusive".to_owned(),
        Verdict::Skipped(_) => "skipped".to_owned(),
        Verdict::CannotRun(_) => "cannot run".to_owned(),
    }
}
