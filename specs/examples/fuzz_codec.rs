//! Fuzzes a codec from a plain test or program, without a fuzzing engine: `cargo run --example fuzz_codec`.
//!
//! tokio-util's own codec stands for yours here. It has one departure, which is listed with its reason.
//! In a test of your own, `fuzz(Duration::from_secs(10))` looks for as long as you like, and `corpus("target/corpus")` goes on where it ended.

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::process::ExitCode;

use sockspec::Layout;
use tokio_util::codec::LengthDelimitedCodec;

fn main() -> ExitCode {
    let layout = Layout::u16_be().max_frame(4096);
    let report = sockspec::framing("my-codec", layout, my_codec)
        .known_failing("framing/end-after-header", "an end right behind a header is taken for a clean one")
        .fuzz_cases(500);
    println!("{report}");
    if report.is_conformant() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn my_codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().length_field_type::<u16>().max_frame_length(4096).new_codec()
}
