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

/// Every codec whose wire a layout describes, in the order of the table.
pub fn exhibits() -> Vec<Exhibit> {
    let packages = [
        tokio_util::exhibits(),
        actix_codec::exhibits(),
        asynchronous_codec::exhibits(),
        futures_codec::exhibits(),
        unsigned_varint::exhibits(),
        wire_codec::exhibits(),
        prost::exhibits(),
        quick_protobuf::exhibits(),
        message_io::exhibits(),
        thrift::exhibits(),
        minicbor_io::exhibits(),
        tls_codec::exhibits(),
        ssh_encoding::exhibits(),
        postcard::exhibits(),
        borsh::exhibits(),
    ];
    packages.into_iter().flatten().collect()
}
