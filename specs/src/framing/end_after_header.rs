//! A stream that ends right behind a whole header has lost a frame.

use sockspec_harness::oracle::framing::exact_to_the_header;
use sockspec_harness::plan::{Cuts, Draw, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, PEER, cut_at, feed, feed_losing, finish, fitting, frames, header_len, layout, pieces, sizes,
    wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/end-after-header",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "a stream that ends right behind a whole header, whose payload never came, is an error",
    clause: "A10; RFC 7766 §8",
    needs: Needs::DECODER,
    kills: &["end-after-header-clean"],
    experiments,
    judge: exact_to_the_header,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let trailer = layout.trailer().len() as u64;
    let mut experiments: Vec<Experiment> = Vec::new();
    let mut lens: Vec<u64> = sizes(layout, 70_000).into_iter().filter(|len| len + trailer > 0).collect();
    lens.retain(|len| *len < 20 || len.is_power_of_two());
    for len in lens {
        let lost = len + trailer;
        let header = header_len(layout, len);
        for before in [&[][..], &[5], &[0], &[1, 2, 3]] {
            let before = fitting(layout, before);
            let start = wire_len(layout, &before);
            let with = |script| frames(frames(script, CLIENT, &before), CLIENT, &[len]);
            for cuts in [Cuts::None, pieces(1), cut_at(&[start]), cut_at(&[start + header - 1])] {
                experiments.push(finish(feed_losing(with(Script::new()), PEER, cuts, lost), PEER).into());
            }
            let script = feed(frames(Script::new(), CLIENT, &before), PEER, Cuts::None);
            let script = feed_losing(frames(script, CLIENT, &[len]), PEER, Cuts::None, lost);
            experiments.push(finish(script, PEER).into());
        }
    }
    experiments
}
