//! What the counters of a connection say of small writes.

use super::is_whole;
use crate::oracle::stream::Run;
use crate::plan::{End, Operation, Setting};
use crate::trace::{Outcome, TcpInfo};

/// What had become of the small writes of an end when its counters were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmallWrites {
    /// Some wait, unsent, behind others that are not acknowledged.
    Held,
    /// Several are under way at once, none acknowledged: the later ones did not wait for the earlier.
    SentAtOnce,
    /// Neither was to be seen: they had been acknowledged by then, or were not small.
    Unseen,
}

/// What each count shows that was read at an end whose Nagle's algorithm had been set so; counts without counters are left out.
pub fn small_writes(run: &Run<'_>, nagle: bool) -> Vec<SmallWrites> {
    let steps = run.plan.steps.iter().enumerate();
    steps
        .filter(|(step, planned)| {
            planned.operation == Operation::Count && setting_of(run, *step, planned.end) == Some(nagle)
        })
        .filter_map(|(step, planned)| {
            let info = run.trace.counters(step)?.tcp?;
            Some(read(&info, accepted(run, step, planned.end)))
        })
        .collect()
}

/// The most bytes that an end may have written for its small writes to be judged: fewer than any window has room for,
/// so that nothing waits for room.
const MOST_WRITTEN: u64 = 16_384;

/// What the end was told of Nagle's algorithm, if it was told once, before it wrote, and nothing else can hold or push its writes.
fn setting_of(run: &Run<'_>, step: usize, end: End) -> Option<bool> {
    let before = &run.plan.steps[..step];
    let is_own = |setting: &Setting| matches!(setting, Setting::Nagle(_) | Setting::Cork(_));
    let mut told = before.iter().enumerate().filter_map(|(at, step)| match step.operation {
        Operation::Configure(setting) if step.end == end && is_own(&setting) => Some((at, setting)),
        _ => None,
    });
    let (Some((at, Setting::Nagle(is_on))), None) = (told.next(), told.next()) else { return None };
    let is_resized = before.iter().any(|step| {
        matches!(step.operation, Operation::Configure(Setting::ReceiveBuffer(_) | Setting::SendBuffer(_)))
    });
    let is_done = run.seen_of(at).any(|seen| *seen.outcome == Outcome::Done);
    let is_early = accepted(run, at, end) == 0;
    let is_small = accepted(run, step, end) <= MOST_WRITTEN;
    let is_plain = !is_resized && !run.is_concurrent() && is_whole(run, end, step);
    (is_done && is_early && is_small && is_plain).then_some(is_on)
}

/// How many bytes had been taken from `end` before `step`.
fn accepted(run: &Run<'_>, step: usize, end: End) -> u64 {
    run.seen()
        .filter(|seen| seen.step < step && seen.end == end && !seen.is_receiving())
        .map(|seen| if let Outcome::Accepted { len } = *seen.outcome { len } else { 0 })
        .sum()
}

/// All that is not acknowledged must be smaller than one segment, so that no segment of it can be a full one.
fn read(info: &TcpInfo, accepted: u64) -> SmallWrites {
    let outstanding = accepted.saturating_sub(info.bytes_acked);
    if outstanding >= info.segment_size {
        SmallWrites::Unseen
    } else if info.unacked > 0 && info.bytes_not_sent > 0 {
        SmallWrites::Held
    } else if info.unacked > 1 {
        SmallWrites::SentAtOnce
    } else {
        SmallWrites::Unseen
    }
}

#[cfg(test)]
mod tests {
    use super::{SmallWrites, read};
    use crate::trace::TcpInfo;

    #[test]
    fn what_counters_say_of_small_writes() {
        let table = [
            (SmallWrites::Unseen, 9, 9, 0, 0),
            (SmallWrites::Unseen, 10, 9, 1, 0),
            (SmallWrites::Held, 11, 9, 1, 1),
            (SmallWrites::SentAtOnce, 11, 9, 2, 0),
            (SmallWrites::Held, 12, 9, 2, 1),
            (SmallWrites::Unseen, 11, 9, 0, 2),
            (SmallWrites::Unseen, 5000, 9, 2, 1),
            (SmallWrites::Unseen, 1009, 9, 2, 0),
        ];
        for (expected, accepted, bytes_acked, unacked, bytes_not_sent) in table {
            let info =
                TcpInfo { bytes_acked, unacked, bytes_not_sent, segment_size: 1000, ..TcpInfo::default() };
            assert_eq!(read(&info, accepted), expected, "{info:?}");
        }
    }
}
