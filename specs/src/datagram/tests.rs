//! The group as a whole: what it costs, and what it says of traces written by hand.

use sockspec_harness::plan::{Draw, End, Operation, Plan};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::Outcome;

use super::SPECS;
use super::written::{self, each, errno, said};

fn plans(subject: &Subject) -> Vec<(&'static str, Plan)> {
    let of = |spec: &&'static sockspec_harness::spec::Spec| {
        let mut draw = Draw::new(1, &[spec.id, &subject.id]);
        let experiments = (spec.experiments)(subject, &mut draw);
        let plans = experiments.into_iter().flat_map(|experiment| experiment.plans);
        plans.map(|plan| (spec.id, plan)).collect::<Vec<_>>()
    };
    SPECS.iter().flat_map(of).collect()
}

#[test]
fn the_group_stays_cheap() {
    let mut subject = Subject::datagram("any").with(Capability::ALL);
    subject.guarantees.max_message = Some(65_507);
    for (subject, most) in [(subject.clone(), 60_000), (subject.evident([EvidenceKind::DropCounter]), 20_000)]
    {
        let sent: usize = plans(&subject)
            .iter()
            .flat_map(|(_, plan)| &plan.steps)
            .filter(|step| matches!(step.operation, Operation::SendDatagram { .. }))
            .count();
        assert!(sent < most, "{sent} datagrams");
    }
}

#[test]
fn every_direction_is_tried_by_every_spec() {
    let mut subject = Subject::datagram("any").with(Capability::ALL);
    subject.guarantees.max_message = Some(2000);
    for spec in SPECS {
        for end in [End::client(0), End::peer(0)] {
            let sends = plans(&subject).iter().any(|(id, plan)| {
                let is_send = |operation: &Operation| matches!(operation, Operation::SendDatagram { .. });
                *id == spec.id && plan.steps.iter().any(|step| step.end == end && is_send(&step.operation))
            });
            assert!(sends, "{}: {end} sends nothing", spec.id);
        }
    }
}

#[test]
fn sound_traces_pass_and_no_receive_waits_for_what_nobody_sends() {
    for spec in SPECS {
        assert_eq!(said(spec, |_, _| ()), "pass", "{}", spec.id);
        for plan in written::plans(spec) {
            let trace = written::sound(&plan);
            let waits = trace.observations.iter().find(|seen| {
                let operation = &plan.steps[seen.step as usize].operation;
                matches!(operation, Operation::ReceiveDatagram { .. }) && seen.outcome == Outcome::Pending
            });
            assert_eq!(waits, None, "{}", spec.id);
        }
    }
}

#[test]
fn an_oversized_datagram_is_refused_with_the_kernels_own_error() {
    let oversized = |_: End, operation: &Operation| matches!(operation, Operation::SendDatagram { payload, .. } if payload.len() > 65_507);
    let said_of = |outcome: Outcome| {
        said(&super::oversize_refused::SPEC, |plan, trace| {
            each(plan, trace, oversized, |seen| *seen = outcome.clone());
        })
    };
    assert_eq!(said_of(errno(90 /* EMSGSIZE */)), "pass");
    assert_eq!(said_of(errno(32 /* EPIPE */)), "wrong error");
    assert_eq!(said_of(Outcome::Accepted { len: 70_000 }), "missing error");
    // A machine that is short of memory says nothing of the rule.
    assert_eq!(said_of(errno(105 /* ENOBUFS */)), "pass");
}
