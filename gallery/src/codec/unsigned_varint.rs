//! `UviBytes`: bytes behind a varint.

use bytes::Bytes;
use sockspec::Layout;
use sockspec::codec::TokioCodec;
use unsigned_varint::codec::UviBytes;

use crate::Exhibit;

/// The largest frame: the package's own limit of 128 MiB would only make the run long.
const MAX: usize = 1 << 10;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let layout = Layout::varint().max_frame(MAX as u64);
    vec![Exhibit::new("unsigned-varint", "unsigned-varint-bytes", "UviBytes", layout, || {
        let mut codec = UviBytes::<Bytes>::default();
        codec.set_max_len(MAX);
        TokioCodec(codec)
    })]
}
