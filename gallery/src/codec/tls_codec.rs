//! The vectors of TLS, with lengths of one to four bytes, read by a blocking reader.

use std::io;

use bytes::Bytes;
use sockspec::Layout;
use tls_codec::{Deserialize, Error, Serialize, TlsByteVecU8, TlsByteVecU16, TlsByteVecU24, TlsByteVecU32};

use crate::Exhibit;
use crate::shape::{Blocking, Supply};

const PACKAGE: &str = "tls_codec";

/// They have no largest frame but what their lengths can say.
pub(super) fn exhibits() -> Vec<Exhibit> {
    vec![
        vector::<TlsByteVecU8>("tls-codec-u8", "TlsByteVecU8", Layout::u8()),
        vector::<TlsByteVecU16>("tls-codec-u16", "TlsByteVecU16", Layout::u16_be()),
        vector::<TlsByteVecU24>("tls-codec-u24", "TlsByteVecU24", Layout::u24_be().max_frame((1 << 24) - 1)),
        vector::<TlsByteVecU32>(
            "tls-codec-u32",
            "TlsByteVecU32",
            Layout::u32_be().max_frame(u32::MAX.into()),
        ),
    ]
}

fn vector<V>(name: &'static str, what: &'static str, layout: Layout) -> Exhibit
where
    V: Serialize + Deserialize + From<Vec<u8>> + Into<Vec<u8>> + 'static,
{
    Exhibit::new(PACKAGE, name, what, layout, || Blocking { read: read::<V>, write: write::<V> })
}

fn read<V: Deserialize + Into<Vec<u8>>>(supply: &mut Supply<'_>) -> io::Result<Option<Bytes>> {
    let vector = V::tls_deserialize(supply).map_err(io_error)?;
    Ok(Some(Bytes::from(vector.into())))
}

fn write<V: Serialize + From<Vec<u8>>>(payload: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
    V::from(payload.to_vec()).tls_serialize(output).map_err(io_error)?;
    Ok(())
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::EndOfStream => io::ErrorKind::UnexpectedEof.into(),
        other => io::Error::other(other),
    }
}
