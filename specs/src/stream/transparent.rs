//! A stream carries any byte as it is.

use sockspec_harness::oracle::stream::exact;
use sockspec_harness::plan::{Cut, Cuts, Draw, End, Operation, Payload, Script, Transfer};
use sockspec_harness::spec::{Experiment, Needs, Spec};
use sockspec_harness::subject::Subject;
use sockspec_harness::verdict::Level;

use super::plans::{in_turns, joined};

pub(super) static SPEC: Spec = Spec {
    id: "stream/transparent",
    level: Level::Must,
    level_elsewhere: Level::Must,
    rule: "no byte and no sequence of bytes means anything to a stream: line ends, escapes, zeros and runs come as they were sent",
    clause: "A5 (like a file's bytes); RFC 9293 §2.2",
    needs: Needs::STREAM,
    kills: &["flip-bit", "drop-byte", "swap-bytes"],
    experiments,
    judge: |_, plans, traces| exact(plans, traces),
};

fn experiments(subject: &Subject, draw: &mut Draw) -> Vec<Experiment> {
    let noise: Vec<u8> = (0..3000).map(|_| draw.between(0, 255) as u8).collect();
    in_turns(subject, |script, from| {
        let every_value: Vec<u8> = (0..=255).collect();
        let twice: Vec<u8> = (0..=255).flat_map(|value| [value, value]).collect();
        let falling: Vec<u8> = (0..=255).rev().collect();
        let script =
            [every_value, twice, falling, noise.clone()].into_iter().fold(script, |script, bytes| {
                sent(sent(script, from, bytes.clone(), Cuts::None), from, bytes, joined(500))
            });
        let runs = [0x00, 0x0A, 0x0D, 0x1A, 0x7F, 0x80, 0xFF].map(|value| vec![value; 4097]);
        let script = runs.into_iter().fold(script, |script, run| sent(script, from, run, Cuts::None));
        TELLING.iter().fold(script, |script, bytes| {
            // Whole, and cut in the middle: what a layer below might look for may lie across two writes.
            let middle = Cut { at: bytes.len() as u32 / 2, joined: false };
            let script = sent(script, from, bytes.to_vec(), Cuts::None);
            sent(
                script,
                from,
                bytes.to_vec(),
                if middle.at > 0 { Cuts::At(vec![middle]) } else { Cuts::None },
            )
        })
    })
}

/// What layers above and below streams give a meaning to.
const TELLING: [&[u8]; 16] = [
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\n\r\n\n\r",
    b"\0",
    b"\x04",
    b"\x1A",
    b"\x1B[2J",
    b"\x11\x13",
    b"\xFF\xFB\x01\xFF\xFF",
    b"\xEF\xBB\xBF\xFE\xFF",
    b"\xC0\x80\xED\xA0\x80",
    b"\r\n.\r\n",
    b"0\r\n\r\n",
    b"\x16\x03\x01\x00\x05\x15\x03\x03\x00\x02\x01\x00",
    b"\x00\x00\x00\x00\xFF\xFF\xFF\xFF",
];

fn sent(script: Script, from: End, bytes: Vec<u8>, cuts: Cuts) -> Script {
    let transfer = Transfer { cuts, ..Transfer::whole(Payload::Literal(bytes)) };
    script.step(from, Operation::Transfer(transfer))
}
