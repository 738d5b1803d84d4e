//! Datagrams that are joined, cut, or lose their place between their neighbours.

use std::collections::BTreeSet;
use std::task::{Context, Poll, Waker};

use litemap::LiteMap;

use super::letter::{on_receive, received};
use crate::fault::Fault;
use crate::fault::around::around;
use crate::plan::End;
use crate::subject::Capability;
use crate::system::{Address, Answer, Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::datagram(
        "empty-datagram-ends",
        "an end that has received an empty datagram receives nothing more",
        empty_datagram_ends,
    )
    .needing(&[Capability::EmptyDatagram]),
    Fault::datagram("merged-datagrams", "two datagrams that lie in the queue come as one", merged_datagrams),
    Fault::datagram("split-datagram", "a datagram of more than 4096 bytes comes as two", |sound| {
        with_rest(sound, |_| 4096)
    }),
    Fault::datagram("swallowed-empty", "an empty datagram does not come", swallowed_empty)
        .needing(&[Capability::EmptyDatagram]),
    Fault::datagram(
        "truncated-datagram",
        "a datagram of more than 8 KiB is cut though there is room for it",
        |sound| on_receive(sound, |letter| letter.len = letter.len.min(8 << 10)),
    ),
    Fault::datagram(
        "truncation-keeps-rest",
        "what did not fit a short buffer comes as the next datagram",
        |sound| with_rest(sound, |max| max),
    )
    .needing(&[Capability::DatagramTruncation]),
];

fn empty_datagram_ends(sound: Box<dyn World>) -> Box<dyn World> {
    let mut ended = BTreeSet::new();
    around(sound, move |sound, cx, end, call| {
        if !matches!(call, Call::ReceiveFrom(_)) {
            return sound.poll(cx, end, call);
        }
        if ended.contains(&end) {
            return Poll::Pending;
        }
        let answered = sound.poll(cx, end, call);
        if matches!(answered, Poll::Ready(Ok(Answer::Datagram { len: 0, .. }))) {
            ended.insert(end);
        }
        answered
    })
}

fn merged_datagrams(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        let Call::ReceiveFrom(buffer) = call else { return sound.poll(cx, end, call) };
        let (first, from) = match sound.poll(cx, end, Call::ReceiveFrom(&mut *buffer)) {
            Poll::Ready(Ok(Answer::Datagram { len, from })) if len < buffer.len() => (len, from),
            answered => return answered,
        };
        // Whoever receives next leaves a waker of its own.
        let cx = &mut Context::from_waker(Waker::noop());
        match sound.poll(cx, end, Call::ReceiveFrom(&mut buffer[first..])) {
            Poll::Ready(Ok(Answer::Datagram { len: second, .. })) => received(first + second, from),
            _ => received(first, from),
        }
    })
}

fn swallowed_empty(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| {
        let Call::ReceiveFrom(buffer) = call else { return sound.poll(cx, end, call) };
        loop {
            let answered = sound.poll(cx, end, Call::ReceiveFrom(&mut *buffer));
            let is_empty = matches!(answered, Poll::Ready(Ok(Answer::Datagram { len: 0, .. })));
            if !is_empty || buffer.is_empty() {
                return answered;
            }
        }
    })
}

/// The longest datagram in bytes of which the rest is kept: above the largest that IP carries.
const LONGEST: usize = 1 << 16;

/// A world in which a datagram is cut to `keep` of the buffer's length, and the rest comes as the next one.
fn with_rest(sound: Box<dyn World>, keep: fn(usize) -> usize) -> Box<dyn World> {
    let mut rests: LiteMap<End, (Vec<u8>, Option<Address>)> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        let Call::ReceiveFrom(buffer) = call else { return sound.poll(cx, end, call) };
        let (bytes, from) = match rests.remove(&end) {
            Some(rest) => rest,
            None => {
                let mut bytes = vec![0; LONGEST];
                match sound.poll(cx, end, Call::ReceiveFrom(&mut bytes)) {
                    Poll::Ready(Ok(Answer::Datagram { len, from })) => {
                        bytes.truncate(len);
                        (bytes, from)
                    }
                    answered => return answered,
                }
            }
        };
        let len = bytes.len().min(buffer.len()).min(keep(buffer.len()));
        buffer[..len].copy_from_slice(&bytes[..len]);
        if len < bytes.len() {
            rests.insert(end, (bytes[len..].to_vec(), from.clone()));
        }
        received(len, from)
    })
}
