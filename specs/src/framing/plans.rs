//! The shapes of plan that several specs of the group share, and which lengths fit a layout.
//!
//! Frames are laid with the client's end and fed to the peer's.
//! Over sockets a piece costs a hundred times what it costs in memory: there a stream stands for many,
//! with each cut at a frame of its own on one connection.

use sockspec_harness::layout::Layout;
use sockspec_harness::plan::{Cut, Cuts, Draw, End, Feed, Operation, Payload, Plan, Script};
use sockspec_harness::spec::Experiment;
use sockspec_harness::subject::{Capability, Subject};

/// The end that lays frames on the first connection's wire.
pub(super) const CLIENT: End = End::client(0);

/// The end whose codec decodes them.
pub(super) const PEER: End = End::peer(0);

/// One binary megabyte in bytes.
pub(super) const MIB: u64 = 1 << 20;

/// The layout of a subject of framing.
pub(super) fn layout(subject: &Subject) -> &Layout {
    subject.layout.as_ref().expect("a subject of framing has a layout")
}

/// Whether the codec is called directly, which is cheap.
pub(super) fn is_direct(subject: &Subject) -> bool {
    subject.can(Capability::DirectCalls)
}

/// Why no frame longer than the maximum can be tried: there is none, or it is longer than `affordable` bytes (over sockets, a mebibyte).
pub(super) fn lacks_refusable(subject: &Subject, affordable: u64) -> Option<String> {
    let layout = layout(subject);
    let most = layout.largest();
    if most >= layout.announceable() {
        return Some("every length that its prefix can hold is allowed".to_owned());
    }
    let affordable = if is_direct(subject) { affordable } else { MIB };
    (most > affordable).then(|| format!("its maximum is {most} bytes, too many for a payload to exceed"))
}

/// These lengths, as far as the layout allows them; longer ones become the largest.
pub(super) fn fitting(layout: &Layout, lens: &[u64]) -> Vec<u64> {
    lens.iter().map(|len| (*len).min(layout.largest())).collect()
}

/// The length of the header of a frame of `len` bytes.
pub(super) fn header_len(layout: &Layout, len: u64) -> u64 {
    layout.header(len).map_or(0, |header| header.len() as u64)
}

/// The length on the wire of frames of these lengths.
pub(super) fn wire_len(layout: &Layout, lens: &[u64]) -> u64 {
    let trailer = layout.trailer().len() as u64;
    lens.iter().map(|len| header_len(layout, *len) + len + trailer).sum()
}

