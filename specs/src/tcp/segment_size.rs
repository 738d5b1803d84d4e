//! No segment is larger than the end that receives it announced, nor than its sender was told.
//!
//! Reads do not show it, since what comes in is joined again; the kernel's count of segments does:
//! so many bytes in segments of at most so many make at least so many segments.

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Actor, Draw, End, Operation, Plan, Script, Setting};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/segment-size",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "no segment is larger than the maximum segment size that was set and announced",
    clause: "A8; RFC 9293 §3.7.1; tcp(7) TCP_MAXSEG",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::TcpInfo],
        ..super::TCP
    },
    kills: &["segment-size-ignored"],
    experiments,
    judge,
};

/// The smallest limit in bytes that is judged: an administrator may set a floor (`net.ipv4.tcp_min_snd_mss`),
/// but hardly one above what fits an Ethernet frame.
const LEAST_JUDGED: u32 = 1400;

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let drawn = draw.between(u64::from(LEAST_JUDGED), 16_000) as u32;
    [(1400, 60_000), (1460, 65_536), (8000, 200_000), (drawn, 100_000)]
        .map(|(size, len)| Experiment::from(limited(size, len)))
        .into()
}

/// The client is told a segment size, and both ends send: the client obeys it, the peer has heard of it.
fn limited(size: u32, len: u64) -> Plan {
    let (client, peer) = (End::client(0), End::peer(0));
    let script = Script::new().listen(0).configure(client, Setting::SegmentSize(size)).connect(0, 0);
    let script = script.transfer(client, len).step(client, Operation::Count);
    script.transfer(peer, len).step(peer, Operation::Count).finish_both(0).plan()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let counts =
            (0..run.plan.steps.len()).filter(|step| run.plan.steps[*step].operation == Operation::Count);
        counts.filter_map(|step| judge_count(run, step)).next().unwrap_or(Verdict::Pass)
    })
}

fn judge_count(run: &Run<'_>, step: usize) -> Option<Verdict> {
    let end = run.plan.steps[step].end;
    let limit = limit_of(run, end).filter(|limit| *limit >= LEAST_JUDGED)?;
    let Some(info) = run.trace.counters(step)?.tcp else {
        return Some(Verdict::Inconclusive(format!("the kernel said nothing of the segments of {end}")));
    };
    let least = delivered_before(run, end, step).div_ceil(u64::from(limit));
    (info.data_segments_out < least).then(|| {
        Verdict::fail(
            FailureKind::Segmentation,
            format!("at least {least} segments from {end}, of at most {limit} bytes each"),
            "fewer, so that some were larger",
        )
    })
}

/// The segment size that was set on either end of the connection before the client connected.
///
/// What the client is told binds both: itself, and by its announcement the peer.
fn limit_of(run: &Run<'_>, end: End) -> Option<u32> {
    let client = End { actor: Actor::Client, ..end };
    let opened = run.seen().find(|seen| {
        let opens = matches!(seen.operation, Operation::Connect(_)) && seen.end == client;
        opens && *seen.outcome == Outcome::Done
    })?;
    run.seen().take_while(|seen| seen.index < opened.index).fold(None, |limit, seen| match seen.operation {
        Operation::Configure(Setting::SegmentSize(size))
            if seen.end == client && *seen.outcome == Outcome::Done =>
        {
            Some(*size)
        }
        _ => limit,
    })
}

/// How many bytes that `end` sent had come out before `step`: so many have certainly travelled.
fn delivered_before(run: &Run<'_>, end: End, step: usize) -> u64 {
    run.seen()
        .filter(|seen| seen.step < step && seen.sender() == end)
        .map(|seen| if let Outcome::Delivered(content) = seen.outcome { content.len } else { 0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use sockspec_harness::plan::{End, Operation, Script};
    use sockspec_harness::trace::TcpInfo;

    use super::{SPEC, limited};
    use crate::written::{error, idle, said, sound};

    #[test]
    fn counts_and_what_is_said_of_them() {
        // Step 6 counts at the client, 8 at the peer; 10,000 bytes in segments of 1400 are 8.
        let plan = limited(1400, 10_000);
        let table = [
            ("pass", Some(8), Some(8)),
            ("pass", Some(9), Some(30)),
            ("segmentation", Some(7), Some(8)),
            ("segmentation", Some(8), Some(1)),
            ("inconclusive", None, Some(8)),
        ];
        for (expected, client, peer) in table {
            let info = |segments: Option<u64>| {
                segments.map(|data_segments_out| TcpInfo { data_segments_out, ..idle() })
            };
            let trace = sound(&plan).counting(6, info(client)).counting(8, info(peer));
            assert_eq!(said(&SPEC, &plan, trace), expected, "{client:?}, {peer:?}");
        }
    }

    #[test]
    fn a_limit_that_was_refused_or_never_set_binds_nobody() {
        let plan = limited(1400, 10_000);
        let refused = sound(&plan).but(2, &[(End::client(0), error(ErrorKind::InvalidInput))]);
        assert_eq!(said(&SPEC, &plan, refused), "skipped");
        let free =
            Script::open().transfer(End::client(0), 10_000).step(End::client(0), Operation::Count).plan();
        assert_eq!(said(&SPEC, &free, sound(&free)), "pass");
    }
}
