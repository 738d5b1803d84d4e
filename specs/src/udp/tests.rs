//! What the group says of traces written by hand.

use sockspec_harness::plan::{End, Operation, Plan};
use sockspec_harness::trace::{Outcome, Place, Trace};

use super::{
    SPECS, connected_filter, endpoints, fragmented, many_peers, may_lose, source_address, unreachable,
};
use crate::datagram::written::{each, errno, place, said, sound};

/// What becomes of an outcome.
type Change = fn(&mut Outcome);

/// ECONNREFUSED and EPERM of Linux.
const REFUSED: i32 = 111;
const NOT_PERMITTED: i32 = 1;

fn receives(_: End, operation: &Operation) -> bool {
    matches!(operation, Operation::ReceiveDatagram { .. } | Operation::PollDatagram { .. })
}

fn sends(_: End, operation: &Operation) -> bool {
    matches!(operation, Operation::SendDatagram { .. })
}

#[test]
fn sound_traces_pass() {
    for spec in SPECS {
        // A system that loses nothing has nothing to be counted.
        let expected = if spec.id == "udp/may-lose" { "pass with reason" } else { "pass" };
        assert_eq!(said(spec, |_, _| ()), expected, "{}", spec.id);
    }
}

#[test]
fn names_are_those_of_the_ends() {
    let names = |_: End, operation: &Operation| *operation == Operation::Name;
    let rows: [(&str, Change); 6] = [
        ("pass", |_| ()),
        ("wrong address", |outcome| {
            if let Outcome::Named { peer, .. } = outcome {
                *peer = peer.map(|peer| Place { index: peer.index + 1, ..peer });
            }
        }),
        ("wrong address", |outcome| {
            if let Outcome::Named { local, .. } = outcome {
                local.has_port = false;
            }
        }),
        ("wrong address", |outcome| {
            if let Outcome::Named { local, .. } = outcome {
                local.index = 7;
            }
        }),
        ("wrong address", |outcome| {
            if let Outcome::Named { peer, .. } = outcome {
                *peer = None;
            }
        }),
        ("wrong address", |outcome| *outcome = errno(NOT_PERMITTED)),
    ];
    for (index, (expected, change)) in rows.into_iter().enumerate() {
        let seen = said(&endpoints::SPEC, |plan, trace| each(plan, trace, names, change));
        assert_eq!(seen, expected, "row {index}");
    }
}

#[test]
fn a_sender_is_named_and_the_true_one() {
    let from = |from: Option<Place>| {
        move |plan: &Plan, trace: &mut Trace| {
            each(plan, trace, receives, |outcome| {
                if let Outcome::Datagram(received) = outcome {
                    received.from = from;
                }
            })
        }
    };
    assert_eq!(said(&source_address::SPEC, from(None)), "wrong address");
    assert_eq!(said(&source_address::SPEC, from(Some(place(End::client(9))))), "wrong address");
    assert_eq!(said(&many_peers::SPEC, from(Some(place(End::client(9))))), "wrong address");
}

#[test]
fn a_stranger_is_not_heard() {
    // The first datagram of the stranger's that comes after its receiver was connected.
    let foreign = |plan: &Plan, trace: &mut Trace| {
        let is_connect = |operation: &Operation| matches!(operation, Operation::Connect(_));
        let connect = plan.steps.iter().position(|step| is_connect(&step.operation)).expect("it connects");
        let Operation::Connect(friend) = plan.steps[connect].operation else { return };
        let end = plan.steps[connect].end;
        let strange =
            plan.steps.iter().enumerate().skip(connect).find_map(|(index, step)| match step.operation {
                Operation::SendDatagram { to, .. } if to == end && step.end != friend => Some(index as u32),
                _ => None,
            });
        let strange = strange.expect("a stranger sends");
        let next = trace.observations.iter_mut().find(|seen| {
            seen.step > strange && seen.end == end && receives(end, &plan.steps[seen.step as usize].operation)
        });
        let Operation::SendDatagram { payload, .. } = &plan.steps[strange as usize].operation else { return };
        next.expect("it receives").outcome = Outcome::Datagram(sockspec_harness::trace::Received {
            sent_by: Some(strange),
            len: payload.len(),
            difference: None,
            from: None,
            sender: None,
        });
    };
    assert_eq!(said(&connected_filter::SPEC, foreign), "cross-talk");
}

