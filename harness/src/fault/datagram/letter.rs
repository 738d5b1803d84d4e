//! What a fault of datagrams gets into its hands: what is sent, and what has come.

use std::task::{Context, Poll};

use crate::fault::around::{Answered, around};
use crate::plan::End;
use crate::system::{Address, Answer, Call, World};

/// A datagram that has come.
pub(in crate::fault) struct Letter<'a> {
    /// How many have come in this world, this one included.
    pub(super) number: u64,
    /// The receiver's buffer.
    pub(super) buffer: &'a mut [u8],
    /// How many bytes lie in it.
    pub(super) len: usize,
    /// Where it came from.
    pub(super) from: Option<Address>,
}

impl Letter<'_> {
    /// The bytes that came.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.len]
    }

    /// Makes it longer by as much of `tail` as there is room for.
    pub(super) fn append(&mut self, tail: &[u8]) {
        let len = tail.len().min(self.buffer.len() - self.len);
        self.buffer[self.len..self.len + len].copy_from_slice(&tail[..len]);
        self.len += len;
    }

    /// Flips a bit of the byte in the middle, if there is one.
    pub(super) fn flip_in_the_middle(&mut self) {
        let middle = self.len / 2;
        if let Some(byte) = self.bytes().get_mut(middle) {
            *byte ^= 0x10;
        }
    }
}

/// A world in which `edit` changes every datagram that comes.
pub(in crate::fault) fn on_receive<F>(sound: Box<dyn World>, mut edit: F) -> Box<dyn World>
where
    F: FnMut(&mut Letter<'_>) + 'static,
{
    let mut number = 0;
    around(sound, move |sound, cx, end, call| {
        let Call::ReceiveFrom(buffer) = call else { return sound.poll(cx, end, call) };
        match sound.poll(cx, end, Call::ReceiveFrom(&mut *buffer)) {
            Poll::Ready(Ok(Answer::Datagram { len, from })) => {
                number += 1;
                let mut letter = Letter { number, buffer, len, from };
                edit(&mut letter);
                received(letter.len, letter.from)
            }
            answered => answered,
        }
    })
}

/// A world in which `tamper` sends: it is given the sender, the receiver and the bytes.
pub(in crate::fault) fn on_send<F>(sound: Box<dyn World>, mut tamper: F) -> Box<dyn World>
where
    F: FnMut(&mut dyn World, &mut Context<'_>, End, End, &[u8]) -> Answered + 'static,
{
    around(sound, move |sound, cx, end, call| match call {
        Call::SendTo(to, bytes) => tamper(sound, cx, end, to, bytes),
        other => sound.poll(cx, end, other),
    })
}

/// The answer of a receive.
pub(super) fn received(len: usize, from: Option<Address>) -> Answered {
    Poll::Ready(Ok(Answer::Datagram { len, from }))
}
