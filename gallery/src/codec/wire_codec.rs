//! `FrameCodec` around framers with a length.

use sockspec::Layout;
use sockspec::codec::TokioCodec;
use wire_codec::codec::FrameCodec;
use wire_codec::framing::{Endian, LengthPrefixed, LengthWidth, VarintPrefixed};

use crate::Exhibit;

const PACKAGE: &str = "wire-codec";

pub(super) fn exhibits(max: usize) -> Vec<Exhibit> {
    vec![
        Exhibit::new(
            PACKAGE,
            "wire-codec-u32-be",
            "FrameCodec with LengthPrefixed",
            Layout::u32_be().max_frame(max as u64),
            move || {
                let framer = LengthPrefixed::bounded(LengthWidth::U32, Endian::Big);
                TokioCodec(FrameCodec::new(framer.with_max_payload(max as u64)))
            },
        ),
        Exhibit::new(
            PACKAGE,
            "wire-codec-with-header",
            "FrameCodec with a LengthPrefixed whose length counts the header",
            Layout::u16_le().length_includes_header(),
            || {
                let framer = LengthPrefixed::bounded(LengthWidth::U16, Endian::Little);
                TokioCodec(FrameCodec::new(framer.with_length_adjustment(-2)))
            },
        ),
        Exhibit::new(
            PACKAGE,
            "wire-codec-varint",
            "FrameCodec with VarintPrefixed",
            Layout::varint().max_frame(max as u64),
            move || TokioCodec(FrameCodec::new(VarintPrefixed::new().with_max_payload(max))),
        ),
    ]
}
