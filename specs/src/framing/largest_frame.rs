//! A frame of exactly the maximum is accepted.

use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Draw, Operation, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::{Capability, Subject};
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, MIB, PEER, cut_at, encoded, feed, finish, header_len, is_direct, layout, stream, wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/largest-frame",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a frame of exactly the configured maximum is accepted",
    clause: "A10",
    needs: Needs::DECODER,
    kills: &["limit-one-less", "length-16-bits", "limit-counts-header"],
    experiments,
    judge: exact,
};

/// The largest frame that is tried over and over, and the largest that is sent at all, in bytes.
const CHEAP: u64 = MIB;
const SENT: u64 = 16 * MIB;

/// A codec may reserve what a header announces if that is allowed; no header announces more than this.
const RESERVED: u64 = 64 * MIB;

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let most = layout.largest();
    let header = header_len(layout, most);
    // The header alone: the decoder waits for the payload, as it should.
    let value = layout.value_of(most).unwrap_or(most);
    let announced = feed(Script::new().step(CLIENT, Operation::Header(value)), PEER, Cuts::None).plan();
    let mut experiments: Vec<Experiment> = Vec::new();
    if most <= RESERVED && most > 0 {
        experiments.push(announced.into());
    }
    if most > SENT {
        return experiments;
    }
    let end = wire_len(layout, &[most]);
    experiments.push(stream(&[most], Cuts::None).into());
    if !is_direct(subject) && most > CHEAP {
        return experiments;
    }
    experiments.push(stream(&[most, 3.min(most)], cut_at(&[header, end - 1])).into());
    if subject.can(Capability::Encodes) {
        let lens = [most, 0, most];
        let script = feed(encoded(Script::new(), CLIENT, &lens), PEER, Cuts::None);
        experiments.push(finish(script, PEER).into());
    }
    if most > CHEAP {
        return experiments;
    }
    for lens in [[most, most], [most, 0], [0, most], [most - most.min(1), most], [most.min(5), most]] {
        let first = wire_len(layout, &lens[..1]);
        let ways = [&[][..], &[first], &[first - 1], &[first + 1], &[header], &[1], &[first + header]];
        experiments.extend(ways.iter().map(|places| stream(&lens, cut_at(places)).into()));
    }
    let piece = if is_direct(subject) { 1000 } else { 16_000 };
    experiments.push(stream(&[most, most], super::plans::pieces(piece)).into());
    experiments
}
