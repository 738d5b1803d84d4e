//! What a codec may do when it has refused a frame.

use sockspec_harness::layout::Layout;
use sockspec_harness::oracle::framing::exact;
use sockspec_harness::plan::{Cuts, Cycle, Draw, Operation, Payload, Script};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{
    CLIENT, MIB, PEER, cut_at, feed, finish, fitting, frames, header_len, lacks_refusable, layout, pieces,
    wire_len,
};

pub(super) static SPEC: Spec = Spec {
    id: "framing/after-refusal",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "after it has refused a frame a decoder ends, repeats its error or goes on behind that frame; it never takes bytes of it for frames",
    clause: "A10",
    needs: Needs { lacks: |subject| lacks_refusable(subject, 9 * MIB), ..Needs::DECODER },
    kills: &["limit-resumes-inside", "limit-skips-short", "limit-cuts-frame"],
    experiments,
    judge: exact,
};

fn experiments(subject: &Subject, _: &mut Draw) -> Vec<Experiment> {
    let layout = layout(subject);
    let most = layout.largest();
    let mut experiments: Vec<Experiment> = Vec::new();
    // What is left of a frame to be passed over may outgrow a counter of 16 bits.
    let longer = if most > MIB { &[1][..] } else { &[1, 2, 100, 70_000] };
    for more in longer {
        let Some(len) = most.checked_add(*more).filter(|len| *len <= layout.announceable()) else { continue };
        let payload = of_frames(layout, len);
        // Payloads of many megabytes take their time: the ways that differ most are enough.
        let is_cheap = most <= MIB;
        for before in if is_cheap { vec![&[][..], &[5]] } else { vec![&[5][..]] } {
            let before = fitting(layout, before);
            let start = wire_len(layout, &before);
            let header = header_len(layout, len);
            let end = start + header + len;
            let behind = fitting(layout, &[6, 7]);
            let lay = || {
                let script = frames(Script::new(), CLIENT, &before);
                frames(script.step(CLIENT, Operation::Frame(payload.clone())), CLIENT, &behind)
            };
            let ways =
                [&[][..], &[start + header], &[start + header - 1], &[start + header + 1, end], &[end]];
            let ways = if is_cheap { &ways[..] } else { &ways[..1] };
            for cuts in ways.iter().map(|places| cut_at(places)).chain([pieces(1 + (len / 40) as u32)]) {
                experiments.push(finish(feed(lay(), PEER, cuts), PEER).into());
            }
            // What comes behind the refused frame comes later.
            let script =
                frames(Script::new(), CLIENT, &before).step(CLIENT, Operation::Frame(payload.clone()));
            let script = feed(frames(feed(script, PEER, Cuts::None), CLIENT, &behind), PEER, pieces(3));
            experiments.push(finish(script, PEER).into());
            if !is_cheap {
                continue;
            }
            // Whoever goes on after one refusal refuses the next as well.
            for cuts in [Cuts::None, pieces(1 + (len / 40) as u32)] {
                let over = Operation::Frame(payload.clone());
                let script = frames(Script::new(), CLIENT, &before).step(CLIENT, over.clone());
                let script = frames(script, CLIENT, &behind[..1]).step(CLIENT, over);
                let script = frames(script, CLIENT, &behind[1..]);
                experiments.push(finish(feed(script, PEER, cuts), PEER).into());
            }
        }
    }
    experiments
}

/// A payload that is made of short frames, so that a decoder which goes on inside it finds what it looks for.
fn of_frames(layout: &Layout, len: u64) -> Payload {
    let inner = vec![0xEE; layout.largest().min(4) as usize];
    let frame = layout.encode(&inner).ok().filter(|frame| !frame.is_empty());
    Payload::Cycle(Cycle::new(frame.unwrap_or_else(|| vec![0xEE]), len))
}

#[cfg(test)]
mod tests {
    use sockspec_harness::layout::Layout;
    use sockspec_harness::plan::Draw;
    use sockspec_harness::subject::Subject;
    use sockspec_harness::token::Token;

    use super::{SPEC, experiments};

    #[test]
    fn every_case_is_a_token_that_can_be_pasted() {
        for layout in [
            Layout::u32_be(),
            Layout::u32_le().max_frame(1 << 20),
            Layout::u32_be().max_frame(128 << 10),
            Layout::u16_be().max_frame(9),
        ] {
            let subject = Subject::framing("my-codec", layout);
            let experiments = experiments(&subject, &mut Draw::new(1, &[]));
            assert!(!experiments.is_empty());
            for experiment in experiments {
                let (layout, plans) = (subject.layout.clone(), experiment.plans);
                let token = Token { spec: SPEC.id.into(), system: subject.id.clone(), layout, plans };
                let text = token.readable().expect("it is read again");
                assert!(text.len() < 500, "{} bytes: {}", text.len(), token.plans[0]);
            }
        }
    }
}
