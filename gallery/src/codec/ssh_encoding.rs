//! The strings of SSH (RFC 4251 §5), parsed from a slice.

use std::io;

use bytes::Bytes;
use sockspec::Layout;
use ssh_encoding::{Decode, Encode, Error};

use crate::Exhibit;
use crate::shape::{Lack, Sliced};

/// The largest string, a limit inside the package: 2^20 - 1 bytes.
const MAX: u64 = 0xF_FFFF;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "Encode for [u8] and Decode for Vec<u8>";
    let layout = Layout::u32_be().max_frame(MAX);
    vec![Exhibit::new("ssh-encoding", "ssh-encoding-string", what, layout, || Sliced {
        parse: |bytes: &[u8]| {
            let mut rest = bytes;
            match Vec::<u8>::decode(&mut rest) {
                Ok(payload) => Ok((Bytes::from(payload), bytes.len() - rest.len())),
                Err(Error::Length) => Err(Lack::Bytes),
                Err(_) => Err(Lack::Sense),
            }
        },
        write: |payload: &[u8], output: &mut Vec<u8>| payload.encode(output).map_err(io::Error::other),
    })]
}
