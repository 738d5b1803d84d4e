//! A datagram above the largest size is refused, and nothing of it is delivered.

use sockspec_harness::oracle::datagram::{Account, judge as judge_in_general};
use sockspec_harness::plan::{Draw, LONGEST_SLICE, Plan};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

use super::traffic::{ENDS, Traffic};

pub(super) static SPEC: Spec = Spec {
    id: "datagram/oversize-refused",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a datagram larger than the largest is refused with an error, nothing of it arrives, and the socket goes on working",
    clause: "A5; POSIX send and sendto (EMSGSIZE), RFC 768 (16-bit length)",
    needs: Needs { capabilities: &[Capability::RefusesOversize], lacks, ..Needs::DATAGRAM },
    kills: &["oversize-truncated", "oversize-swallowed", "error-poisons"],
    experiments,
    judge,
};

/// EMSGSIZE of Linux; the error has no kind of its own in Rust's library.
const MESSAGE_TOO_LONG: i32 = 90;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    vec![refused(subject, &too_long(subject)).into()]
}

fn lacks(subject: &Subject) -> Option<String> {
    too_long(subject)
        .is_empty()
        .then(|| "it has no largest datagram, or none that a payload can exceed".to_owned())
}

/// The lengths beyond the largest datagram, as far as a payload goes.
fn too_long(subject: &Subject) -> Vec<u64> {
    let Some(largest) = subject.guarantees.max_message else { return Vec::new() };
    let longest = LONGEST_SLICE as u64;
    let mut lens: Vec<u64> = [1, 2, 20, 5000].map(|more| largest.saturating_add(more)).to_vec();
    lens.extend([65_536, 100_000, longest]);
    lens.retain(|len| *len > largest && *len <= longest);
    lens
}

/// Each length from either end, and between them datagrams that must come, and nothing before them.
fn refused(subject: &Subject, lens: &[u64]) -> Plan {
    let mut traffic = ENDS
        .into_iter()
        .fold(Traffic::open(subject), |traffic, from| traffic.exchange_short(from, from.other()));
    for len in lens {
        for from in ENDS {
            traffic = traffic.send(from, from.other(), *len).poll(from.other());
            traffic = traffic.exchange_short(from, from.other()).exchange_short(from.other(), from);
        }
    }
    traffic.plan()
}

fn judge(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    let taken = plans.iter().zip(traces).find_map(|(plan, trace)| taken(subject, plan, trace));
    taken.unwrap_or_else(|| match judge_in_general(subject, plans, traces) {
        // That some lengths were refused is what the rule is about, and nothing to remark.
        Verdict::PassWithReason(_) if traces.iter().all(|trace| trace.stopped.is_none()) => Verdict::Pass,
        verdict => verdict,
    })
}

/// An oversized datagram that was not refused, or not by the kernel's own error.
fn taken(subject: &Subject, plan: &Plan, trace: &Trace) -> Option<Verdict> {
    let largest = subject.guarantees.max_message?;
    let account = Account::of(plan, trace);
    let mut oversized =
        account.sendings.iter().filter(|one| one.payload.len() > largest && one.is_between_open_ends);
    oversized.find_map(|one| {
        let expected =
            format!("a send of {} bytes to be refused: the largest is {largest}", one.payload.len());
        match one.outcome? {
            Outcome::Accepted { .. } => {
                Some(Verdict::fail(FailureKind::MissingError, expected, "it was taken"))
            }
            Outcome::Error(failure)
                if subject.is_kernel
                    && cfg!(target_os = "linux")
                    && !failure.is_exhaustion()
                    && failure.errno != Some(MESSAGE_TOO_LONG) =>
            {
                let expected = format!("{expected} with EMSGSIZE");
                Some(Verdict::fail(FailureKind::WrongError, expected, format!("another error: {failure}")))
            }
            _ => None,
        }
    })
}
