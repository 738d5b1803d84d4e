//! `tests/conformance.rs` of a project of your own: does my codec hold what length-prefix framing owes?

use sockspec::Layout;
use tokio_util::codec::LengthDelimitedCodec;

sockspec::conformance! {
    // Put yours in the place of this one: anything that is `Decoder + Encoder`.
    framing my_codec: Layout::u32_be().max_frame(1 << 20) => || {
        LengthDelimitedCodec::builder().max_frame_length(1 << 20).new_codec()
    }, |check| check.known_failing("framing/end-after-header", "it takes an end behind a header for a clean one");
}
