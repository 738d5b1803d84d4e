//! Codecs that implement tokio-util's `Decoder` and `Encoder`.

use std::any::Any;
use std::io;

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::Codec;
use super::item::{Item, SentBytes};

/// A codec that decodes and encodes, by tokio-util's traits.
pub struct TokioCodec<C>(pub C);

impl<C> Codec for TokioCodec<C>
where
    C: Decoder + Encoder<<<C as Decoder>::Item as Item>::Sent>,
    <C as Decoder>::Item: Item,
    <C as Decoder>::Error: 'static,
    <C as Encoder<<<C as Decoder>::Item as Item>::Sent>>::Error: 'static,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let item = SentBytes(payload).into();
        self.0.encode(item, output).map_err(as_io_error)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode_eof(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }
}

/// A decoder alone: encoding is unsupported.
pub struct Decodes<D>(pub D);

impl<D> Codec for Decodes<D>
where
    D: Decoder,
    D::Item: Item,
    D::Error: 'static,
{
    fn encode(&mut self, _: &[u8], _: &mut BytesMut) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode_eof(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }
}

/// An encoder of byte slices alone: decoding is unsupported.
pub struct Encodes<E>(pub E);

impl<E> Codec for Encodes<E>
where
    E: for<'a> Encoder<&'a [u8], Error: 'static>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.0.encode(payload, output).map_err(as_io_error)
    }

    fn decode(&mut self, _: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn decode_end(&mut self, _: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// An encoder of [`Bytes`] alone: decoding is unsupported.
pub struct EncodesBytes<E>(pub E);

impl<E> Codec for EncodesBytes<E>
where
    E: Encoder<Bytes, Error: 'static>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.0.encode(Bytes::copy_from_slice(payload), output).map_err(as_io_error)
    }

    fn decode(&mut self, _: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn decode_end(&mut self, _: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A codec that decodes, and whose encoder takes `&[u8]`.
pub struct Slices<C>(pub C);

impl<C> Codec for Slices<C>
where
    C: Decoder<Item: Item, Error: 'static> + for<'a> Encoder<&'a [u8], Error: 'static>,
{
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.0.encode(payload, output).map_err(as_io_error)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.0.decode_eof(input).map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error)
    }
}

/// A codec's own error as an I/O error: itself if it is one, else without words, since it need not have any.
pub(crate) fn as_io_error<E: 'static>(error: E) -> io::Error {
    let mut slot = Some(error);
    let io_error = (&mut slot as &mut dyn Any).downcast_mut::<Option<io::Error>>().and_then(Option::take);
    io_error.unwrap_or_else(|| io::ErrorKind::InvalidData.into())
}
