//! The length delimiter of protobuf messages; the bytes behind it are gathered by the caller, as its documentation has it.

use bytes::Bytes;
use sockspec::Layout;

use crate::Exhibit;
use crate::shape::{Lack, Sliced};

/// A delimiter of this many bytes that does not parse never will, by the documentation of `decode_length_delimiter`.
const LONGEST_DELIMITER: usize = 10;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "encode_length_delimiter and decode_length_delimiter";
    let layout = Layout::varint().max_frame(u64::MAX);
    vec![Exhibit::new("prost", "prost-length-delimiter", what, layout, || Sliced {
        parse: |bytes: &[u8]| {
            let mut rest = bytes;
            let len = prost::decode_length_delimiter(&mut rest)
                .map_err(|_| if bytes.len() < LONGEST_DELIMITER { Lack::Bytes } else { Lack::Sense })?;
            let payload = rest.get(..len).ok_or(Lack::Bytes)?;
            Ok((Bytes::copy_from_slice(payload), bytes.len() - rest.len() + len))
        },
        write: |payload: &[u8], output: &mut Vec<u8>| {
            prost::encode_length_delimiter(payload.len(), output)?;
            output.extend_from_slice(payload);
            Ok(())
        },
    })]
}
