//! Byte vectors of borsh: a little-endian length of four bytes before the bytes, read by a blocking reader.

use std::io;

use borsh::BorshDeserialize;
use bytes::Bytes;
use sockspec::Layout;

use crate::Exhibit;
use crate::shape::{Blocking, Supply};

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "to_writer of a [u8] and deserialize_reader of a Vec<u8>";
    // It has no largest frame but what its lengths can say.
    let layout = Layout::u32_le().max_frame(u32::MAX.into());
    vec![Exhibit::new("borsh", "borsh-bytes", what, layout, || Blocking {
        read: |supply: &mut Supply<'_>| Ok(Some(Bytes::from(Vec::<u8>::deserialize_reader(supply)?))),
        write: |payload: &[u8], output: &mut Vec<u8>| -> io::Result<()> { borsh::to_writer(output, payload) },
    })]
}
