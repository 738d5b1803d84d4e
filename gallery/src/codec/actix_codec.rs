//! actix-codec has a `Framed` of its own, and no length codec: tokio-util's is put inside.

use std::pin::Pin;

use actix_codec::Framed;
use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use sockspec::Layout;
use tokio_util::codec::LengthDelimitedCodec;

use crate::Exhibit;
use crate::shape::Polled;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "its Framed around tokio-util's LengthDelimitedCodec";
    vec![Exhibit::new("actix-codec", "actix-codec-framed", what, Layout::u32_be(), || {
        Polled::new(
            |pipe| Framed::new(pipe, LengthDelimitedCodec::new()),
            |framed, cx| Pin::new(framed).poll_next(cx).map_ok(|frame| frame.freeze()),
            |framed, payload, cx| {
                let mut framed = Pin::new(framed);
                framed.as_mut().start_send(Bytes::copy_from_slice(payload))?;
                Sink::<Bytes>::poll_flush(framed, cx)
            },
        )
    })]
}
