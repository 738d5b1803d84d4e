//! `UviBytes`: bytes behind a varint.

use bytes::Bytes;
use sockspec::Layout;
use sockspec::codec::TokioCodec;
use unsigned_varint::codec::UviBytes;

use crate::Exhibit;

pub(super) fn exhibits(max: usize) -> Vec<Exhibit> {
    let layout = Layout::varint().max_frame(max as u64);
    vec![Exhibit::new("unsigned-varint", "unsigned-varint-bytes", "UviBytes", layout, move || {
        let mut codec = UviBytes::<Bytes>::default();
        codec.set_max_len(max);
        TokioCodec(codec)
    })]
}
