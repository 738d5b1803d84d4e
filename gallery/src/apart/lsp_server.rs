//! Messages of the language server protocol: a `Content-Length` header, an empty line, and JSON; blocking.
//!
//! A payload travels as the one string of a notification, each byte as the character of its number.

use std::io;

use bytes::Bytes;
use lsp_server::{Message, Notification};

use super::Apart;
use crate::shape::{Blocking, Supply};

pub(super) fn exhibit() -> Apart {
    Apart {
        package: "lsp-server",
        name: "lsp-server",
        what: "Message::read and Message::write",
        codec: || Box::new(Blocking { read, write }),
        marked: b"Content-Length: 3\r\n\r\n{}\0\xFF",
        hostile: &[
            b"\r\n",
            b"\n",
            b"Content-Length\r\n\r\n",
            b"Content-Length: -1\r\n\r\n",
            b"Content-Length: 99999999999999999999\r\n\r\n",
            b"Content-Length: 18446744073709551615\r\n\r\n",
            b"Content-Length: 0\r\n\r\n",
            b"\xFF\xFE\r\n\r\n",
        ],
    }
}

fn read(supply: &mut Supply<'_>) -> io::Result<Option<Bytes>> {
    let Some(message) = Message::read(supply)? else { return Ok(None) };
    let Message::Notification(Notification { params, .. }) = message else {
        return Err(io::Error::other("not a notification"));
    };
    let text = params.as_str().ok_or_else(|| io::Error::other("not one string"))?;
    let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    Ok(Some(Bytes::from(bytes.ok_or_else(|| io::Error::other("not a byte each"))?)))
}

fn write(payload: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
    let text: String = payload.iter().map(|byte| char::from(*byte)).collect();
    Message::Notification(Notification::new("bytes".into(), text)).write(output)
}
