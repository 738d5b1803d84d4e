//! `tests/fuzz.rs` of a project of your own: a second of plans that nobody thought of.

use std::time::Duration;

use sockspec::Layout;
use tokio_util::codec::LengthDelimitedCodec;

#[test]
fn my_codec_holds_whatever_comes() {
    sockspec::framing("my-codec", Layout::u32_be(), LengthDelimitedCodec::new)
        .known_failing("framing/end-after-header", "it takes an end behind a header for a clean one")
        .fuzz(Duration::from_secs(1))
        .assert_conformant();
}