#[test]
fn whoever_is_connected_is_told_once() {
    let client = End::client(0);
    let of = |end: End| move |at: End, operation: &Operation| at == end && sends(at, operation);
    let accept = |outcome: &mut Outcome| {
        if *outcome == errno(REFUSED) {
            *outcome = Outcome::Accepted { len: 50 };
        }
    };
    // Never told.
    let never = said(&unreachable::SPEC, |plan, trace| each(plan, trace, of(client), accept));
    assert_eq!(never, "missing error");
    // Told at the very last send in vain only: the others' messages were late.
    let late = said(&unreachable::SPEC, |plan, trace| {
        let last =
            trace.observations.iter().rposition(|seen| seen.outcome == errno(REFUSED)).expect("it is told");
        each(plan, trace, of(client), accept);
        trace.observations[last].outcome = errno(REFUSED);
    });
    assert_eq!(late, "pass");
    // Told more often than it sent.
    let often = said(&unreachable::SPEC, |plan, trace| {
        let first =
            trace.observations.iter().position(|seen| seen.outcome == errno(REFUSED)).expect("it is told");
        trace.observations.iter_mut().skip(first).filter(|seen| seen.end == client).for_each(|seen| {
            let operation = &plan.steps[seen.step as usize].operation;
            if matches!(operation, Operation::SendDatagram { to, .. } if *to == End::peer(0)) {
                seen.outcome = errno(REFUSED);
            }
        });
    });
    assert_eq!(often, "unexpected error");
    // Told though it is not connected.
    let free = said(&unreachable::SPEC, |plan, trace| {
        each(
            plan,
            trace,
            |at, operation| at == End::client(2) && receives(at, operation),
            |outcome| {
                *outcome = errno(REFUSED);
            },
        );
    });
    assert_eq!(free, "unexpected error");
}

#[test]
fn without_a_namespace_there_are_no_fragments_to_see() {
    let refused = said(&fragmented::SPEC, |_, trace| trace.observations[0].outcome = errno(NOT_PERMITTED));
    assert_eq!(refused, "skipped");
    let whole = said(&fragmented::SPEC, |_, trace| {
        trace.evidence.iter_mut().for_each(|evidence| evidence.counters.fragments_created = Some(3));
    });
    assert_eq!(whole, "inconclusive");
}

#[test]
fn a_loss_is_counted_or_it_is_a_departure() {
    // Every receive behind the tenth finds nothing, and the counter says `counted`.
    let lost = |counted: u64| {
        move |plan: &Plan, trace: &mut Trace| {
            let mut received = 0;
            let mut lost = 0;
            for seen in &mut trace.observations {
                let is_poll =
                    matches!(plan.steps[seen.step as usize].operation, Operation::PollDatagram { .. });
                if is_poll && matches!(seen.outcome, Outcome::Datagram(_)) {
                    received += 1;
                    if received > 10 {
                        lost += 1;
                        seen.outcome = Outcome::Pending;
                    }
                }
            }
            assert!(lost > 50, "{lost}");
            if let Some(last) = trace.evidence.iter_mut().rfind(|evidence| evidence.end == End::peer(0)) {
                last.counters.drops = Some(if counted == u64::MAX { lost } else { counted });
            }
        }
    };
    assert_eq!(said(&may_lose::SPEC, lost(u64::MAX)), "pass");
    assert_eq!(said(&may_lose::SPEC, lost(0)), "not visible");
    assert_eq!(said(&may_lose::SPEC, lost(3)), "not visible");
}

#[test]
fn a_sound_udp_is_as_sound_as_the_plans_are_long() {
    for spec in SPECS {
        for plan in crate::datagram::written::plans(spec) {
            let trace = sound(&plan);
            let is_silent = |outcome: &Outcome| *outcome == Outcome::Pending;
            let waits = trace.observations.iter().filter(|seen| {
                matches!(plan.steps[seen.step as usize].operation, Operation::ReceiveDatagram { .. })
                    && is_silent(&seen.outcome)
            });
            assert_eq!(waits.count(), 0, "{}: a receive waits for what nobody sends", spec.id);
        }
    }
}
