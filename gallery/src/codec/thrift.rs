//! Thrift's framed transport, blocking.

use std::cell::Cell;
use std::io::{self, Read, Write};

use bytes::Bytes;
use sockspec::Layout;
use thrift::TConfiguration;
use thrift::transport::{TFramedReadTransport, TFramedWriteTransport};

use crate::Exhibit;
use crate::shape::{Blocking, Supply};

/// The bytes of the length.
const HEADER: usize = 4;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "TFramedReadTransport and TFramedWriteTransport";
    // The transport takes no configuration but the default one.
    let max = TConfiguration::default().max_frame_size().expect("the default configuration limits frames");
    let layout = Layout::u32_be().max_frame(max as u64);
    vec![Exhibit::new("thrift", "thrift-framed", what, layout, || Blocking { read, write })]
}

fn read(supply: &mut Supply<'_>) -> io::Result<Option<Bytes>> {
    let taken = Cell::new(0);
    let mut transport = TFramedReadTransport::with_capacity(0, Counted { supply, taken: &taken });
    // A read into an empty buffer makes it take exactly one frame, whose bytes are read behind that.
    let none = transport.read(&mut [])?;
    let mut frame = vec![0; taken.get() - HEADER - none];
    if !frame.is_empty() {
        transport.read_exact(&mut frame)?;
    }
    Ok(Some(frame.into()))
}

fn write(payload: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
    let mut transport = TFramedWriteTransport::new(output);
    transport.write_all(payload)?;
    transport.flush()
}

/// Counts the bytes that the transport has taken.
struct Counted<'a, 'b> {
    supply: &'a mut Supply<'b>,
    taken: &'a Cell<usize>,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.supply.read(buffer)?;
        self.taken.set(self.taken.get() + len);
        Ok(len)
    }
}
