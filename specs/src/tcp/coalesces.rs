//! Many small writes come out in one read, and leave in fewer segments than there were writes.
//!
//! This is what surprises people as a sticky packet, and it is how a stream is meant to be.
//! It has a good side: every segment is acknowledged at most once, so what travels in fewer segments costs fewer acknowledgements.
//!
//! Both are shown, neither is timed. A read finds joined what the kernel says lay there unread;
//! and writes behind a cork are counted in segments by the kernel itself.
//! A cork gives way by itself after about 200 ms, so that a round in which the machine stood still shows nothing: it is the most of many rounds that counts.
//! What fits into one segment leaves in one, then: without a cork a busy kernel joins writes, too, but the first of a round has left before (tcp(7), `tcp_autocorking`).

use sockspec_harness::oracle::stream::Run;
use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script, Setting};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{FailureKind, Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/coalesces",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "small writes are joined: unread, they come in one read; corked, they travel in fewer segments than there were writes",
    clause: "A8, A9; RFC 9293 §3.7.4, §3.8.6.3, §3.9.1.2; tcp(7) TCP_CORK",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::ReceiveQueue, EvidenceKind::TcpInfo],
        ..super::TCP
    },
    kills: &["merge-loss", "merged-out-of-order", "cork-ignored"],
    experiments,
    judge,
};

/// How many rounds a corked plan has: twice as many as are asked for, since a busy machine sends some segments twice, and those rounds do not count.
const ROUNDS: usize = 2 * FEWEST_ROUNDS;

/// In how many rounds nothing must have been sent twice for them to deny a cork, which most of them must do.
const FEWEST_ROUNDS: usize = 16;

/// The most bytes that are judged to be joined by one read, or in one segment: far less than any buffer or window holds.
const MOST_JOINED: u64 = 1024;

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let (client, peer) = (End::client(0), End::peer(0));
    let mut experiments: Vec<Experiment> = vec![
        joined(client, &[1; 2]).into(),
        joined(client, &[1; 40]).into(),
        joined(peer, &[10; 20]).into(),
        corked(client, 4, 8).into(),
        corked(peer, draw.between(2, 20), draw.length(1, 40)).into(),
    ];
    for _ in 0..4 {
        let lens: Vec<u64> = (0..draw.between(2, 30)).map(|_| draw.length(1, 32)).collect();
        experiments.push(joined(client, &lens).into());
    }
    experiments
}

/// Writes of these lengths, and one read once all of them lie at the reader.
fn joined(from: End, lens: &[u64]) -> Plan {
    let total: u64 = lens.iter().sum();
    let script = lens.iter().fold(Script::open(), |script, len| script.send(from, *len));
    let script = script.step(from.other(), Operation::AwaitQueue { len: total as u32 });
    let script = script.step(from.other(), Operation::Count).receive(from.other(), total, 65_536);
    script.finish_both(0).plan()
}

/// Rounds of small writes behind a cork, counted in segments. Nagle's algorithm is off, so that it is the cork that joins them.
fn corked(from: End, writes: u64, len: u64) -> Plan {
    let script = Script::open().configure(from, Setting::Nagle(false)).step(from, Operation::Count);
    let script = (0..ROUNDS).fold(script, |script, _| {
        let script = script.configure(from, Setting::Cork(true));
        let script = (0..writes).fold(script, |script, _| script.send(from, len));
        let script = script.configure(from, Setting::Cork(false));
        script.receive(from.other(), writes * len, 65_536).step(from, Operation::Count)
    });
    script.finish_both(0).plan()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let parted = (0..run.plan.steps.len()).find_map(|step| judge_read(run, step));
        parted.unwrap_or_else(|| judge_corks(run))
    })
}

/// A read with room for all, which did not bring all that lay there.
fn judge_read(run: &Run<'_>, step: usize) -> Option<Verdict> {
    let reader = &run.plan.steps[step];
    let counted = step.checked_sub(1).filter(|before| {
        let before = &run.plan.steps[*before];
        before.end == reader.end && before.operation == Operation::Count
    })?;
    let Operation::Receive { len, max } = reader.operation else { return None };
    let waiting = run.trace.counters(counted)?.receive_queue?;
    let is_small = len <= MOST_JOINED && len <= u64::from(max) && !run.is_concurrent();
    let (index, reads) = run.seen_of(step).find_map(|seen| match seen.outcome {
        Outcome::Delivered(content) if content.len == len => Some((seen.index, content.reads)),
        _ => None,
    })?;
    // Nothing was read before its time, to make room for a writer: all that is outstanding lay there.
    let flow = run.flow_before(reader.end.other(), index);
    let is_all = flow.accepted.saturating_sub(flow.delivered) == waiting;
    (is_small && is_all && waiting >= len && reads > 1).then(|| {
        Verdict::fail(
            FailureKind::Segmentation,
            format!("one read at {} with all that lay there, {len} bytes", reader.end),
            "several reads, though each had room for all",
        )
    })
}

/// What the rounds behind a cork show together.
fn judge_corks(run: &Run<'_>) -> Verdict {
    let rounds = rounds(run);
    let separate = rounds.iter().filter(|round| round.segments > 1).count();
    match rounds.len() {
        0 => Verdict::Pass,
        all if separate * 2 <= all => Verdict::Pass,
        FEWEST_ROUNDS.. => Verdict::fail(
            FailureKind::Segmentation,
            "one segment of all that was written behind the cork, since it fits into one",
            "several segments, in most of the rounds",
        ),
        _ => Verdict::Inconclusive("no round showed the cork, and there were few".to_owned()),
    }
}

