//! Netstrings whose payload is text, blocking.

use std::io::{self, Read};
use std::net;

use bytes::Bytes;
use netstring::{ReadNetstring, Shutdown, WriteNetstring};

use super::Apart;
use crate::shape::{Blocking, Supply};

pub(super) fn exhibit() -> Apart {
    Apart {
        package: "netstring",
        name: "netstring",
        what: "ReadNetstring and WriteNetstring",
        codec: || Box::new(Blocking { read, write }),
        marked: b"3:a,b,:,",
        hostile: &[
            b":",
            b",",
            b"-1:,",
            b"+1:a,",
            b"1:ab",
            b"1:\xFF,",
            b"99999999999999999999999:",
            b"18446744073709551615:",
            &[b'1'; 65],
        ],
    }
}

fn read(supply: &mut Supply<'_>) -> io::Result<Option<Bytes>> {
    Ok(Some(Bytes::from(Line(supply).read_netstring()?)))
}

fn write(payload: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
    output.write_netstring(str::from_utf8(payload).map_err(io::Error::other)?)
}

/// The package reads only from what can be shut down.
struct Line<'a, 'b>(&'a mut Supply<'b>);

impl Read for Line<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Shutdown for Line<'_, '_> {
    fn shutdown(&self, _: net::Shutdown) -> io::Result<()> {
        Ok(())
    }
}
