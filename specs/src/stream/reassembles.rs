//! A long message that is cut is put together again.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cuts, Draw, End, Script};
use sockspec_harness::spec::{Experiment, Guarantee, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{cut_at, in_turns, one_way, queued, sizes};

pub(super) static SPEC: Spec = Spec {
    id: "stream/reassembles",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a message that is cut into pieces, wherever and however many, is whole again at the other end",
    clause: "A9; RFC 9293 §2.2, §3.7",
    needs: Needs { guarantees: &[Guarantee::Lossless, Guarantee::Ordered], ..Needs::STREAM },
    kills: &["merge-loss", "drop-byte", "late-corruption"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let mut experiments = one_way(subject, single_cuts);
    experiments.extend(one_way(subject, held_back));
    // Pieces of every size class, a few and a byte of each.
    experiments.extend(one_way(subject, |script, from| {
        sizes().into_iter().filter(|len| *len < 20_000).fold(script, |script, len| {
            script.cut(from, len * 3 + 1, Cuts::Every { len: len as u32, joined: false }, Vec::new())
        })
    }));
    // Byte by byte, with a reader that depends on being woken for each, and one that is not asked before.
    experiments.extend(in_turns(subject, |script, from| {
        let every = |len, joined| Cuts::Every { len, joined };
        let script = script.transfer_with(from, 400, |transfer| {
            transfer.cuts = every(1, false);
            transfer.reader_waits = true;
        });
        script.cut(from, 400, every(1, false), vec![1]).cut(from, 20_000, every(2500, true), Vec::new())
    }));
    // Many writes that nobody reads until the last is done.
    let lens: Vec<u64> = (0..100).map(|_| draw.length(1, 3000)).collect();
    experiments.extend(one_way(subject, |script, from| queued(script, from, lens.iter().copied(), 4096)));
    experiments
}

/// A message of 33 bytes cut at each single place, and at each pair of places near a header.
fn single_cuts(script: Script, from: End) -> Script {
    let singles = (1..33).map(|at| vec![at]);
    let pairs = (1..10).flat_map(|first| (first + 1..=10).map(move |second| vec![first, second]));
    singles.chain(pairs).fold(script, |script, places| script.cut(from, 33, cut_at(&places), Vec::new()))
}

/// The last byte held back, and everything but the first.
fn held_back(script: Script, from: End) -> Script {
    sizes().into_iter().filter(|len| *len > 1).fold(script, |script, len| {
        script.cut(from, len, cut_at(&[len - 1]), Vec::new()).cut(from, len, cut_at(&[1]), Vec::new())
    })
}
