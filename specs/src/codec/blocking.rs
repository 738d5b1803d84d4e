//! Functions over blocking `Read` and `Write` as a codec.
//!
//! A blocking reader cannot be suspended in the middle of a frame, so it is run on a thread of its own.
//! Its source gives it what has been fed, in the pieces in which it was fed; when it asks for more than that, the call of the codec returns
//! "more bytes are needed", and the reader goes on waiting inside its own call until the next piece, or the end, is there.

use std::any::Any;
use std::io::{self, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

use bytes::{Bytes, BytesMut};
use sockspec_harness::drive::silence_panics;
use sockspec_harness::machine::allocation;
use sockspec_harness::machine::helpers::{Helpers, no_thread};

use super::Codec;
use super::item::Item;
use super::rendezvous::{Phase, Rendezvous, Source};
use super::tokio_util::as_io_error;

/// How much memory one call of a reader may take beyond what it holds, in bytes; past it the thread is stopped, and the call has never returned.
const MEMORY_BUDGET: u64 = 512 << 20;

/// A codec of blocking functions; made by [`blocking`] or [`blocking_with`].
pub struct Blocking {
    reader: Reader,
    writer: Writer,
    /// What the reader refused with; nobody calls a blocking reader again behind that.
    refused: Option<io::ErrorKind>,
    /// How many frames it was given to write.
    written: usize,
}

/// How many bytes the first write of a frame takes at most, frame by frame: less than a header, all of it, and more.
const FIRST_ROOMS: [usize; 8] = [1, 2, 5, 3, 9, 4, 17, 7];

/// Writes one frame each time it is called.
type Writer = Box<dyn FnMut(&mut Target, &[u8]) -> io::Result<()>>;

/// Gives the next frame each time it is called.
type Next = Box<dyn FnMut() -> io::Result<Option<Bytes>>>;

enum Reader {
    /// Its thread is started when it is first asked for a frame: a codec that only encodes needs none.
    Waiting(Box<dyn FnOnce(Source) -> Next + Send>),
    Running(Arc<Rendezvous>),
    /// No thread could be had for it.
    Failed,
}

/// A codec of two functions as blocking programs have them.
///
/// `read` returns the next frame, nothing at the end of the stream, or an error; `write` writes one frame.
/// Functions that are generic over `Read`, `BufRead` or `Write` go in as they are; one that takes a `&mut dyn Read` needs a closure around it.
/// After an error `read` is not called again: the error is repeated.
///
/// ```
/// # fn main() {
/// use std::io::{self, ErrorKind, Read, Write};
///
/// use sockspec::Layout;
/// use sockspec::codec::blocking;
///
/// fn read_frame<R: Read>(reader: &mut R) -> io::Result<Option<Vec<u8>>> {
///     let mut len = [0; 2];
///     // Only an end before the first byte is a clean one.
///     if reader.read(&mut len[..1])? == 0 {
///         return Ok(None);
///     }
///     reader.read_exact(&mut len[1..])?;
///     let mut frame = vec![0; usize::from(u16::from_be_bytes(len))];
///     reader.read_exact(&mut frame)?;
///     Ok(Some(frame))
/// }
///
/// fn write_frame<W: Write>(writer: &mut W, payload: &[u8]) -> io::Result<()> {
///     let len = u16::try_from(payload.len()).map_err(|_| ErrorKind::InvalidInput)?;
///     writer.write_all(&len.to_be_bytes())?;
///     writer.write_all(payload)
/// }
///
/// let report = sockspec::framing_blocking("my-codec", Layout::u16_be(), || blocking(read_frame, write_frame))
///     .only("framing/round-trip")
///     .run();
/// report.assert_conformant();
/// # }
/// ```
pub fn blocking<R, I, E, W, F>(mut read: R, write: W) -> Blocking
where
    R: FnMut(&mut Source) -> Result<Option<I>, E> + Send + 'static,
    I: Item,
    E: 'static,
    W: FnMut(&mut Target, &[u8]) -> Result<(), F> + 'static,
    F: 'static,
{
    blocking_with(move |mut source| move || read(&mut source), write)
}

/// As [`blocking`], for a reader that keeps something between frames, like a `BufReader`.
///
/// `open` is called once with the source, on the thread on which the reader works, and returns what gives the next frame.
pub fn blocking_with<O, N, I, E, W, F>(open: O, mut write: W) -> Blocking
where
    O: FnOnce(Source) -> N + Send + 'static,
    N: FnMut() -> Result<Option<I>, E> + 'static,
    I: Item,
    E: 'static,
    W: FnMut(&mut Target, &[u8]) -> Result<(), F> + 'static,
    F: 'static,
{
    let open = move |source| -> Next {
        let mut next = open(source);
        Box::new(move || next().map(|frame| frame.map(Item::into_bytes)).map_err(as_io_error))
    };
    Blocking {
        reader: Reader::Waiting(Box::new(open)),
        writer: Box::new(move |target, payload| write(target, payload).map_err(as_io_error)),
        refused: None,
        written: 0,
    }
}

impl Codec for Blocking {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        let room = FIRST_ROOMS[self.written % FIRST_ROOMS.len()];
        self.written += 1;
        let mut target = Target { output: mem::take(output), room };
        let result = (self.writer)(&mut target, payload);
        *output = target.output;
        result
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.advance(input, false)
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.advance(input, true)
    }
}

