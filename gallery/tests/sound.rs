//! The wrapping is sound: what each codec emits lies as its layout says, and what lies so it takes off, whole and byte by byte.
//!
//! Were it not, the table would show our slips as the codecs'.

use bytes::{Bytes, BytesMut};
use sockspec::codec::Codec;
use sockspec_gallery::{Exhibit, exhibits};

/// Payloads that no codec here has a reason to treat otherwise.
const PAYLOADS: [&[u8]; 3] = [b"x", b"hello, gallery", &[0xFF; 200]];

#[test]
fn every_name_is_given_once() {
    let mut names: Vec<&str> = exhibits().iter().map(|exhibit| exhibit.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}

#[test]
fn what_is_emitted_lies_as_the_layout_says() {
    for exhibit in exhibits().iter().filter(|exhibit| exhibit.encodes) {
        let mut codec = exhibit.codec();
        let mut wire = BytesMut::new();
        PAYLOADS.iter().for_each(|payload| codec.encode(payload, &mut wire).unwrap());
        assert_eq!(wire, laid(exhibit), "{}", exhibit.name);
    }
}

#[test]
fn what_lies_as_the_layout_says_is_taken_off_whole() {
    for exhibit in exhibits() {
        let mut codec = exhibit.codec();
        let mut input = BytesMut::from(laid(&exhibit).as_slice());
        let frames = drain(codec.as_mut(), &mut input);
        assert_eq!(frames, expected(&exhibit), "{}", exhibit.name);
        assert_eq!(codec.decode_end(&mut input).unwrap(), None, "{}", exhibit.name);
    }
}

#[test]
fn what_lies_as_the_layout_says_is_taken_off_byte_by_byte() {
    for exhibit in exhibits() {
        let mut codec = exhibit.codec();
        let mut input = BytesMut::new();
        let mut frames = Vec::new();
        for byte in laid(&exhibit) {
            input.extend_from_slice(&[byte]);
            frames.extend(drain(codec.as_mut(), &mut input));
        }
        assert_eq!(frames, expected(&exhibit), "{}", exhibit.name);
        assert_eq!(codec.decode_end(&mut input).unwrap(), None, "{}", exhibit.name);
    }
}

fn laid(exhibit: &Exhibit) -> Vec<u8> {
    PAYLOADS
        .iter()
        .flat_map(|payload| exhibit.layout.encode(payload).expect("within every maximum"))
        .collect()
}

fn expected(exhibit: &Exhibit) -> Vec<Bytes> {
    let wire = laid(exhibit);
    let frames = exhibit.layout.parse(&wire).frames;
    frames.into_iter().map(|frame| Bytes::copy_from_slice(&wire[frame.item])).collect()
}

fn drain(codec: &mut dyn Codec, input: &mut BytesMut) -> Vec<Bytes> {
    std::iter::from_fn(|| codec.decode(input).expect("it lies as the layout says")).collect()
}
