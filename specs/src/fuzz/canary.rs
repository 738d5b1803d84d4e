//! A bug that is planted where only segmentation finds it, so that a campaign which finds nothing else shows that it would.
//!
//! Why not a fault: a fault is there for a rule to catch, with the plans of that rule. This one is there for the fuzzer:
//! it needs three frames, a long one, and a cut in the header of the third or a later one, and nothing says so.

use std::io;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use sockspec_harness::codec::Codec;
use sockspec_harness::fuzz::mutate::{Focus, mutate};
use sockspec_harness::fuzz::novelty::Explorer;
use sockspec_harness::layout::Layout;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::plan::Plan;
use sockspec_harness::run::Row;
use sockspec_harness::subject::Subject;

use super::frames::Codecs;
use crate::systems::reference::factory;

/// The length of the header in bytes.
const HEADER: usize = 4;

/// From which frame on, counted from 0, the bug is there.
const FIRST: u32 = 2;

/// From which length of a frame on, in bytes, with its header left out.
const LENGTH: usize = 128;

/// A decoder that, where a header came in two pieces, believes to have seen one byte more of the payload than it has.
struct Planted {
    sound: Box<dyn Codec>,
    given: u32,
    is_header_cut: bool,
}

impl Planted {
    /// What is given for a frame.
    fn spoilt(&mut self, frame: Bytes) -> Bytes {
        let is_hit = self.is_header_cut && self.given >= FIRST && frame.len() >= LENGTH;
        self.given += 1;
        self.is_header_cut = false;
        if is_hit { frame.slice(1..) } else { frame }
    }
}

impl Codec for Planted {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.sound.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let is_cut = (1..HEADER).contains(&input.len());
        self.is_header_cut |= is_cut;
        let frame = self.sound.decode(input)?;
        Ok(frame.map(|frame| self.spoilt(frame)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.sound.decode_end(input)
    }
}

pub(super) fn canary(bytes: &[u8]) -> Option<Box<Row>> {
    codecs().examine(bytes)
}

/// How many executions it takes until the canary falls, from nothing and without coverage; `None` if `most` are not enough.
pub fn executions_until_canary_falls(seed: u64, most: u32) -> Option<u32> {
    let mut explorer = Explorer::new(seed, Vec::new());
    (1..=most).find(|_| {
        let plan = explorer.propose(|plan, draw| {
            let focus = focus(plan);
            mutate(plan, &focus, draw);
        });
        let (trace, has_fallen) = codecs().probe(&plan);
        explorer.learn(&plan, &trace);
        has_fallen
    })
}

pub(super) fn focus(plan: &Plan) -> Focus<'static> {
    codecs().focus(plan)
}

/// The one codec that has the bug.
pub(super) fn codecs() -> &'static Codecs {
    static CODECS: OnceLock<Codecs> = OnceLock::new();
    CODECS.get_or_init(|| {
        let layout = Layout::u32_be().max_frame(1 << 16);
        let sound = factory(&layout);
        let make = move || -> Box<dyn Codec> {
            Box::new(Planted { sound: sound(), given: 0, is_header_cut: false })
        };
        let system = DirectCodec::new(Subject::framing("canary", layout), Arc::new(make));
        Codecs::new(vec![system], "framing/every-split")
    })
}
