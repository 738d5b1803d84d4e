//! The lists are the catalogue, and the tests made of them tell good from bad.

use sockspec_harness::layout::Layout;
use sockspec_harness::subject::{Capability, Kind};
use sockspec_harness::token::Token;

use super::{holds, name};
use crate::catalogue;

#[macro_export]
macro_rules! __conformance_ids {
    ($($test:ident $id:literal,)*) => {
        &[$((stringify!($test), $id)),*]
    };
}

/// The specs of a kind that can be about a system without IP ports, which is what every user's own is.
fn listed_by_the_catalogue(kind: Kind) -> Vec<&'static str> {
    let of_kind = catalogue::specs().filter(|spec| spec.needs.kind == kind);
    of_kind.filter(|spec| !spec.needs.capabilities.contains(&Capability::Ports)).map(|spec| spec.id).collect()
}

#[test]
fn the_lists_are_the_catalogue() {
    let lists: [(Kind, &[(&str, &str)]); 3] = [
        (Kind::Framing, crate::__framing_specs!(__conformance_ids)),
        (Kind::Stream, crate::__stream_specs!(__conformance_ids)),
        (Kind::Datagram, crate::__datagram_specs!(__conformance_ids)),
    ];
    for (kind, list) in lists {
        let wanted: Vec<(String, &str)> =
            listed_by_the_catalogue(kind).into_iter().map(|id| (id.replace(['/', '-'], "_"), id)).collect();
        let is_same = list.len() == wanted.len()
            && list
                .iter()
                .zip(&wanted)
                .all(|((test, id), wanted)| (*test, *id) == (wanted.0.as_str(), wanted.1));
        let lines: String =
            wanted.iter().map(|(test, id)| format!("            {test} \"{id}\",\n")).collect();
        assert!(is_same, "in specs/src/conformance/list.rs the specs of kind {kind} should be\n{lines}");
    }
}

#[test]
fn an_identifier_is_a_name() {
    assert_eq!(name("my_codec"), "my-codec");
    assert_eq!(name("r#type"), "type");
}

#[test]
fn what_does_not_apply_holds() {
    let pipe = || crate::stream("pipe", || async { Ok(tokio::io::duplex(64)) });
    holds(pipe(), "stream/lossless");
    holds(pipe().without(Capability::HalfClose), "stream/half-close");
    holds(pipe(), "datagram/boundaries");
}

#[test]
#[should_panic(expected = "stream/lossless is listed as failing and passed on pipe")]
fn a_stale_known_failing_does_not_hold() {
    let pipe = crate::stream("pipe", || async { Ok(tokio::io::duplex(64)) });
    holds(pipe.known_failing("stream/lossless", "it was so once"), "stream/lossless");
}

#[test]
#[should_panic(expected = "nobody home")]
fn a_system_that_cannot_be_made_does_not_hold() {
    async fn nobody() -> std::io::Result<(tokio::io::DuplexStream, tokio::io::DuplexStream)> {
        panic!("nobody home")
    }
    holds(crate::stream("pipe", nobody), "stream/lossless");
}

#[test]
#[should_panic(expected = "inconclusive")]
fn a_factory_that_fails_does_not_hold() {
    async fn refused() -> std::io::Result<(tokio::io::DuplexStream, tokio::io::DuplexStream)> {
        Err(std::io::ErrorKind::ConnectionRefused.into())
    }
    holds(crate::stream("pipe", refused), "stream/lossless");
}

#[test]
#[should_panic(
    expected = "the token was made with the layout u8,max-frame=255, and my-codec has u16be,max-frame=65535"
)]
fn a_token_of_another_layout_is_refused() {
    let token = Token {
        spec: "framing/round-trip".into(),
        system: "my-codec".into(),
        layout: Some(Layout::u8()),
        plans: Vec::new(),
    };
    let codec = tokio_util::codec::LengthDelimitedCodec::new;
    let _ = crate::framing("my-codec", Layout::u16_be(), codec).replay(&token.to_string()).run();
}
