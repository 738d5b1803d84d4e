//! One rule, seven ways to keep it: hand-written codecs of any layout.

use std::collections::VecDeque;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use sockspec::Layout;
use sockspec::codec::Codec;
use sockspec_harness::layout::Rest;

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no frame")
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ended inside a frame")
}

fn encode(layout: &Layout, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
    let frame = layout.encode(payload).map_err(|_| refused())?;
    output.extend_from_slice(&frame);
    Ok(())
}

/// The lengths of the first frame's header and payload, once its header is whole.
fn head(layout: &Layout, input: &[u8]) -> io::Result<Option<(usize, usize)>> {
    // A frame whose payload is not there yet parses as far as its header.
    let parsed = layout.parse(input);
    if let Some(frame) = parsed.frames.first() {
        let len = layout.announced(input).ok_or_else(refused)? as usize;
        return Ok(Some((frame.whole.end - len - layout.trailer().len(), len)));
    }
    match parsed.rest {
        Rest::Nothing | Rest::Header => Ok(None),
        Rest::Refused { .. } => Err(refused()),
        Rest::Payload => {
            let len = layout.announced(input).ok_or_else(refused)?;
            Ok(Some((layout.header(len).ok_or_else(refused)?.len(), len as usize)))
        }
    }
}

fn item(layout: &Layout, whole: Bytes, header: usize, len: usize) -> Bytes {
    if layout.delivers_header() { whole.slice(..header + len) } else { whole.slice(header..header + len) }
}

/// Leaves everything in the source until the whole frame is there.
pub(crate) struct Whole(Layout);

impl Whole {
    pub(crate) fn new(layout: Layout) -> Whole {
        Whole(layout)
    }
}

impl Codec for Whole {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.0, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let Some((header, len)) = head(&self.0, input)? else { return Ok(None) };
        let all = header + len + self.0.trailer().len();
        if input.len() < all {
            return Ok(None);
        }
        let whole = input.split_to(all).freeze();
        Ok(Some(item(&self.0, whole, header, len)))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_short()),
            frame => Ok(frame),
        }
    }
}

/// Takes the header out of the source as soon as it is whole, and remembers it.
pub(crate) struct PrefixFirst {
    layout: Layout,
    header: Option<(Vec<u8>, usize)>,
}

impl PrefixFirst {
    pub(crate) fn new(layout: Layout) -> PrefixFirst {
        PrefixFirst { layout, header: None }
    }
}

impl Codec for PrefixFirst {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        encode(&self.layout, payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.header.is_none() {
            let Some((header, len)) = head(&self.layout, input)? else { return Ok(None) };
            self.header = Some((input.split_to(header).to_vec(), len));
            input.reserve(len.min(1 << 20));
        }
        let Some((header, len)) = &self.header else { return Ok(None) };
        let trailer = self.layout.trailer();
        if input.len() < len + trailer.len() {
            return Ok(None);
        }
        let payload = input.split_to(*len);
        if !input.starts_with(trailer) {
            return Err(refused());
        }
        input.advance(trailer.len());
        let frame = if self.layout.delivers_header() {
            Bytes::from([header.as_slice(), &payload].concat())
        } else {
            payload.freeze()
        };
        self.header = None;
        Ok(Some(frame))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() || self.header.is_some() => Err(cut_short()),
            frame => Ok(frame),
        }
    }
}

/// Takes byte after byte out of the source, and stops wherever a frame ends.
pub(crate) struct Stepping {
    layout: Layout,
    taken: Vec<u8>,
    head: Option<(usize, usize)>,
}

impl Stepping {
    pub(crate) fn new(layout: Layout) -> Stepping {
        Stepping { layout, taken: Vec::new(), head: None }
    }
}

impl Codec for Stepping {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let frame = self.layout.encode(payload).map_err(|_| refused())?;
        frame.iter().for_each(|byte| output.extend_from_slice(&[*byte]));
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        loop {
            if let Some((header, len)) = self.head
                && self.taken.len() == header + len + self.layout.trailer().len()
            {
                if !self.taken.ends_with(self.layout.trailer()) {
                    return Err(refused());
                }
                self.head = None;
                let whole = Bytes::from(std::mem::take(&mut self.taken));
                return Ok(Some(item(&self.layout, whole, header, len)));
            }
            if input.is_empty() {
                return Ok(None);
            }
            self.taken.push(input.get_u8());
            if self.head.is_none() {
                self.head = head(&self.layout, &self.taken)?;
            }
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !self.taken.is_empty() => Err(cut_short()),
            frame => Ok(frame),
        }
    }
}

/// Empties the source into a store of its own, and notices the end itself.
pub(crate) struct OwnStore {
    inner: Whole,
    store: BytesMut,
}

impl OwnStore {
    pub(crate) fn new(layout: Layout) -> OwnStore {
        OwnStore { inner: Whole(layout), store: BytesMut::new() }
    }
}

impl Codec for OwnStore {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.inner.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.store.extend_from_slice(input);
        input.clear();
        self.inner.decode(&mut self.store)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.store.extend_from_slice(input);
        input.clear();
        self.inner.decode_end(&mut self.store)
    }
}

/// Decodes all there is at once, and hands it out frame by frame; an error waits for its turn, and stays.
pub(crate) struct Ahead {
    inner: Whole,
    queue: VecDeque<Bytes>,
    has_failed: bool,
}

impl Ahead {
    pub(crate) fn new(layout: Layout) -> Ahead {
        Ahead { inner: Whole(layout), queue: VecDeque::new(), has_failed: false }
    }
}

impl Codec for Ahead {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.inner.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        while !self.has_failed {
            match self.inner.decode(input) {
                Ok(Some(frame)) => self.queue.push_back(frame),
                Ok(None) => break,
                Err(_) => self.has_failed = true,
            }
        }
        match self.queue.pop_front() {
            None if self.has_failed => Err(refused()),
            frame => Ok(frame),
        }
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() => Err(cut_short()),
            frame => Ok(frame),
        }
    }
}

/// Reports a frame that is too long once, and goes on behind it.
pub(crate) struct Skipping {
    inner: Whole,
    left: u64,
}

impl Skipping {
    pub(crate) fn new(layout: Layout) -> Skipping {
        Skipping { inner: Whole(layout), left: 0 }
    }
}

impl Codec for Skipping {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.inner.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let skipped = self.left.min(input.len() as u64);
        input.advance(skipped as usize);
        self.left -= skipped;
        if self.left > 0 {
            return Ok(None);
        }
        let result = self.inner.decode(input);
        let layout = &self.inner.0;
        if result.is_err()
            && let Some(len) = layout.announced(input)
            && let Some(header) = layout.header(len)
        {
            let header = header.len().min(input.len());
            input.advance(header);
            self.left = len.saturating_add(layout.trailer().len() as u64);
        }
        result
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        match self.decode(input)? {
            None if !input.is_empty() || self.left > 0 => Err(cut_short()),
            frame => Ok(frame),
        }
    }
}

/// Ends when it has reported an error, and throws away all that comes.
pub(crate) struct Ending {
    inner: PrefixFirst,
    has_ended: bool,
}

impl Ending {
    pub(crate) fn new(layout: Layout) -> Ending {
        Ending { inner: PrefixFirst::new(layout), has_ended: false }
    }
}

impl Codec for Ending {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        self.inner.encode(payload, output)
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.has_ended {
            input.clear();
            return Ok(None);
        }
        let result = self.inner.decode(input);
        self.has_ended = result.is_err();
        result
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        if self.has_ended {
            return Ok(None);
        }
        self.inner.decode_end(input)
    }
}
