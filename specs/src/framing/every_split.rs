//! Wherever the bytes are cut, the same frames come out.

use std::collections::BTreeSet;

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cut, Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, MIB, PEER, borders, cut_at, each_way, fitting, frames, is_direct, layout, pieces, random, stream,
    wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/every-split",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "wherever the bytes are cut, and into however many pieces, the same frames come out",
    clause: "A8, A10; RFC 7766 §8",
    needs: Needs::DECODER,
    kills: &[
        "cut-payload-loses-first",
        "cut-payload-loses-last",
        "byte-by-byte-frame",
        "drops-partial-behind-frame",
        "three-pieces",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let is_direct = is_direct(subject);
    let mut experiments = if is_direct { every_way(layout) } else { Vec::new() };
    let streams: [&[u64]; 4] = [&[5, 0, 17, 1], &[130, 1], &[300, 0, 2], &[9, 9, 9]];
    for lens in streams {
        let lens = fitting(layout, lens);
        let all = wire_len(layout, &lens);
        experiments.extend(each_way(subject, &lens, (1..all).map(|at| cut_at(&[at]))));
        experiments.extend(each_way(subject, &lens, [pieces(1), Cuts::None]));
        let piece_lens = if is_direct { 2..=64 } else { 2..=9 };
        experiments.extend(each_way(subject, &lens, piece_lens.map(pieces)));
    }
    experiments.extend(pairs(subject, &[3, 4, 2]));
    if is_direct {
        experiments.extend(pairs(subject, &[0, 130, 300]));
        experiments.extend(triples(layout));
    }
    experiments.extend(long(subject));
    // Two pieces that are there before the decoder is asked are as one.
    let lens = fitting(layout, &[5, 0, 17]);
    let joined = |at: u64| Cuts::At(vec![Cut { at: at as u32, joined: true }]);
    experiments.extend(each_way(subject, &lens, (1..wire_len(layout, &lens)).map(joined)));
    let most = if is_direct { MIB / 8 } else { MIB / 32 };
    experiments.extend((0..if is_direct { 150 } else { 12 }).map(|_| random(subject, draw, most).into()));
    experiments
}

/// The most bytes of a stream that is cut in every way, and how many ways there are in all.
const LONGEST: u64 = 18;
const WAYS: u64 = 100_000;

/// Short streams, each cut in every way there is.
fn every_way(layout: &Layout) -> Vec<Experiment> {
    let shapes: [&[u64]; 17] = [
        &[0],
        &[1],
        &[0, 0],
        &[2],
        &[1, 0],
        &[0, 1],
        &[1, 1],
        &[3],
        &[0, 0, 0],
        &[2, 1],
        &[1, 2],
        &[0, 3],
        &[3, 0],
        &[1, 0, 1],
        &[4, 1],
        &[1, 1, 1, 1],
        &[5, 0, 0],
    ];
    let mut left = WAYS;
    let mut seen = BTreeSet::new();
    let mut experiments = Vec::new();
    for lens in shapes {
        let lens = fitting(layout, lens);
        let len = wire_len(layout, &lens);
        let ways = 1 << (len.min(LONGEST) - 1);
        if len > LONGEST || ways > left || !seen.insert(lens.clone()) {
            continue;
        }
        left -= ways;
        experiments
            .push(frames(Script::new(), CLIENT, &lens).step(PEER, Operation::FeedEveryWay).plan().into());
    }
    experiments
}

/// Every pair of places around the borders of these frames: three pieces.
fn pairs(subject: &Subject, lens: &[u64]) -> Vec<Experiment> {
    let layout = layout(subject);
    let lens = fitting(layout, lens);
    let places = borders(layout, &lens, if is_direct(subject) { 2 } else { 1 });
    let pairs = places
        .iter()
        .enumerate()
        .flat_map(|(index, first)| places[index + 1..].iter().map(|second| cut_at(&[*first, *second])));
    let pairs: Vec<Cuts> = pairs.take(MOST_PAIRS).collect();
    each_way(subject, &lens, pairs)
}

const MOST_PAIRS: usize = 1200;

/// Three places around the borders of two short frames: four pieces.
fn triples(layout: &Layout) -> Vec<Experiment> {
    let lens = fitting(layout, &[2, 3]);
    let places = borders(layout, &lens, 1);
    let mut experiments = Vec::new();
    for (index, first) in places.iter().enumerate() {
        for (skipped, second) in places[index + 1..].iter().enumerate() {
            let rest = &places[index + skipped + 2..];
            experiments
                .extend(rest.iter().map(|third| stream(&lens, cut_at(&[*first, *second, *third])).into()));
        }
    }
    experiments.truncate(MOST_PAIRS);
    experiments
}

/// Frames longer than a buffer, cut around their borders, around powers of two, and into equal pieces.
fn long(subject: &Subject) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments = Vec::new();
    for lens in [&[9000, 20_000, 3][..], &[70_000, 1, 66_000]] {
        let lens = fitting(layout, lens);
        let end = wire_len(layout, &lens);
        let mut places = borders(layout, &lens, 1);
        places.extend((6..=17).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]));
        places.retain(|at| *at < end);
        places.sort_unstable();
        places.dedup();
        experiments.extend(each_way(subject, &lens, places.iter().map(|at| cut_at(&[*at]))));
        experiments.extend(each_way(subject, &lens, [1460, 4096, 8192, 65_535].map(pieces)));
    }
    experiments
}
