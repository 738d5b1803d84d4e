//! tokio-util's `LengthDelimitedCodec` as it is made by default: the codec of this kind that is used most.

use std::sync::Arc;

use sockspec_harness::layout::Layout;
use sockspec_harness::link::CodecFactory;
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;
use tokio_util::codec::LengthDelimitedCodec;

use crate::codec::TokioCodec;
use crate::door::codec_systems;

/// The codec called directly, and inside `Framed` over TCP.
pub(super) fn systems() -> Vec<Arc<dyn System>> {
    let factory: CodecFactory = Arc::new(|| Box::new(TokioCodec(LengthDelimitedCodec::new())));
    codec_systems(Subject::framing("length-delimited", Layout::u32_be()), &factory)
}
