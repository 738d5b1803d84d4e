//! A read that was given up has lost nothing.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, End, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{in_turns, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/cancelled-read",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a read that had to wait and was dropped took no byte with it",
    clause: "tokio AsyncReadExt::read (cancel safety), AsyncRead::poll_read (pending reads nothing)",
    needs: Needs::STREAM,
    kills: &["cancelled-read-loss"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    const BUFFERS: [u32; 5] = [1, 2, 64, 4096, 65_536];
    // Given up with one buffer, gone on with another, for every two of them.
    let mut experiments = in_turns(subject, |script, from| {
        let pairs = BUFFERS.into_iter().flat_map(|given_up| BUFFERS.map(|next| (given_up, next)));
        pairs.fold(script, |script, (given_up, next)| {
            let script = polled(polled(script, from, given_up), from, given_up);
            script.cut(from, 1 + u64::from(next.min(500)) * 2, Cuts::None, vec![next])
        })
    });
    // Given up while bytes are under way: each poll takes some of them or none.
    experiments.extend(one_way(subject, |script, from| {
        (1..60).fold(script, |script, turn: u64| {
            let script = script.send(from, turn * 37).step(from, Operation::Flush);
            polled(polled(script, from, turn as u32), from, 5)
        })
    }));
    // Given up on both sides before a long exchange.
    experiments.extend(in_turns(subject, |script, from| {
        (0..20).fold(script, |script, turn| {
            let script = polled(polled(script, from, 100), from.other(), 100);
            script.cut(from, 50 + turn, Cuts::Every { len: 9, joined: turn % 2 == 0 }, Vec::new())
        })
    }));
    experiments
}

/// Polls the reader of what `from` sends once, and gives up.
fn polled(script: Script, from: End, max: u32) -> Script {
    script.step(from.other(), Operation::PollReceive { max })
}
