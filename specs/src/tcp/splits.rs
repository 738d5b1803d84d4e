//! One write comes out in many reads, whether the reader's buffer is small or the kernel's.
//!
//! How a write is split is nobody's promise, so no pattern of sizes is asked for: whatever it is, the bytes are the same.

use sockspec_harness::oracle::stream::Seen;
use sockspec_harness::oracle::tcp::exact_connections;
use sockspec_harness::plan::{Draw, End, Operation, Plan, Script, Setting};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::trace::{Outcome, Trace};
use sockspec_harness::verdict::{Level, Verdict};

pub(super) static SPEC: Spec = Spec {
    id: "tcp/splits",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "one write may come out in many reads, and nothing of it is lost between them",
    clause: "A8, A9; RFC 9293 §3.7, §3.8.6, §3.9.1.3",
    needs: Needs {
        capabilities: &[Capability::Ports, Capability::SocketOptions],
        evidence: &[EvidenceKind::ReceiveQueue],
        ..super::TCP
    },
    kills: &["message-reads"],
    experiments,
    judge,
};

fn experiments(_: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let (client, peer) = (End::client(0), End::peer(0));
    let mut experiments: Vec<Experiment> = vec![
        small_reads(client, 300, 1).into(),
        small_reads(peer, 1000, 7).into(),
        small_reads(client, 60_000, 4096).into(),
        small_window(65_536).into(),
        small_window(draw.length(20_000, 200_000)).into(),
        small_buffers(65_536).into(),
    ];
    for _ in 0..4 {
        let len = draw.length(2, 20_000);
        let max = draw.length(1 + len / 500, len / 2) as u32;
        experiments.push(small_reads(client, len, max).into());
    }
    experiments
}

/// One write, all of which lies at the reader before it is read in small pieces.
fn small_reads(from: End, len: u64, max: u32) -> Plan {
    let script = Script::open().send(from, len);
    let script = script.step(from.other(), Operation::AwaitQueue { len: len as u32 });
    script.receive(from.other(), len, max).finish_both(0).plan()
}

/// One write into a receive buffer as small as the kernel has them, which has to be asked for before the port listens.
fn small_window(len: u64) -> Plan {
    let script = Script::new().configure(End::listener(0), Setting::ReceiveBuffer(1)).listen(0).connect(0, 0);
    script.send(End::client(0), len).receive(End::peer(0), len, 65_536).finish_both(0).plan()
}

/// The same from a send buffer as small: the write itself is taken in parts.
fn small_buffers(len: u64) -> Plan {
    let client = End::client(0);
    let script = Script::new().configure(End::listener(0), Setting::ReceiveBuffer(1)).listen(0);
    let script = script.configure(client, Setting::SendBuffer(1)).connect(0, 0);
    script.transfer(client, len).transfer(End::peer(0), len).finish_both(0).plan()
}

fn judge(_: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    exact_connections(plans, traces, |run| {
        let is_split = run.seen().any(|seen| reads(&seen) > 1);
        if is_split || run.was_cut_short() || run.seen().all(|seen| reads(&seen) == 0) {
            Verdict::Pass
        } else {
            Verdict::PassWithReason("each write came in one read, which is allowed".to_owned())
        }
    })
}

fn reads(seen: &Seen<'_>) -> u64 {
    if let Outcome::Delivered(content) = seen.outcome { content.reads } else { 0 }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::plan::End;
    use sockspec_harness::trace::{Content, Difference, Outcome, Stopped};

    use super::{SPEC, small_window};
    use crate::written::{delivered, said, sound};

    #[test]
    fn reads_and_what_is_said_of_them() {
        // Step 0 asks for a small buffer, 1 to 4 connect, 5 writes, 6 reads.
        let plan = small_window(9000);
        let peer = End::peer(0);
        let difference = Difference {
            at: 576,
            expected: vec![1],
            actual: vec![2],
            stands_at: Some(1000),
            belongs_to: None,
        };
        let lossy = Content { offset: 0, len: 900, reads: 2, difference: Some(difference.into()) };
        let table = [
            ("pass", vec![delivered(9000, 16)], None),
            ("pass with reason", vec![delivered(9000, 1)], None),
            ("lost", vec![Outcome::Delivered(lossy)], Some(Stopped::Difference)),
            ("early end", vec![delivered(576, 1), Outcome::End], None),
        ];
        for (expected, outcomes, stopped) in table {
            let seen: Vec<_> = outcomes.into_iter().map(|outcome| (peer, outcome)).collect();
            let trace = sound(&plan).but(6, &seen);
            let trace = match stopped {
                Some(why) => trace.stopped(6, why),
                None => trace,
            };
            assert_eq!(said(&SPEC, &plan, trace), expected, "{seen:?}");
        }
    }
}
