//! `LengthDelimitedCodec` in every width and order, and with the parameters of its builder.

use sockspec::Layout;
use sockspec::codec::{Decodes, TokioCodec};
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::codec::length_delimited::Builder;

use crate::Exhibit;

const PACKAGE: &str = "tokio-util";

/// `max` is the largest value of the length field, but for the codec as it comes.
pub(super) fn exhibits(max: usize) -> Vec<Exhibit> {
    let small = |layout: Layout| layout.max_frame(max as u64);
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
        plain("tokio-util-u24-be", "a length of three bytes", small(Layout::u24_be()), move |builder| {
            builder.length_field_length(3).max_frame_length(max)
        }),
        plain(
            "tokio-util-u24-le",
            "a little-endian length of three bytes",
            small(u24_le()),
            move |builder| builder.length_field_length(3).little_endian().max_frame_length(max),
        ),
        plain("tokio-util-u32-be", "as it comes", Layout::u32_be(), |builder| builder),
        plain(
            "tokio-util-u32-le",
            "a little-endian length of four bytes",
            small(Layout::u32_le()),
            move |builder| builder.little_endian().max_frame_length(max),
        ),
        plain("tokio-util-u64-be", "a length of eight bytes", small(Layout::u64_be()), move |builder| {
            builder.length_field_length(8).max_frame_length(max)
        }),
        plain(
            "tokio-util-u64-le",
            "a little-endian length of eight bytes",
            small(Layout::u64_le()),
            move |builder| builder.length_field_length(8).little_endian().max_frame_length(max),
        ),
        plain(
            "tokio-util-with-header",
            "a length that counts the header, by length_adjustment(-4)",
            Layout::u32_be().length_includes_header().max_field(max as u64),
            move |builder| builder.length_adjustment(-4).max_frame_length(max),
        ),
        keeps_header(max),
        offset(),
    ]
}

fn plain(
    name: &'static str,
    what: &'static str,
    layout: Layout,
    configure: impl Fn(&mut Builder) -> &mut Builder + Send + Sync + 'static,
) -> Exhibit {
    Exhibit::new(PACKAGE, name, what, layout, move || {
        TokioCodec(configure(&mut LengthDelimitedCodec::builder()).new_codec())
    })
}

/// An encoder of the same builder would take the header's four bytes off the length, so the decoder hangs here without it.
fn keeps_header(max: usize) -> Exhibit {
    let layout = Layout::u32_be().max_frame(max as u64).keeps_header();
    let what = "frames with their header, by length_adjustment(4) and num_skip(0); the decoder alone";
    Exhibit::new(PACKAGE, "tokio-util-keeps-header", what, layout, move || {
        let mut builder = LengthDelimitedCodec::builder();
        Decodes(builder.length_adjustment(4).num_skip(0).max_frame_length(max).new_codec())
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

fn u24_le() -> Layout {
    Layout::of(sockspec::harness::layout::LengthField::LittleEndian { width: 3 })
}