/// The lengths up to `most` where a length field, a buffer or a whole frame may go wrong, rising.
///
/// Every power of two with its neighbours; each power of ten likewise where lengths are decimal, and of 128 where they are varints
/// (those are powers of two already); and the payloads with which a whole frame is as long as a buffer.
pub(super) fn sizes(layout: &Layout, most: u64) -> Vec<u64> {
    let most = most.min(layout.largest());
    let powers = (0..=21u32).map(|power| 1u64 << power).chain((1..=6).map(|power| 10u64.pow(power)));
    let mut sizes: Vec<u64> = powers.flat_map(|power| [power - 1, power, power + 1]).collect();
    sizes.extend(
        // Some are line ends in the bytes of their headers.
        [3, 10, 13, 100, 200, 1448, 1460, 1500, 2570, 2573, 3338, 40_000, 50_000]
            .into_iter()
            .chain([most - most.min(1), most]),
    );
    for buffer in [64, 128, 256, 512, 1024, 4096, 8192, 16_384, 65_536] {
        let header = header_len(layout, buffer) + layout.trailer().len() as u64;
        sizes.extend(
            (buffer.saturating_sub(header + 1)..=buffer.saturating_sub(header)).chain([buffer + header]),
        );
    }
    sizes.retain(|size| *size <= most);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Lays a frame of each of these lengths.
pub(super) fn frames(mut script: Script, end: End, lens: &[u64]) -> Script {
    for len in lens {
        let payload = script.payload(end, *len);
        script = script.step(end, Operation::Frame(payload));
    }
    script
}

/// Encodes a payload of each of these lengths.
pub(super) fn encoded(mut script: Script, end: End, lens: &[u64]) -> Script {
    for len in lens {
        let payload = script.payload(end, *len);
        script = script.step(end, Operation::Encode(payload));
    }
    script
}

/// Feeds what lies on the wire.
pub(super) fn feed(script: Script, end: End, cuts: Cuts) -> Script {
    script.step(end, Operation::Feed(Feed { cuts, lost: 0 }))
}

/// Feeds what lies on the wire but for its last bytes, which are lost.
pub(super) fn feed_losing(script: Script, end: End, cuts: Cuts, lost: u64) -> Script {
    script.step(end, Operation::Feed(Feed { cuts, lost: lost as u32 }))
}

/// Ends the stream.
pub(super) fn finish(script: Script, end: End) -> Plan {
    script.step(end, Operation::FeedEnd).plan()
}

/// Frames of these lengths on a connection of their own, fed with these cuts and then ended.
pub(super) fn stream(lens: &[u64], cuts: Cuts) -> Plan {
    finish(feed(frames(Script::new(), CLIENT, lens), PEER, cuts), PEER)
}

/// The same frames with each of these cuts: over memory with a fresh codec each time, over sockets one after the other on one connection.
pub(super) fn each_way(
    subject: &Subject,
    lens: &[u64],
    ways: impl IntoIterator<Item = Cuts>,
) -> Vec<Experiment> {
    if is_direct(subject) {
        return ways.into_iter().map(|cuts| stream(lens, cuts).into()).collect();
    }
    let ways: Vec<Cuts> = ways.into_iter().collect();
    ways.chunks(WAYS_PER_CONNECTION).map(|ways| in_turn(lens, ways).into()).collect()
}

/// How often a stream is repeated on one connection: a failure is shrunk from no more than that.
const WAYS_PER_CONNECTION: usize = 64;

/// The same frames with each of these cuts, one after the other on one connection.
pub(super) fn in_turn(lens: &[u64], ways: &[Cuts]) -> Plan {
    let script = ways
        .iter()
        .fold(Script::new(), |script, cuts| feed(frames(script, CLIENT, lens), PEER, cuts.clone()));
    finish(script, PEER)
}

/// Cuts behind so many bytes, none joined; rising, and none at 0.
pub(super) fn cut_at(places: &[u64]) -> Cuts {
    let mut places: Vec<u64> = places.iter().copied().filter(|at| *at > 0).collect();
    places.sort_unstable();
    places.dedup();
    if places.is_empty() {
        return Cuts::None;
    }
    Cuts::At(places.into_iter().map(|at| Cut { at: at as u32, joined: false }).collect())
}

/// Pieces of `len` bytes.
pub(super) fn pieces(len: u32) -> Cuts {
    Cuts::Every { len, joined: false }
}

/// Every place around which something changes in a stream of frames of these lengths: each byte of each header,
/// and up to `around` bytes on both sides of each border; rising, within the stream.
pub(super) fn borders(layout: &Layout, lens: &[u64], around: u64) -> Vec<u64> {
    let end = wire_len(layout, lens);
    let mut places = Vec::new();
    for index in 0..=lens.len() {
        let start = wire_len(layout, &lens[..index]);
        let header = lens.get(index).map_or(0, |len| header_len(layout, *len));
        // A header may be long; its first and last bytes are enough then.
        let inside = (start..=start + header)
            .filter(|at| header <= 16 || at - start <= 4 || start + header - at <= 12);
        places.extend(inside);
        places.extend(start.saturating_sub(around)..=start + around);
        places.extend(start + header..=start + header + around);
        if let Some(len) = lens.get(index) {
            let behind = start + header + len;
            places.extend(behind.saturating_sub(around)..=behind);
        }
    }
    places.retain(|at| *at > 0 && *at < end);
    places.sort_unstable();
    places.dedup();
    places
}

/// Payloads that a codec might take for something else, each within the layout's maximum: headers, frames in frames, every byte there is,
/// bytes that other protocols end messages with.
pub(super) fn disguises(layout: &Layout) -> Vec<Payload> {
    let header = |len: u64| layout.header(len).unwrap_or_default();
    let whole = |payload: &[u8]| [&header(payload.len() as u64), payload, layout.trailer()].concat();
    let every_byte: Vec<u8> = (0..=255).collect();
    let backwards: Vec<u8> = (0..=255).rev().collect();
    let mut payloads: Vec<Vec<u8>> = vec![
        header(0),
        header(1),
        header(layout.largest()),
        whole(b""),
        whole(b"in"),
        [whole(b"in"), whole(b""), whole(b"a")].concat(),
        whole(&whole(b"deep")),
        every_byte,
        backwards,
        b"\r\n\r\n".to_vec(),
        b"\n".to_vec(),
        b"a\nb\r\nc\n".to_vec(),
        b"line\r\n".to_vec(),
        b" white space \t".to_vec(),
        b"3:abc,".to_vec(),
        b",,,:".to_vec(),
        b"\0".to_vec(),
        b"nul\0inside".to_vec(),
        b"\"quoted\\n\" \\x00 \\\\ %00 %0A &amp; =3D".to_vec(),
        b"\xC3\x28 \xF0\x9F\x92 \xFF\xFE \xED\xA0\x80".to_vec(),
        b"\xEF\xBB\xBFmark".to_vec(),
        b"\x1A\x04\x03\x7F\x1B".to_vec(),
        b"\xC0\xDB\xDC\xC0\x7E\x7D".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec(),
        b"0".to_vec(),
        b"true".to_vec(),
        b"null".to_vec(),
        b"PING".to_vec(),
        b"ping".to_vec(),
        b"quit".to_vec(),
        // Beginnings by which compressed, archived and encrypted bytes are told.
        b"\x1F\x8B\x08\0".to_vec(),
        b"\x28\xB5\x2F\xFD".to_vec(),
        b"PK\x03\x04".to_vec(),
        b"\x16\x03\x01\0\x05hello".to_vec(),
        b"{\"a\":1}".to_vec(),
    ];
    for byte in [0x00, 0x01, 0x0A, 0x2C, 0x30, 0x3A, 0x7F, 0x80, 0xA5, 0xFE, 0xFF] {
        payloads.extend([1, 2, 3, 4, 5, 8, 9, 64, 256, 300].map(|len| vec![byte; len]));
    }
    payloads.push(vec![0; 4096]);
    payloads.retain(|payload| payload.len() as u64 <= layout.largest());
    payloads.into_iter().map(Payload::Literal).collect()
}

/// Random frames, randomly cut, up to `most` bytes of payload each.
pub(super) fn random(subject: &Subject, draw: &mut Draw, most: u64) -> Plan {
    let layout = layout(subject);
    let most = most.min(layout.largest());
    let mut script = Script::new();
    for _ in 0..draw.between(1, 4) {
        let lens: Vec<u64> = (0..draw.between(1, 6))
            .map(|_| if draw.one_in(6) || most == 0 { 0 } else { draw.length(1, most).min(most) })
            .collect();
        let cuts = draw.cuts(wire_len(layout, &lens), 9);
        script = feed(frames(script, CLIENT, &lens), PEER, cuts);
    }
    finish(script, PEER)
}

#[cfg(test)]
mod tests {
    use sockspec_harness::layout::Layout;

    use super::{borders, disguises, sizes, wire_len};

    #[test]
    fn sizes_rise_and_fit_every_layout() {
        for layout in
            [Layout::u8(), Layout::u32_be(), Layout::u32_be().max_frame(3), Layout::u8().max_frame(0)]
        {
            let sizes = sizes(&layout, 70_000);
            assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]), "{sizes:?}");
            assert_eq!(sizes.first(), Some(&0));
            assert_eq!(sizes.last(), Some(&layout.largest().min(70_000)));
        }
        let wide = sizes(&Layout::u32_be(), 70_000);
        for border in [1, 127, 128, 255, 256, 999, 1000, 8188, 16_383, 16_384, 65_535, 65_536] {
            assert!(wide.contains(&border), "{border}");
        }
    }

    #[test]
    fn borders_lie_inside() {
        let lens = [3, 0, 200];
        for layout in [Layout::u8(), Layout::varint(), Layout::netstring(), Layout::u32_be().offset(100)] {
            let end = wire_len(&layout, &lens);
            let places = borders(&layout, &lens, 2);
            assert!(places.iter().all(|at| (1..end).contains(at)), "{places:?}");
            assert!(places.contains(&(wire_len(&layout, &lens[..1]))));
        }
    }

    #[test]
    fn disguises_fit() {
        assert!(disguises(&Layout::u32_be()).len() > 100);
        assert!(disguises(&Layout::u32_be().max_frame(3)).iter().all(|payload| payload.len() <= 3));
    }
}
