//! Hand-written traces: what a sound system would show for a plan, with some of it written over.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use sockspec_harness::plan::{Actor, Draw, End, Operation, Plan};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Subject;
use sockspec_harness::trace::{
    Content, Counters, Evidence, Failure, Observation, Outcome, Place, Stopped, TcpInfo, Trace,
};
use sockspec_harness::verdict::Verdict;

/// The address number `index`, as good as any.
pub(crate) fn place(index: u32) -> Place {
    Place { index, has_port: true, is_loopback: true }
}

/// An error that did not come from the operating system.
pub(crate) fn error(kind: ErrorKind) -> Outcome {
    Outcome::Error(Failure { kind, errno: None })
}

/// So many bytes from the beginning of a stream, as they were sent, in so many reads.
pub(crate) fn delivered(len: u64, reads: u64) -> Outcome {
    Outcome::Delivered(Content { offset: 0, len, reads, difference: None })
}

/// The counters of an established connection in which nothing has happened.
pub(crate) fn idle() -> TcpInfo {
    TcpInfo { state: 1, segment_size: 32_768, ..TcpInfo::default() }
}

/// A trace in the making.
pub(crate) struct Written(pub(crate) Trace);

/// What a sound system shows: everything is done, everything arrives, in as few reads as may be; every count is [`idle`].
pub(crate) fn sound(plan: &Plan) -> Written {
    let mut trace = Trace::default();
    let mut waiting: BTreeMap<End, u64> = BTreeMap::new();
    for (step, planned) in plan.steps.iter().enumerate() {
        let (step, end) = (step as u32, planned.end);
        let mut see = |end, outcome| trace.observations.push(Observation { step, end, outcome });
        match &planned.operation {
            Operation::Transfer(transfer) => {
                let len = transfer.payload.len();
                see(end, Outcome::Accepted { len });
                see(end.other(), delivered(len, 1));
            }
            Operation::Send(payload) => {
                see(end, Outcome::Accepted { len: payload.len() });
                *waiting.entry(end.other()).or_default() += payload.len();
            }
            Operation::Receive { len, max } => {
                let came = waiting.remove(&end).unwrap_or_default();
                if came > 0 {
                    see(end, delivered(came, came.div_ceil(u64::from(*max))));
                }
                if *len > came {
                    see(end, Outcome::End);
                }
            }
            Operation::Name => {
                let (local, peer) = called(end);
                see(end, Outcome::Named { local, peer });
            }
            Operation::Count => {
                let counters = Counters { tcp: Some(idle()), ..Counters::default() };
                trace.evidence.push(Evidence { step, end, counters });
            }
            _ => see(end, Outcome::Done),
        }
    }
    Written(trace)
}

fn called(end: End) -> (Place, Option<Place>) {
    let client = place(u32::from(end.connection) + 1);
    match end.actor {
        Actor::Listener => (place(0), None),
        Actor::Client => (client, Some(place(0))),
        Actor::Peer => (place(0), Some(client)),
    }
}

impl Written {
    /// What was seen of one step, written over.
    pub(crate) fn but(mut self, step: usize, outcomes: &[(End, Outcome)]) -> Written {
        let step = step as u32;
        let seen = &mut self.0.observations;
        let at = seen.iter().position(|seen| seen.step >= step).unwrap_or(seen.len());
        seen.retain(|seen| seen.step != step);
        let new = outcomes.iter().cloned().map(|(end, outcome)| Observation { step, end, outcome });
        seen.splice(at..at, new);
        self
    }

    /// What the counters said at one step, written over.
    pub(crate) fn counting(mut self, step: usize, tcp: Option<TcpInfo>) -> Written {
        let evidence = self.0.evidence.iter_mut().find(|evidence| evidence.step as usize == step);
        evidence.expect("a step that counts").counters.tcp = tcp;
        self
    }

    /// Nothing was seen behind that step, for that reason.
    pub(crate) fn stopped(mut self, step: usize, why: Stopped) -> Written {
        self.0.observations.retain(|seen| seen.step as usize <= step);
        self.0.evidence.retain(|evidence| evidence.step as usize <= step);
        self.0.stopped = Some(why);
        self
    }
}

/// What the spec says of one trace: the kind of a failure, else the sort of verdict.
pub(crate) fn said(spec: &Spec, plan: &Plan, written: Written) -> String {
    in_a_word((spec.judge)(&Subject::stream("tcp"), std::slice::from_ref(plan), &[written.0]))
}

/// What the spec says of sound traces of all its own experiments, if it says the same of all.
pub(crate) fn said_of_sound(spec: &Spec) -> String {
    let subject = Subject { is_kernel: true, ..Subject::stream("tcp-v4") };
    let mut said: Vec<String> = (spec.experiments)(&subject, &mut Draw::new(1, &[spec.id]))
        .iter()
        .map(|experiment| {
            let traces: Vec<Trace> = experiment.plans.iter().map(|plan| sound(plan).0).collect();
            in_a_word((spec.judge)(&subject, &experiment.plans, &traces))
        })
        .collect();
    said.dedup();
    said.join(", ")
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
