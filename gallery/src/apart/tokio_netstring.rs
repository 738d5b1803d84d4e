//! Netstrings whose payload is text, as a codec of tokio-util 0.6.

use std::io;

use bytes::{Bytes, BytesMut};
use sockspec::codec::Codec;
use tokio_netstring::NetStringCodec;
use tokio_util_06::codec::{Decoder, Encoder};

use super::Apart;

pub(super) fn exhibit() -> Apart {
    Apart {
        package: "tokio-netstring",
        name: "tokio-netstring",
        what: "NetStringCodec",
        codec: || Box::new(Called(NetStringCodec {})),
        marked: b"3:a,b,:,",
        hostile: &[b":", b",", b",:", b",,:", b"1:\xFF,", b"99999999999999999999999:,"],
    }
}

struct Called(NetStringCodec);

impl Codec for Called {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let text = str::from_utf8(payload).map_err(io::Error::other)?;
        self.0.encode(text.to_owned(), output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Ok(self.0.decode(input)?.map(Bytes::from))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Ok(self.0.decode_eof(input)?.map(Bytes::from))
    }
}
