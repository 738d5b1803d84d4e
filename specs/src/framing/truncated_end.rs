//! A stream that ends inside a frame is an error.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, borders, cut_at, feed, feed_losing, finish, fitting, frames, header_len, is_direct, layout,
    pieces, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/truncated-end",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a stream that ends inside a header or a payload is an error, never a short frame and never a clean end",
    clause: "A10; RFC 7766 §8",
    needs: Needs::DECODER,
    kills: &[
        "end-in-header-clean",
        "end-one-short-clean",
        "truncated-end-clean",
        "truncated-end-short-frame",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let is_direct = is_direct(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    // Short streams: at every place, with a fresh codec each.
    let shapes: &[&[u64]] = if is_direct {
        &[&[0], &[1], &[2], &[3, 2], &[0, 9], &[5, 0], &[5, 0, 40], &[130], &[4, 300]]
    } else {
        &[&[0], &[3, 2], &[0, 9], &[5, 0]]
    };
    for lens in shapes {
        let lens = fitting(layout, lens);
        for at in places(layout, &lens, u64::MAX) {
            experiments.push(truncated(layout, &lens, at, Cuts::None).into());
            if is_direct {
                experiments.push(truncated(layout, &lens, at, pieces(1)).into());
                experiments.push(truncated(layout, &lens, at, cut_at(&[at - 1])).into());
            }
        }
    }
    // Long ones: around their borders, and around the sizes of buffers.
    for lens in [&[7, 300][..], &[3, 70_000], &[70_000, 300, 5000]] {
        let lens = fitting(layout, lens);
        for at in places(layout, &lens, if is_direct { 3 } else { 1 }) {
            experiments.push(truncated(layout, &lens, at, Cuts::None).into());
        }
    }
    // The whole frames are taken first, and then a part of the last is all that comes.
    for len in fitting(layout, &[0, 1, 9, 300]) {
        let header = header_len(layout, len);
        let end = wire_len(layout, &[len]);
        for at in [1, header - 1, header + 1, header + len / 2, end - 1] {
            if at > 0 && at != header && at < end {
                let script =
                    feed(frames(Script::new(), CLIENT, &[3.min(layout.largest())]), PEER, Cuts::None);
                let script = feed_losing(frames(script, CLIENT, &[len]), PEER, Cuts::None, end - at);
                experiments.push(finish(script, PEER).into());
            }
        }
    }
    experiments
}

/// The frames up to `at` bytes; the rest is lost.
fn truncated(layout: &Layout, lens: &[u64], at: u64, cuts: Cuts) -> Plan {
    let lost = wire_len(layout, lens) - at;
    finish(feed_losing(frames(Script::new(), CLIENT, lens), PEER, cuts, lost), PEER)
}

/// Every place inside a frame, but for the one right behind its header, which is a rule of its own;
/// in streams of more than some hundred bytes only those within `around` bytes of a border, and those where buffers end.
fn places(layout: &Layout, lens: &[u64], around: u64) -> Vec<u64> {
    let end = wire_len(layout, lens);
    let mut places: Vec<u64> = if around > end {
        (1..end).collect()
    } else {
        let buffers = (6..=16).flat_map(|power| [(1u64 << power) - 1, 1 << power]);
        buffers.filter(|at| *at < end).chain(borders(layout, lens, around)).collect()
    };
    for index in 0..lens.len() {
        let start = wire_len(layout, &lens[..index]);
        let behind_header = start + header_len(layout, lens[index]);
        places.retain(|at| *at != start && *at != behind_header);
    }
    places.sort_unstable();
    places.dedup();
    places
}
