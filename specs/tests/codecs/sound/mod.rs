//! Codecs that keep the rules, each in a way of its own.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use sockspec_harness::link::CodecFactory;

use crate::format::Format;

mod in_input;
mod in_store;

/// Makes codecs of a format.
type Build = fn(Format) -> CodecFactory;

macro_rules! builds {
    ($($name:ident: $room:ident::$build:ident;)*) => {
        &[$((stringify!($name), |format| {
            Arc::new(move || Box::new($room::$build::new(format.clone())))
        }),)*]
    };
}

/// Every build.
pub(crate) const BUILDS: &[(&str, Build)] = builds! {
    patient: in_input::Patient;
    header_first: in_input::HeaderFirst;
    own_store: in_store::OwnStore;
    byte_by_byte: in_store::ByteByByte;
    ahead: in_store::Ahead;
    goes_on: in_input::GoesOn;
    ends_after_error: in_input::EndsAfterError;
    rope: in_store::Rope;
};

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame that cannot be")
}

fn cut_off() -> io::Error {
    io::Error::other("the stream ends inside a frame")
}

/// All of them write alike: what matters for an encoder is what comes out.
fn encode(format: &Format, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
    if payload.len() as u64 > format.largest {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    format.put(payload, output);
    Ok(())
}
