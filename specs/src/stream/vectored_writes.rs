//! The buffers of a vectored write go out in order, none left out.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{in_turns, one_way};

pub(super) static SPEC: Spec = Spec {
    id: "stream/vectored-writes",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a vectored write takes its buffers in order, as if they were one, and counts the bytes it took",
    clause: "POSIX writev, tokio AsyncWrite::poll_write_vectored",
    needs: Needs { capabilities: &[Capability::VectoredWrite], ..Needs::STREAM },
    kills: &["reversed-slices", "first-slice-only"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

const LENS: [u64; 13] = [2, 3, 5, 15, 16, 17, 100, 1000, 4096, 4097, 16_385, 65_536, 200_000];

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let vectored = |script: Script, from, len, slices, cuts: Cuts| {
        script.transfer_with(from, len, |transfer| {
            transfer.slices = slices;
            transfer.cuts = cuts;
        })
    };
    let mut experiments = Vec::new();
    for slices in [2, 3, 5, 8, 16, 17, 64] {
        experiments.extend(one_way(subject, |script, from| {
            LENS.into_iter().fold(script, |script, len| vectored(script, from, len, slices, Cuts::None))
        }));
    }
    // Plain and vectored writes in turns, joined and cut.
    experiments.extend(in_turns(subject, |script, from| {
        (0..30).fold(script, |script, turn: u64| {
            let every = Cuts::Every { len: 300 + turn as u32 * 31, joined: turn % 2 == 1 };
            vectored(script, from, 2000, 2 + turn as u8 % 6, every).transfer(from, 1 + turn)
        })
    }));
    experiments
}
