//! Running a plan against a world, and writing down what was seen.
//!
//! The driver takes one step at a time and never sleeps to synchronise. It is the only reader of the clock.
//!
//! What each operation leaves in the trace, in this order:
//!
//! | operation | observations |
//! |---|---|
//! | `Configure`, `Open`, `Bind`, `Listen`, `Connect`, `Accept`, `Flush`, `ShutDown`, `Abort`, `Drop` | `Done`, or `Reset`/`Error`, or `Silent`/`NotWoken` |
//! | `Name` | `Named` |
//! | `Transfer` | at the sending end `Accepted` with the total taken (and an error, if one stopped it), then at the receiving end `Delivered` (if any byte came), then `End`, `Reset`, `Error`, `Silent` or `NotWoken` if that came before the last byte |
//! | `Send` | `Accepted`, then an error if one stopped it |
//! | `Fill` | `Accepted`, then `Pending` if the writer was made to wait |
//! | `Receive` | `Delivered` (if any byte came), then what ended it, if that was not the count |
//! | `PollReceive` | `Delivered`, `End`, an error, or `Pending`; for an empty buffer `Done` or `Pending` |
//! | `PollSend` | `Accepted`, an error, or `Pending` |
//! | `SendDatagram` | `Accepted` with the length the system claims, or an error, or `Silent` |
//! | `ReceiveDatagram`, `PollDatagram` | `Datagram`, or an error, or `Silent`/`Pending` |
//! | `AwaitQueue` | `Done`, or `Silent` |
//! | `Count` | nothing: it goes into the evidence |
//!
//! *How waiting works.* An operation that returns `Pending` waits until its waker fires, for one turn of the runtime first, and then by the clock. When it has not fired for the whole of `patience`,
//! the operation is polled once more: if it can go on now, `NotWoken` is written down and the plan goes on, at most three times; if not, `Silent`, and the plan is wound up.
//! A wait that came to nothing decides what the plan is judged by, so those that follow in it have a quarter of the patience each time.
//!
//! A `ReceiveDatagram` behind a `PollDatagram` that was `Pending` is the same wait going on: it polls again only when it is woken.
//! After the silence of a send or a receive of datagrams the `Count` steps that are left are still taken, and the plan is `stopped: Silence`.
//!
//! *While a sender cannot go on* (in `Transfer`, `Send`, `Flush`, `ShutDown`), both ends of its connection are read, so that buffered writers over small pipes,
//! TLS and QUIC make progress. What is read early is compared like any other byte, and counts for the next receive of that end.
//!
//! While a datagram cannot be sent, what lies at its sender and at its receiver is received ahead of the steps that are to receive it, and written down with them.
//!
//! *Winding up.* After silence in a stream's plan, the sending end is shut down and the other read to its end, each within `patience`:
//! if the end comes and bytes are missing, their loss is proved without a clock. The step that was silent then has, behind `Silent`,
//! a further `Delivered` and `End` at the receiving end. The trace is `stopped: Silence`, whatever winding up showed.
//!
//! *A difference* in the content of a stream stops the plan, since what follows would say nothing new (`stopped: Difference`).
//! So does an end or an error where a `Transfer` still expected bytes, or a datagram that this machine lets go nowhere (`stopped: Broken`), and a set-up operation
//! (`Open`, `Bind`, `Listen`, `Accept`, `Configure`) that fails, or a codec's connection that cannot be made (`stopped: NotOpened`). A `Connect` that fails does not, unless descriptors or ports ran out or this machine lets nothing pass: specs look for it.

mod compare;
mod concurrent;
mod datagram;
mod driver;
mod every_way;
mod framing;
mod ledger;
mod lockstep;
mod patience;
mod polls;
mod pulse;
mod runtime;
mod setup;
mod steps;
mod waits;
mod wire;

pub use driver::{Limits, Timing, drive};
pub(crate) use pulse::words_of;
pub use pulse::{Position, Pulse, silence_panics};
pub(crate) use runtime::{OwnRuntime, runtime};
