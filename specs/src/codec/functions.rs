//! Three functions as a codec: for the traits of libraries that are nobody's dependency here.

use std::io;

use bytes::{Bytes, BytesMut};

use super::Codec;
use super::item::Item;
use super::tokio_util::as_io_error;

/// A codec of three functions; made by [`functions`].
pub struct Functions<C, N, D, E> {
    codec: C,
    encode: N,
    decode: D,
    decode_end: E,
}

/// A codec whose calls are made by these functions, each of which is given `codec`.
///
/// Decoding returns bytes as [`Item`] has them. The traits of asynchronous-codec, for one, are driven so:
///
/// ```
/// # mod asynchronous_codec {
/// #     pub(crate) use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec as LengthCodec};
/// # }
/// # fn main() {
/// use asynchronous_codec::{Decoder, Encoder, LengthCodec};
/// use bytes::Bytes;
/// use sockspec::Layout;
/// use sockspec::codec::functions;
///
/// let codec = || {
///     functions(
///         LengthCodec::new(),
///         |codec, payload, output| codec.encode(Bytes::copy_from_slice(payload), output),
///         |codec, input| codec.decode(input),
///         |codec, input| codec.decode_eof(input),
///     )
/// };
/// let report = sockspec::framing_with("length-codec", Layout::u32_be(), codec).only("framing/round-trip").run();
/// report.assert_conformant();
/// # }
/// ```
pub fn functions<C, N, D, E, I, F, G>(codec: C, encode: N, decode: D, decode_end: E) -> Functions<C, N, D, E>
where
    N: FnMut(&mut C, &[u8], &mut BytesMut) -> Result<(), F>,
    D: FnMut(&mut C, &mut BytesMut) -> Result<Option<I>, G>,
    E: FnMut(&mut C, &mut BytesMut) -> Result<Option<I>, G>,
    I: Item,
    F: 'static,
    G: 'static,
{
    Functions { codec, encode, decode, decode_end }
}

impl<C, N, D, E, I, F, G> Codec for Functions<C, N, D, E>
where
    N: FnMut(&mut C, &[u8], &mut BytesMut) -> Result<(), F>,
    D: FnMut(&mut C, &mut BytesMut) -> Result<Option<I>, G>,
    E: FnMut(&mut C, &mut BytesMut) -> Result<Option<I>, G>,
    I: Item,
    F: 'static,
    G: 'static,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        (self.encode)(&mut self.codec, payload, output).map_err(as_io_error)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        (self.decode)(&mut self.codec, input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        (self.decode_end)(&mut self.codec, input)
            .map(|frame| frame.map(Item::into_bytes))
            .map_err(as_io_error)
    }
}
