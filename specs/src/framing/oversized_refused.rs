//! A frame over the maximum is refused by its header alone.

use std::collections::BTreeSet;

use sockspec_harness::layout::{Layout, LengthField};
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Payload, Plan, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, MIB, PEER, cut_at, feed, finish, fitting, frames, is_direct, layout, pieces, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/oversized-refused",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a frame longer than the maximum, or of negative length, is refused once its header is in, before its payload arrives",
    clause: "A10",
    needs: Needs {
        lacks: |subject| {
            let is_full = values(layout(subject)).is_empty();
            is_full.then(|| "every length that its prefix can hold is allowed".to_owned())
        },
        ..Needs::DECODER
    },
    kills: &[
        "limit-none",
        "limit-one-more",
        "limit-late",
        "limit-first-frame-only",
        "limit-takes-frames",
        "length-negative-accepted",
    ],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let mut experiments: Vec<Experiment> = Vec::new();
    for value in values(layout) {
        for before in [&[][..], &[0], &[5], &[1, 0, 300]] {
            let before = fitting(layout, before);
            // At once, byte by byte, and in a piece of its own behind the frames before it.
            experiments.push(announced(&before, value, |script| feed(script, PEER, Cuts::None)).into());
            if before.len() < 2 {
                experiments.push(announced(&before, value, |script| feed(script, PEER, pieces(1))).into());
            }
            if !before.is_empty() {
                let script = feed(frames(Script::new(), CLIENT, &before), PEER, Cuts::None);
                let script = feed(script.step(CLIENT, Operation::Header(value)), PEER, Cuts::None);
                experiments.push(finish(script, PEER).into());
            }
        }
    }
    // The header comes in parts, alone and behind frames that came with its first; and behind many frames, or the largest.
    let largest = layout.largest();
    for value in if is_direct(subject) { few(layout) } else { Vec::new() } {
        let header = layout.header_of_value(value).map_or(0, |header| header.len() as u64);
        for before in [&[][..], &[5], &[1; 40], &[largest.min(MIB / 16)]] {
            let before = fitting(layout, before);
            let start = wire_len(layout, &before);
            for at in 1..header.min(9) {
                let cuts = cut_at(&[start + at]);
                experiments.push(announced(&before, value, |script| feed(script, PEER, cuts)).into());
            }
            experiments.push(announced(&before, value, |script| feed(script, PEER, Cuts::None)).into());
        }
    }
    // Lengths that no 64 bits hold, of which what is left when they are made to fit would be allowed.
    for wire in beyond_64_bits(layout) {
        for cuts in [Cuts::None, pieces(1)] {
            let raw = Operation::Raw(Payload::Literal(wire.clone()));
            experiments.push(finish(feed(Script::new().step(CLIENT, raw), PEER, cuts), PEER).into());
        }
    }
    // The whole frame is there, and still nothing of it comes out.
    let most = layout.largest();
    if most < layout.announceable().min(MIB) {
        for before in [&[][..], &[3]] {
            let before = fitting(layout, before);
            for cuts in [Cuts::None, pieces(1000)] {
                let mut script = frames(Script::new(), CLIENT, &before);
                let payload = script.payload(CLIENT, most + 1);
                let script = feed(script.step(CLIENT, Operation::Frame(payload)), PEER, cuts);
                experiments.push(finish(script, PEER).into());
            }
        }
    }
    experiments
}

/// Frames of five bytes whose length field says more than 64 bits hold, and five if what is above them is left out.
fn beyond_64_bits(layout: &Layout) -> Vec<Vec<u8>> {
    let fields: Vec<Vec<u8>> = match layout.field() {
        // 5 + 2^70, 5 + 2^112.
        LengthField::Varint => [9, 15].map(|more| [&[0x85][..], &vec![0x80; more], &[1]].concat()).into(),
        // 5 + 2^64, 5 + 2^65.
        LengthField::Decimal => {
            [&b"18446744073709551621:"[..], b"36893488147419103237:"].map(Vec::from).into()
        }
        _ => Vec::new(),
    };
    let five = b"12345";
    let is_field_alone = layout.header(0).is_some_and(|header| header.len() <= 2);
    let fields = fields.into_iter().filter(|_| is_field_alone && layout.largest() >= five.len() as u64);
    fields.map(|field| [&field[..], five, layout.trailer()].concat()).collect()
}

/// Of the values that have to be refused the first above the maximum, the last, and one between.
fn few(layout: &Layout) -> Vec<u64> {
    let largest = layout.value_of(layout.largest()).unwrap_or(u64::MAX);
    let over: Vec<u64> = values(layout).into_iter().filter(|value| *value > largest).collect();
    let mut few: Vec<u64> = [0, over.len() / 2, over.len().saturating_sub(1)]
        .into_iter()
        .filter_map(|index| over.get(index).copied())
        .collect();
    few.dedup();
    few
}

/// Frames, and behind them a header that has to be refused.
fn announced(before: &[u64], value: u64, feed: impl FnOnce(Script) -> Script) -> Plan {
    let script = frames(Script::new(), CLIENT, before).step(CLIENT, Operation::Header(value));
    finish(feed(script), PEER)
}

/// The values of the length field that have to be refused: next to the maximum, at the borders of signed and unsigned integers of every width,
/// with nothing but zeros in the lower half, and less than the header where the length counts it.
fn values(layout: &Layout) -> BTreeSet<u64> {
    let most = layout.field().most();
    let largest = layout.value_of(layout.largest()).unwrap_or(most);
    let near = [1, 2, 3, 4, 5, 8, 9, 255, 256].map(|more| largest.saturating_add(more));
    let doubled = [largest.saturating_mul(2), largest.saturating_mul(2).saturating_add(1)];
    let borders = (3..64).flat_map(|power| {
        let border = 1u64 << power;
        [border - 1, border, border + 1, border + 5]
    });
    let last = [most, most - 1, most - 4, most - most.min(8), most - most / 2, most / 2, most / 2 + 1];
    let below_zero = 0..layout.value_of(0).unwrap_or(0);
    let over = near.into_iter().chain(doubled).chain(borders).chain(last);
    let over = over.filter(|value| *value > largest && *value <= most);
    below_zero.take(70).chain(over).collect()
}
