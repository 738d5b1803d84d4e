//! Once a connection is made it is made at both ends, before any byte flows.

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::{exact_connections, is_connected, is_whole};
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{EvidenceKind, Subject};
use sockspec_harness::trace::Trace;
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/both-ends-established",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a connection that is made is established at both ends before any byte is sent",
    clause: "A4; RFC 9293 §3.3.2, §3.5",
    needs: Needs { evidence: &[EvidenceKind::TcpInfo], ..super::TCP },
    kills: &["half-open"],
    experiments,
    judge,
};

/// The number of the state ESTABLISHED in `TCP_INFO` (linux/tcp.h).
const ESTABLISHED: u8 = 1;

fn experiments(_: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let client = End::client(0);
    let counted = |script: Script| script.step(client, Operation::Count).step(End::peer(0), Operation::Count);
    let step_by_step = counted(super::connected()).transfer(client, 9).finish_both(0);
    let at_once = counted(Script::open()).transfer(End::peer(0), 9).finish_both(0);
    // The client's end is established ere anybody accepts: the handshake is the kernel's.
    let listener = End::listener(0);
    let before_accept =
        Script::new().listen(0).step(client, Operation::Connect(listener)).step(client, Operation::Count);
    let before_accept = before_accept.step(End::peer(0), Operation::Accept(listener));
    [step_by_step, at_once, counted(before_accept).finish_both(0)]
        .map(|script| Experiment::from(script.plan()))
        .into()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        counts(run).find_map(|(step, end)| judge_count(run, step, end)).unwrap_or(Verdict::Pass)
    })
}

/// The steps that count at an end whose connection nothing has ended by then.
fn counts<'a>(run: &Run<'a>) -> impl Iterator<Item = (usize, End)> {
    let counted = run.plan.steps.iter().enumerate();
    counted.filter(|(_, step)| step.operation == Operation::Count).map(|(index, step)| (index, step.end))
}

fn judge_count(run: &Run<'_>, step: usize, end: End) -> Option<Verdict> {
    let opened = run
        .seen()
        .take_while(|seen| seen.step < step)
        .last()
        .is_some_and(|seen| is_connected(run, end, seen.index + 1));
    let counters = run.trace.counters(step)?;
    if !opened || !is_whole(run, end, step) {
        return None;
    }
    match counters.tcp {
        None => Some(Verdict::Inconclusive(format!("the kernel said nothing of the state of {end}"))),
        Some(info) if info.state == ESTABLISHED => None,
        Some(info) => Some(Verdict::fail(
            FailureKind::WrongState,
            format!("{end} to be established"),
            format!("its state is {}", name_of(info.state)),
        )),
    }
}

/// The state of that number (linux/tcp.h), by its name in RFC 9293 §3.3.2.
fn name_of(state: u8) -> &'static str {
    match state {
        1 => "ESTABLISHED",
        2 => "SYN-SENT",
        3 | 12 => "SYN-RECEIVED",
        4 => "FIN-WAIT-1",
        5 => "FIN-WAIT-2",
        6 => "TIME-WAIT",
        7 => "CLOSED",
        8 => "CLOSE-WAIT",
        9 => "LAST-ACK",
        10 => "LISTEN",
        11 => "CLOSING",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::TcpInfo;

    use super::SPEC;
    use crate::written::{idle, said, said_of_sound, sound};

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn states_and_what_is_said_of_them() {
        let plan = Script::open().step(End::peer(0), Operation::Count).plan();
        let state = |state| Some(TcpInfo { state, ..idle() });
        let table = [
            ("pass", state(1)),
            ("wrong state", state(3)),
            ("wrong state", state(7)),
            ("inconclusive", None),
        ];
        for (expected, tcp) in table {
            assert_eq!(said(&SPEC, &plan, sound(&plan).counting(1, tcp)), expected, "{tcp:?}");
        }
    }

    #[test]
    fn no_state_is_wrong_for_an_end_that_is_not_open_or_has_been_closed() {
        let client = End::client(0);
        let closed = Some(TcpInfo { state: 7, ..idle() });
        let unopened = Script::new().step(client, Operation::Bind).step(client, Operation::Count).plan();
        assert_eq!(said(&SPEC, &unopened, sound(&unopened).counting(1, closed)), "pass");
        let ended = Script::open().shut_down(client).step(client, Operation::Count).plan();
        assert_eq!(said(&SPEC, &ended, sound(&ended).counting(2, closed)), "pass");
    }
}
