//! Byte strings of postcard: a varint before the bytes, parsed from a slice.

use std::io;

use bytes::Bytes;
use postcard::Error;
use sockspec::Layout;

use crate::Exhibit;
use crate::shape::{Lack, Sliced};

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "to_allocvec and take_from_bytes of &[u8]";
    let layout = Layout::varint().max_frame(u64::MAX);
    vec![Exhibit::new("postcard", "postcard-bytes", what, layout, || Sliced {
        parse: |bytes: &[u8]| match postcard::take_from_bytes::<&[u8]>(bytes) {
            Ok((payload, rest)) => Ok((Bytes::copy_from_slice(payload), bytes.len() - rest.len())),
            Err(Error::DeserializeUnexpectedEnd) => Err(Lack::Bytes),
            Err(_) => Err(Lack::Sense),
        },
        write: |payload: &[u8], output: &mut Vec<u8>| {
            output.extend(postcard::to_allocvec(payload).map_err(io::Error::other)?);
            Ok(())
        },
    })]
}
