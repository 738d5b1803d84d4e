//! The front doors for people with a transport, a socket or a codec in Rust: one function for each kind of system.

use std::future::Future;
use std::io;
use std::sync::Arc;

use sockspec_harness::layout::Layout;
use sockspec_harness::link::{CodecFactory, Datagram, DatagramPair, DirectCodec, FramedOverTcp, StreamPair};
use sockspec_harness::subject::{Capability, EvidenceKind, Subject};
use sockspec_harness::system::System;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::check::{Check, TCP};
use crate::codec::{Blocking, Codec, Decodes, EncodesBytes, TokioCodec};

/// Checks a byte stream: anything `AsyncRead + AsyncWrite`, made in connected pairs by `factory`.
///
/// The factory is called once for each connection, on a worker thread, inside a tokio runtime of that thread.
/// Neither its future nor the two ends need be `Send` or `Unpin`, and the ends may be of different types.
/// A factory that fails or panics makes the rows inconclusive: that is no departure of the transport.
///
/// ```
/// # fn main() {
/// let report = sockspec::stream("my-pipe", || async { Ok(tokio::io::duplex(4096)) })
///     .only("stream/half-close")
///     .run();
/// report.assert_conformant();
/// # }
/// ```
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn stream<F, Fut, A, B>(name: &str, factory: F) -> Check
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<(A, B)>> + 'static,
    A: AsyncRead + AsyncWrite + 'static,
    B: AsyncRead + AsyncWrite + 'static,
{
    assert_is_name(name);
    Check::new(Subject::stream(name), |subject| vec![Arc::new(StreamPair::new(subject, factory))])
}

/// Checks a datagram socket, made in bound pairs by `factory`; tokio's `UdpSocket` and `UnixDatagram` are [`Datagram`]s already.
///
/// The factory is called as for [`stream`].
/// Unless [`Check::guarantees`] says otherwise, datagrams may be lost and reordered, and nothing is known of their largest size.
///
/// ```
/// # fn main() {
/// use tokio::net::UnixDatagram;
/// let report = sockspec::datagram("my-datagrams", || async { UnixDatagram::pair() })
///     .only("datagram/boundaries")
///     .run();
/// report.assert_conformant();
/// # }
/// ```
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn datagram<F, Fut, A, B>(name: &str, factory: F) -> Check
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<(A, B)>> + 'static,
    A: Datagram + 'static,
    B: Datagram + 'static,
{
    assert_is_name(name);
    Check::new(Subject::datagram(name), |subject| vec![Arc::new(DatagramPair::new(subject, factory))])
}

/// Checks a codec that implements tokio-util's `Decoder` and `Encoder`, against a layout.
///
/// It is driven twice: as the system `name` by calling it directly over memory, and as `name-tcp` inside `Framed` over loopback TCP.
/// The factory is called once for each end of each connection; the codec need not be `Send`.
/// What the encoder takes follows from what the decoder gives: `Bytes` from `BytesMut` and `Bytes`, `Vec<u8>` from `Vec<u8>`.
/// Every other shape goes through [`framing_with`] and the wrappers of [`codec`](crate::codec).
///
/// ```
/// # fn main() {
/// use sockspec::Layout;
/// use tokio_util::codec::LengthDelimitedCodec;
/// let report = sockspec::framing("length-delimited", Layout::u32_be(), LengthDelimitedCodec::new)
///     .only("framing/round-trip")
///     .run();
/// report.assert_conformant();
/// # }
/// ```
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn framing<F, C>(name: &str, layout: Layout, factory: F) -> Check
where
    F: Fn() -> C + Send + Sync + 'static,
    TokioCodec<C>: Codec + 'static,
{
    framing_with(name, layout, move || TokioCodec(factory()))
}

/// Checks a codec of any shape, wrapped as a [`Codec`], against a layout; otherwise as [`framing`].
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn framing_with<F, C>(name: &str, layout: Layout, factory: F) -> Check
where
    F: Fn() -> C + Send + Sync + 'static,
    C: Codec + 'static,
{
    assert_is_name(name);
    let factory: CodecFactory = Arc::new(move || Box::new(factory()));
    Check::new(Subject::framing(name, layout), move |subject| codec_systems(subject, &factory))
}

/// Checks a decoder alone; otherwise as [`framing`]. It declares that nothing can be encoded, so the specs of encoders are skipped.
///
/// ```
/// # fn main() {
/// use sockspec::Layout;
/// use tokio_util::codec::LengthDelimitedCodec;
/// let report = sockspec::framing_decoder("my-decoder", Layout::u32_be(), LengthDelimitedCodec::new)
///     .skip("framing/end-after-header")
///     .run();
/// report.assert_conformant();
/// # }
/// ```
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn framing_decoder<F, D>(name: &str, layout: Layout, factory: F) -> Check
where
    F: Fn() -> D + Send + Sync + 'static,
    Decodes<D>: Codec + 'static,
{
    framing_with(name, layout, move || Decodes(factory())).without(Capability::Encodes)
}

/// Checks an encoder alone, one that takes `Bytes`; otherwise as [`framing`]. It declares that nothing can be decoded.
///
/// An encoder that takes `&[u8]` goes through [`Slices`](crate::codec::Slices) and one that takes anything else through
/// [`functions`](crate::codec::functions), with [`framing_with`] and `.without(Capability::Decodes)`.
///
/// ```
/// # fn main() {
/// use sockspec::Layout;
/// use tokio_util::codec::LengthDelimitedCodec;
/// let report = sockspec::framing_encoder("my-encoder", Layout::u32_be(), LengthDelimitedCodec::new).run();
/// report.assert_conformant();
/// # }
/// ```
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn framing_encoder<F, E>(name: &str, layout: Layout, factory: F) -> Check
where
    F: Fn() -> E + Send + Sync + 'static,
    EncodesBytes<E>: Codec + 'static,
{
    framing_with(name, layout, move || EncodesBytes(factory())).without(Capability::Decodes)
}

/// Checks functions over blocking `Read` and `Write`; see [`blocking`](crate::codec::blocking), which has an example.
///
/// They run on threads of their own, so it declares that neither their allocations nor their processor time can be seen.
///
/// # Panics
/// If `name` is not made of lower-case letters, digits and hyphens.
#[track_caller]
pub fn framing_blocking<F>(name: &str, layout: Layout, factory: F) -> Check
where
    F: Fn() -> Blocking + Send + Sync + 'static,
{
    let check = framing_with(name, layout, factory);
    check.without_evidence(EvidenceKind::Allocations).without_evidence(EvidenceKind::ProcessorTime)
}

/// The two systems of a codec.
pub(crate) fn codec_systems(subject: Subject, factory: &CodecFactory) -> Vec<Arc<dyn System>> {
    let over_tcp = Subject { id: format!("{}{TCP}", subject.id), ..subject.clone() };
    vec![
        Arc::new(DirectCodec::new(subject, Arc::clone(factory))),
        Arc::new(FramedOverTcp::new(over_tcp, Arc::clone(factory))),
    ]
}

#[track_caller]
fn assert_is_name(name: &str) {
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    assert!(is_name, "a system's name is made of lower-case letters, digits and hyphens; {name:?} is not");
}
