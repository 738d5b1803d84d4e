//! Codecs that keep the rules, each in a way of its own.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use sockspec_harness::link::CodecFactory;

use crate::format::Format;

mod early;
mod in_buffer;
mod in_input;
mod in_store;

/// Makes codecs of a format.
type Build = fn(Format) -> CodecFactory;

macro_rules! builds {
    ($($name:ident: $make:path;)*) => {
        &[$((stringify!($name), |format| {
            Arc::new(move || Box::new($make(format.clone())))
        }),)*]
    };
}

/// Every build.
///
/// The place of a build decides its format in a quick run, and whether it goes over TCP in it.
/// One that swaps buffers leaves one without room, into which a socket is read eight bytes at a time: it does not stand where frames of a mebibyte go over TCP.
pub(crate) const BUILDS: &[(&str, Build)] = builds! {
    patient: in_input::Patient::new;
    header_first: in_input::HeaderFirst::new;
    own_store: in_store::OwnStore::new;
    up_front: in_buffer::UpFront::new;
    ends_after_error: in_input::EndsAfterError::new;
    byte_by_byte: in_store::ByteByByte::new;
    ahead: in_store::Ahead::new;
    goes_on: in_input::GoesOn::new;
    swaps: in_buffer::Replaces::swapping;
    rope: in_store::Rope::new;
    splits_off: in_buffer::SplitsOff::new;
    replaces: in_buffer::Replaces::new;
    lavish: in_buffer::Lavish::new;
    early: early::Early::new;
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
