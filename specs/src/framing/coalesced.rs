//! Frames that arrive together come out one by one, without another byte.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, each_way, feed, finish, fitting, frames, is_direct, layout, sizes, stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/coalesced",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "frames that arrive in one piece all come out at once, without waiting for another byte",
    clause: "A8, A10",
    needs: Needs::DECODER,
    kills: &[
        "coalesced-merged",
        "coalesced-reversed",
        "one-frame-per-piece",
        "third-coalesced-lost",
        "clears-buffer",
        "endless-frames",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    // So many at once, of one length and of several.
    for count in (2..=20).chain([31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 300]) {
        for pattern in [&[3][..], &[0], &[1, 0, 20], &[7, 2]] {
            let lens = fitting(layout, pattern).into_iter().cycle().take(count).collect::<Vec<_>>();
            experiments.push(stream(&lens, Cuts::None).into());
        }
    }
    let shapes: [&[u64]; 6] =
        [&[5, 5], &[1, 2, 3, 4], &[0, 3, 0], &[200, 1, 0, 40], &[20_000, 3], &[3, 20_000, 3]];
    for lens in shapes {
        let lens = fitting(layout, lens);
        let end = wire_len(layout, &lens);
        // The end of one frame with the whole of those behind it; and all of them but for the last byte.
        let mut ways: Vec<Cuts> = (1..=lens.len())
            .flat_map(|count| [1, 2].map(|back| wire_len(layout, &lens[..count]).saturating_sub(back)))
            .map(|at| cut_at(&[at]))
            .collect();
        ways.extend([Cuts::None, cut_at(&[1]), cut_at(&[1, end - 1])]);
        experiments.extend(each_way(subject, &lens, ways));
    }
    // Several pieces with several frames each, on one connection.
    for groups in [&[2u64, 3, 1, 5][..], &[10, 1, 10]] {
        let script = groups.iter().fold(Script::new(), |script, count| {
            let lens: Vec<u64> = (0..*count).map(|index| (index * 3).min(layout.largest())).collect();
            feed(frames(script, CLIENT, &lens), PEER, Cuts::None)
        });
        experiments.push(finish(script, PEER).into());
    }
    // Every size in one piece, followed by a short frame.
    let most = if is_direct(subject) { 140_000 } else { 20_000 };
    for size in sizes(layout, most) {
        let lens = [size, 2.min(layout.largest()), size.min(300)];
        experiments.push(stream(&lens, Cuts::None).into());
    }
    for _ in 0..20 {
        let count = draw.between(2, 40);
        let lens: Vec<u64> = (0..count).map(|_| draw.length(1, 600).min(layout.largest())).collect();
        experiments.push(stream(&lens, Cuts::None).into());
    }
    experiments
}
