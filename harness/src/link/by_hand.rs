//! Driving a world by hand, for the tests of this room: one call at a time, each wait bounded.

use std::future::poll_fn;
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

use crate::plan::End;
use crate::system::{Address, Answer, Call, World};

/// Longer than any call on loopback takes, however busy the machine.
const BOUND: Duration = Duration::from_secs(20);

pub(super) const CLIENT: End = End::client(0);
pub(super) const PEER: End = End::peer(0);
pub(super) const LISTENER: End = End::listener(0);

/// Runs `test` in the sort of runtime that a worker has, on a thread of its own that is given up if it does not end in time.
pub(super) fn run(test: impl AsyncFnOnce() + Send + 'static) {
    let (ends, end) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _tells_that_it_ended = ends;
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    });
    let in_time = end.recv_timeout(BOUND) != Err(RecvTimeoutError::Timeout);
    assert!(in_time, "the test did not end in time");
    if let Err(panic) = thread.join() {
        resume_unwind(panic);
    }
}

/// One call that carries no bytes.
pub(super) async fn ask(
    world: &mut dyn World,
    end: End,
    call: impl Fn() -> Call<'static>,
) -> io::Result<Answer> {
    poll_fn(|cx| world.poll(cx, end, call())).await
}

/// One call that carries no bytes and is to be done.
pub(super) async fn done(world: &mut dyn World, end: End, call: impl Fn() -> Call<'static>) {
    assert_eq!(ask(world, end, call).await.unwrap(), Answer::Done);
}

/// One write.
pub(super) async fn write(world: &mut dyn World, end: End, bytes: &[u8]) -> io::Result<usize> {
    poll_fn(|cx| world.poll(cx, end, Call::Write(bytes))).await.map(count)
}

/// One read of at most `max` bytes.
pub(super) async fn read(world: &mut dyn World, end: End, max: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; max];
    let answer = poll_fn(|cx| world.poll(cx, end, Call::Read(&mut buffer))).await?;
    buffer.truncate(count(answer));
    Ok(buffer)
}

/// One datagram sent.
pub(super) async fn send(world: &mut dyn World, end: End, to: End, bytes: &[u8]) -> io::Result<usize> {
    poll_fn(|cx| world.poll(cx, end, Call::SendTo(to, bytes))).await.map(count)
}

/// One datagram received into a buffer of `max` bytes, and where it came from.
pub(super) async fn receive(
    world: &mut dyn World,
    end: End,
    max: usize,
) -> io::Result<(Vec<u8>, Option<Address>)> {
    let mut buffer = vec![0; max];
    match poll_fn(|cx| world.poll(cx, end, Call::ReceiveFrom(&mut buffer))).await? {
        Answer::Datagram { len, from } => {
            buffer.truncate(len);
            Ok((buffer, from))
        }
        other => panic!("a datagram was wanted, {other:?} was seen"),
    }
}

/// One poll, with a waker that does nothing.
pub(super) fn poll_once(world: &mut dyn World, end: End, call: Call<'_>) -> Poll<io::Result<Answer>> {
    world.poll(&mut Context::from_waker(Waker::noop()), end, call)
}

/// The count that an answer is.
pub(super) fn count(answer: Answer) -> usize {
    match answer {
        Answer::Count(count) => count,
        other => panic!("a count was wanted, {other:?} was seen"),
    }
}
