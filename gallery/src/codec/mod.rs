//! Published codecs, one file each, wrapped as users wrap them.

mod actix_codec;
mod asynchronous_codec;
mod borsh;
mod futures_codec;
mod message_io;
mod minicbor_io;
mod postcard;
mod prost;
mod quick_protobuf;
mod ssh_encoding;
mod thrift;
mod tls_codec;
mod tokio_util;
mod unsigned_varint;
mod wire_codec;

use crate::Exhibit;

/// The largest payload of codecs that can be told one, in bytes: their defaults of megabytes would only make the run long.
const MAX: usize = 1 << 10;

/// Every codec whose wire a layout describes, in the order of the table.
pub fn exhibits() -> Vec<Exhibit> {
    exhibits_up_to(MAX)
}

/// The same, where the largest payload of codecs that can be told one is so long in bytes; what a length cannot say is still not taken.
///
/// # Panics
/// If it is more than three bytes of length can say.
pub fn exhibits_up_to(max: usize) -> Vec<Exhibit> {
    let packages = [
        tokio_util::exhibits(max),
        actix_codec::exhibits(),
        asynchronous_codec::exhibits(),
        futures_codec::exhibits(),
        unsigned_varint::exhibits(max),
        wire_codec::exhibits(max),
        prost::exhibits(),
        quick_protobuf::exhibits(max),
        message_io::exhibits(),
        thrift::exhibits(),
        minicbor_io::exhibits(max as u32),
        tls_codec::exhibits(),
        ssh_encoding::exhibits(),
        postcard::exhibits(),
        borsh::exhibits(),
    ];
    packages.into_iter().flatten().collect()
}
