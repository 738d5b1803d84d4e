//! Codecs of messages that are no bytes, but map to bytes and back.

use std::io;
use std::marker::PhantomData;

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::Codec;
use super::tokio_util::as_io_error;

/// A codec with a map on each side; made by [`mapped`].
pub struct Mapped<C, S, T, F> {
    codec: C,
    to_message: T,
    to_bytes: F,
    sent: PhantomData<fn() -> S>,
}

/// A codec of messages: what is sent is made of the payload's bytes by `to_message`, and what came out is made into bytes again by `to_bytes`.
///
/// The maps must be exact opposites for any bytes at all: a codec whose messages are text, or have a structure of their own,
/// is rather checked one layer below, where its frames are bytes.
///
/// ```
/// # struct MyCodec(tokio_util::codec::LengthDelimitedCodec);
/// # struct Message { body: Vec<u8> }
/// # impl tokio_util::codec::Decoder for MyCodec {
/// #     type Item = Message;
/// #     type Error = std::io::Error;
/// #     fn decode(&mut self, input: &mut bytes::BytesMut) -> std::io::Result<Option<Message>> {
/// #         Ok(self.0.decode(input)?.map(|frame| Message { body: frame.to_vec() }))
/// #     }
/// # }
/// # impl tokio_util::codec::Encoder<Message> for MyCodec {
/// #     type Error = std::io::Error;
/// #     fn encode(&mut self, message: Message, output: &mut bytes::BytesMut) -> std::io::Result<()> {
/// #         self.0.encode(bytes::Bytes::from(message.body), output)
/// #     }
/// # }
/// # fn main() {
/// use sockspec::Layout;
/// use sockspec::codec::mapped;
/// use tokio_util::codec::LengthDelimitedCodec;
/// # use tokio_util::codec::{Decoder, Encoder};
///
/// let codec = || {
///     let codec = MyCodec(LengthDelimitedCodec::new());
///     mapped(codec, |payload| Message { body: payload.to_vec() }, |message: Message| message.body)
/// };
/// let report = sockspec::framing_with("my-codec", Layout::u32_be(), codec).only("framing/round-trip").run();
/// report.assert_conformant();
/// # }
/// ```
pub fn mapped<C, S, T, F, B>(codec: C, to_message: T, to_bytes: F) -> Mapped<C, S, T, F>
where
    C: Decoder<Error: 'static> + Encoder<S, Error: 'static>,
    T: Fn(&[u8]) -> S,
    F: Fn(<C as Decoder>::Item) -> B,
    B: Into<Bytes>,
{
    Mapped { codec, to_message, to_bytes, sent: PhantomData }
}

impl<C, S, T, F, B> Codec for Mapped<C, S, T, F>
where
    C: Decoder<Error: 'static> + Encoder<S, Error: 'static>,
    T: Fn(&[u8]) -> S,
    F: Fn(<C as Decoder>::Item) -> B,
    B: Into<Bytes>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.codec.encode((self.to_message)(payload), output).map_err(as_io_error)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let frame = self.codec.decode(input).map_err(as_io_error)?;
        Ok(frame.map(|message| (self.to_bytes)(message).into()))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let frame = self.codec.decode_eof(input).map_err(as_io_error)?;
        Ok(frame.map(|message| (self.to_bytes)(message).into()))
    }
}