/// Small writes behind one cork, which fit into one segment together.
struct Round {
    segments: u64,
}

/// The rounds between two counts of one end, as far as nothing was sent twice.
fn rounds(run: &Run<'_>) -> Vec<Round> {
    let steps = &run.plan.steps;
    let counts: Vec<usize> =
        (0..steps.len()).filter(|step| steps[*step].operation == Operation::Count).collect();
    counts.windows(2).filter_map(|pair| round(run, pair[0], pair[1])).collect()
}

fn round(run: &Run<'_>, first: usize, last: usize) -> Option<Round> {
    let end = run.plan.steps[first].end;
    let (before, after) = (run.trace.counters(first)?.tcp?, run.trace.counters(last)?.tcp?);
    let mut is_corked = false;
    let (mut writes, mut len) = (0, 0);
    for step in run.plan.steps[first..=last].iter().filter(|step| step.end == end) {
        match &step.operation {
            Operation::Configure(Setting::Cork(corked)) => is_corked = *corked,
            Operation::Send(payload) if is_corked => {
                writes += u64::from(!payload.is_empty());
                len += payload.len();
            }
            Operation::Count => {}
            _ => return None,
        }
    }
    let is_clean = run.plan.steps[last].end == end && after.retransmits == before.retransmits && !is_corked;
    let segments = after.data_segments_out.saturating_sub(before.data_segments_out);
    let is_small = len <= MOST_JOINED.min(after.segment_size);
    (is_clean && is_small && writes > 1).then_some(Round { segments })
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::{End, Operation};
    use sockspec_harness::trace::TcpInfo;

    use super::{FEWEST_ROUNDS, ROUNDS, SPEC, corked, joined};
    use crate::written::{delivered, idle, said, said_of_sound, sound};

    #[test]
    fn sound_traces_pass() {
        assert_eq!(said_of_sound(&SPEC), "pass");
    }

    #[test]
    fn what_lay_there_must_come_in_one_read() {
        // Step 0 opens, 1 to 3 write, 4 waits, 5 counts, 6 reads.
        let plan = joined(End::client(0), &[3, 3, 3]);
        let table = [
            ("pass", Some(9), 1),
            ("segmentation", Some(9), 2),
            ("segmentation", Some(9), 3),
            ("pass", Some(6), 2),
            ("pass", None, 2),
        ];
        for (expected, queue, reads) in table {
            let mut trace = sound(&plan).but(6, &[(End::peer(0), delivered(9, reads))]);
            trace.0.evidence[0].counters.receive_queue = queue;
            assert_eq!(said(&SPEC, &plan, trace), expected, "{queue:?}, {reads} reads");
        }
    }

    #[test]
    fn a_cork_is_denied_by_most_rounds_only() {
        let plan = corked(End::client(0), 4, 8);
        let counts: Vec<usize> =
            (0..plan.steps.len()).filter(|step| plan.steps[*step].operation == Operation::Count).collect();
        // The segments of each round, and in how many of the first ones something was sent twice.
        let table = [
            ("pass", vec![1; ROUNDS], 0),
            ("segmentation", vec![4; ROUNDS], 0),
            ("segmentation", vec![5; ROUNDS], 0),
            ("segmentation", vec![2; ROUNDS], 0),
            ("segmentation", [vec![4; ROUNDS - 1], vec![1]].concat(), 0),
            ("pass", [vec![4; ROUNDS / 2], vec![1; ROUNDS / 2]].concat(), 0),
            ("segmentation", vec![4; ROUNDS], 1),
            ("segmentation", vec![4; ROUNDS], ROUNDS - FEWEST_ROUNDS),
            ("inconclusive", vec![4; ROUNDS], ROUNDS - FEWEST_ROUNDS + 1),
            ("pass", vec![4; ROUNDS], ROUNDS),
        ];
        for (expected, segments, sent_twice) in table {
            let mut info = idle();
            let mut trace = sound(&plan).counting(counts[0], Some(info));
            for (round, (step, segments)) in counts[1..].iter().zip(&segments).enumerate() {
                info.data_segments_out += segments;
                info.retransmits += u64::from(round < sent_twice);
                trace = trace.counting(*step, Some(info));
            }
            assert_eq!(said(&SPEC, &plan, trace), expected, "{segments:?}, {sent_twice} sent twice");
        }
        let mut uncounted = sound(&plan);
        for step in counts {
            uncounted = uncounted.counting(step, None::<TcpInfo>);
        }
        assert_eq!(said(&SPEC, &plan, uncounted), "pass");
    }

    #[test]
    fn few_rounds_deny_nothing() {
        let mut plan = corked(End::client(0), 4, 8);
        // Open, Nagle off, a count, and two rounds of eight steps.
        plan.steps.truncate(3 + 2 * 8);
        let mut info = idle();
        let mut trace = sound(&plan);
        for step in [2, 10, 18] {
            trace = trace.counting(step, Some(info));
            info.data_segments_out += 4;
        }
        assert_eq!(said(&SPEC, &plan, trace), "inconclusive");
    }
}
