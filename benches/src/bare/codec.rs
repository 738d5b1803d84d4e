//! A codec fed by hand.

use std::hint::black_box;
use std::io;

use bytes::BytesMut;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use sockspec_harness::plan::slice;

/// Frames of these lengths behind headers of four bytes, as [`ours::every_way`](crate::ours::every_way) lays them.
pub fn wire(lens: &[u64]) -> Vec<u8> {
    let frame = |len: &u64| [&(*len as u32).to_be_bytes()[..], slice(1, 0, *len as usize)].concat();
    lens.iter().flat_map(frame).collect()
}

/// Decodes `wire` in every way in which it can be cut, with tokio-util's decoder called by hand; returns how many frames came out in all.
///
/// # Errors
/// What the decoder returned.
pub fn every_way(wire: &[u8]) -> io::Result<u64> {
    let mut frames = 0;
    let mut input = BytesMut::new();
    for mask in 0..1_u64 << (wire.len() - 1) {
        let mut codec = LengthDelimitedCodec::new();
        input.clear();
        let mut fed = 0;
        while fed < wire.len() {
            let behind = mask >> fed;
            let next = if behind == 0 { wire.len() } else { fed + behind.trailing_zeros() as usize + 1 }
                .min(wire.len());
            input.extend_from_slice(&wire[fed..next]);
            fed = next;
            while let Some(frame) = codec.decode(&mut input)? {
                frames += u64::from(!black_box(frame).is_empty());
            }
        }
        frames += u64::from(codec.decode_eof(&mut input)?.is_some());
    }
    Ok(frames)
}
