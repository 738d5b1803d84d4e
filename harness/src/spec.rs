//! The joint where a rule is plugged in.
//!
//! A spec proposes experiments and judges what came of them; it does no input or output and knows no clock.

use crate::plan::{Draw, Plan};
use crate::subject::{Capability, EvidenceKind, Kind, Subject};
use crate::trace::Trace;
use crate::verdict::{Level, Verdict};

/// One executable rule.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// `group/name`, which is also its path below `specs/src`.
    pub id: &'static str,
    /// How strongly it binds the kernel's own systems.
    pub level: Level,
    /// How strongly it binds every other system.
    pub level_elsewhere: Level,
    /// The rule in one sentence.
    pub rule: &'static str,
    /// Where the rule comes from: the source document's rule (A1 …), if it is there, and the standard's section.
    pub clause: &'static str,
    /// What a system must be, promise and have for the spec to apply.
    pub needs: Needs,
    /// The ids of the faults that it catches.
    pub kills: &'static [&'static str],
    /// What it asks to be run.
    pub experiments: fn(&Subject, &mut Draw) -> Vec<Experiment>,
    /// What it says of what was seen: the plans of one experiment, and a trace for each.
    pub judge: fn(&Subject, &[Plan], &[Trace]) -> Verdict,
}

impl Spec {
    /// The level that binds `subject`.
    pub fn level_for(&self, subject: &Subject) -> Level {
        if subject.is_kernel { self.level } else { self.level_elsewhere }
    }

    /// The part of the id before the slash.
    pub fn group(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(group, _)| group)
    }
}

/// Plans whose traces are judged together: most often one; the uncut control and the cut run; n and 2n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// The plans, run in this order, each in a world of its own.
    pub plans: Vec<Plan>,
    /// Whether each plan says something by itself, so that there may be fewer of them;
    /// else they are runs of one scenario and correspond step by step.
    pub are_apart: bool,
}

impl Experiment {
    /// Runs of one scenario that say something together: a control run and the cut one, n and 2n.
    pub fn together(plans: Vec<Plan>) -> Experiment {
        Experiment { plans, are_apart: false }
    }

    /// Scenarios of which each says something by itself, and all of them more.
    pub fn apart(plans: Vec<Plan>) -> Experiment {
        Experiment { plans, are_apart: true }
    }
}

impl From<Plan> for Experiment {
    fn from(plan: Plan) -> Experiment {
        Experiment::together(vec![plan])
    }
}

/// What a spec needs of a system.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// The kind of system it is about.
    pub kind: Kind,
    /// Which of the four guarantees it needs.
    pub guarantees: &'static [Guarantee],
    /// Which capabilities it needs.
    pub capabilities: &'static [Capability],
    /// Which evidence it needs.
    pub evidence: &'static [EvidenceKind],
    /// What else the system lacks, if it does: the answer is the reason for which the spec is skipped.
    ///
    /// For what no list can say, such as a length that has to fit into memory.
    pub lacks: fn(&Subject) -> Option<String>,
}

/// One of the four things a system may guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// See [`Guarantees::lossless`](crate::subject::Guarantees::lossless).
    Lossless,
    /// See [`Guarantees::ordered`](crate::subject::Guarantees::ordered).
    Ordered,
    /// See [`Guarantees::preserves_boundaries`](crate::subject::Guarantees::preserves_boundaries).
    PreservesBoundaries,
    /// See [`Guarantees::signals_end`](crate::subject::Guarantees::signals_end).
    SignalsEnd,
}

impl Guarantee {
    /// The word that lists use.
    pub fn word(self) -> &'static str {
        match self {
            Guarantee::Lossless => "lossless",
            Guarantee::Ordered => "ordered",
            Guarantee::PreservesBoundaries => "preserves-boundaries",
            Guarantee::SignalsEnd => "signals-end",
        }
    }

    /// Whether `subject` gives it.
    pub fn is_given_by(self, subject: &Subject) -> bool {
        let guarantees = &subject.guarantees;
        match self {
            Guarantee::Lossless => guarantees.lossless,
            Guarantee::Ordered => guarantees.ordered,
            Guarantee::PreservesBoundaries => guarantees.preserves_boundaries,
            Guarantee::SignalsEnd => guarantees.signals_end,
        }
    }
}

impl Needs {
    /// Needs nothing but a stream.
    pub const STREAM: Needs =
        Needs { kind: Kind::Stream, guarantees: &[], capabilities: &[], evidence: &[], lacks: nothing };

    /// Needs nothing but a datagram socket.
    pub const DATAGRAM: Needs =
        Needs { kind: Kind::Datagram, guarantees: &[], capabilities: &[], evidence: &[], lacks: nothing };

    /// Needs nothing but a codec that decodes.
    pub const DECODER: Needs = Needs {
        kind: Kind::Framing,
        guarantees: &[],
        capabilities: &[Capability::Decodes],
        evidence: &[],
        lacks: nothing,
    };

    /// Needs nothing but a codec that encodes.
    pub const ENCODER: Needs = Needs {
        kind: Kind::Framing,
        guarantees: &[],
        capabilities: &[Capability::Encodes],
        evidence: &[],
        lacks: nothing,
    };

    /// Whether a spec with these needs is about such a system at all; if not, the pair is not even listed.
    ///
    /// Guarantees and IP ports say what a system *is*: a rule of the kernel's TCP is not "skipped" for an in-memory pipe.
    pub fn concern(&self, subject: &Subject) -> bool {
        let is_its_sort = !self.capabilities.contains(&Capability::Ports) || subject.can(Capability::Ports);
        is_its_sort
            && self.kind == subject.kind
            && self.guarantees.iter().all(|wanted| wanted.is_given_by(subject))
    }

    /// What of its needs the system lacks, in words; `None` if it lacks nothing.
    pub fn lacking(&self, subject: &Subject) -> Option<String> {
        let capability = self.capabilities.iter().find(|capability| !subject.can(**capability));
        if let Some(capability) = capability {
            return Some(format!("{} declares no {capability}", subject.id));
        }
        let evidence = self.evidence.iter().find(|evidence| !subject.shows(**evidence));
        let evidence = evidence.map(|evidence| format!("{} gives no {evidence} evidence", subject.id));
        evidence.or_else(|| (self.lacks)(subject))
    }
}

/// Most specs need nothing that the lists do not say.
fn nothing(_: &Subject) -> Option<String> {
    None
}