impl Blocking {
    /// Feeds the reader, and waits until it has a frame, an error or nothing left to read.
    fn advance(&mut self, input: &mut BytesMut, is_end: bool) -> io::Result<Option<Bytes>> {
        if let Some(kind) = self.refused {
            input.clear();
            return Err(kind.into());
        }
        let answer = self.started()?.ask(input, is_end);
        input.clear();
        match answer {
            Phase::Answered(Err(error)) => {
                self.refused = Some(error.kind());
                Err(error)
            }
            Phase::Answered(frame) => frame,
            Phase::Panicked(payload) => {
                // Its words belong to whoever called: there a panic is caught and written down.
                self.refused = Some(io::ErrorKind::Other);
                resume_unwind(payload)
            }
            Phase::Starved | Phase::Idle | Phase::Reading => Ok(None),
        }
    }

    fn started(&mut self) -> io::Result<&Rendezvous> {
        if let Reader::Waiting(_) = self.reader
            && let Reader::Waiting(open) = mem::replace(&mut self.reader, Reader::Failed)
        {
            let (rendezvous, helpers) = (Arc::new(Rendezvous::default()), Helpers::of_this_thread());
            let on_thread = Arc::clone(&rendezvous);
            let thread = thread::Builder::new().name("sockspec reader".to_owned());
            thread.spawn(move || read_frames(open, &on_thread, &helpers)).map_err(|_| no_thread())?;
            self.reader = Reader::Running(rendezvous);
        }
        match &self.reader {
            Reader::Running(rendezvous) => Ok(rendezvous),
            Reader::Waiting(_) | Reader::Failed => Err(no_thread()),
        }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        // The thread is not waited for: what it runs may never return.
        if let Reader::Running(rendezvous) = &self.reader {
            rendezvous.leave();
        }
    }
}

/// What the reader's thread does until the codec is dropped.
fn read_frames(
    open: Box<dyn FnOnce(Source) -> Next + Send>,
    rendezvous: &Arc<Rendezvous>,
    helpers: &Helpers,
) {
    silence_panics();
    let _enrolled = helpers.enrol();
    let work = || -> Option<()> {
        rendezvous.wait_to_be_asked()?;
        let mut next = open(Source::new(Arc::clone(rendezvous)));
        loop {
            // Counted anew for each call: what the caller frees was taken here, and is never given back on this account.
            let armed = allocation::arm(MEMORY_BUDGET);
            let answer = next();
            drop(armed);
            match answer {
                Ok(Some(frame)) => rendezvous.keep(frame)?,
                other => {
                    rendezvous.answer(Phase::Answered(other));
                    rendezvous.wait_to_be_asked()?;
                }
            }
        }
    };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        let payload: Box<dyn Any + Send> = payload;
        rendezvous.answer(Phase::Panicked(payload));
    }
}

/// Where a blocking writer writes.
///
/// Each write takes a little more than the one before, but most take less than they are offered, as a socket's may:
/// a writer that does not look at the count loses bytes here as it would there.
#[derive(Debug)]
pub struct Target {
    output: BytesMut,
    /// How many bytes the next write takes at most.
    room: usize,
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room);
        self.output.extend_from_slice(&bytes[..taken]);
        self.room = self.room.saturating_mul(2);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
