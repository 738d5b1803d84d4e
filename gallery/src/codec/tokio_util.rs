//! `LengthDelimitedCodec` in every width and order, and with the parameters of its builder.

use sockspec::Layout;
use sockspec::codec::{Decodes, TokioCodec};
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::codec::length_delimited::Builder;

use crate::Exhibit;

const PACKAGE: &str = "tokio-util";

/// The largest length field where the default of 8 MiB would only make the run long.
const MAX: usize = 1 << 10;

pub(super) fn exhibits() -> Vec<Exhibit> {
    vec![
        plain("tokio-util-u8", "a length of one byte", Layout::u8(), |builder| {
            builder.length_field_length(1)
        }),
        plain("tokio-util-u16-be", "a length of two bytes", Layout::u16_be(), |builder| {
            builder.length_field_length(2)
        }),
        plain("tokio-util-u16-le", "a little-endian length of two bytes", Layout::u16_le(), |builder| {
            builder.length_field_length(2).little_endian()
        }),
        plain("tokio-util-u24-be", "a length of three bytes", small(Layout::u24_be()), |builder| {
            builder.length_field_length(3).max_frame_length(MAX)
        }),
        plain("tokio-util-u24-le", "a little-endian length of three bytes", small(u24_le()), |builder| {
            builder.length_field_length(3).little_endian().max_frame_length(MAX)
        }),
        plain("tokio-util-u32-be", "as it comes", Layout::u32_be(), |builder| builder),
        plain(
            "tokio-util-u32-le",
            "a little-endian length of four bytes",
            small(Layout::u32_le()),
            |builder| builder.little_endian().max_frame_length(MAX),
        ),
        plain("tokio-util-u64-be", "a length of eight bytes", small(Layout::u64_be()), |builder| {
            builder.length_field_length(8).max_frame_length(MAX)
        }),
        plain(
            "tokio-util-u64-le",
            "a little-endian length of eight bytes",
            small(Layout::u64_le()),
            |builder| builder.length_field_length(8).little_endian().max_frame_length(MAX),
        ),
        plain(
            "tokio-util-with-header",
            "a length that counts the header, by length_adjustment(-4)",
            Layout::u32_be().length_includes_header().max_field(MAX as u64),
            |builder| builder.length_adjustment(-4).max_frame_length(MAX),
        ),
        keeps_header(),
        offset(),
    ]
}

fn plain(
    name: &'static str,
    what: &'static str,
    layout: Layout,
    configure: fn(&mut Builder) -> &mut Builder,
) -> Exhibit {
    Exhibit::new(PACKAGE, name, what, layout, move || {
        TokioCodec(configure(&mut LengthDelimitedCodec::builder()).new_codec())
    })
}

/// An encoder of the same builder would take the header's four bytes off the length, so the decoder hangs here without it.
fn keeps_header() -> Exhibit {
    let layout = small(Layout::u32_be()).keeps_header();
    let what = "frames with their header, by length_adjustment(4) and num_skip(0); the decoder alone";
    Exhibit::new(PACKAGE, "tokio-util-keeps-header", what, layout, || {
        let mut builder = LengthDelimitedCodec::builder();
        Decodes(builder.length_adjustment(4).num_skip(0).max_frame_length(MAX).new_codec())
    })
    .decoder_alone()
}

/// The encoder of the same builder writes the length field alone, so the decoder hangs here without it.
fn offset() -> Exhibit {
    let layout = Layout::u16_be().offset(2);
    let what = "two bytes before the length, by length_field_offset(2); the decoder alone";
    Exhibit::new(PACKAGE, "tokio-util-offset", what, layout, || {
        Decodes(LengthDelimitedCodec::builder().length_field_offset(2).length_field_length(2).new_codec())
    })
    .decoder_alone()
}

fn small(layout: Layout) -> Layout {
    layout.max_frame(MAX as u64)
}

fn u24_le() -> Layout {
    Layout::of(sockspec::harness::layout::LengthField::LittleEndian { width: 3 })
}
