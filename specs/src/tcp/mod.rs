//! The group `tcp/*`: what the kernel's TCP owes besides what any stream owes.
//!
//! Every spec here needs `Capability::Ports`, by which a system says that it is TCP: it is not listed for other streams at all.

mod accept_is_new;
mod both_ends_established;
mod coalesces;
mod connect_first;
mod endpoints;
mod listener_continues;
mod many_clients;
mod nagle;
mod nodelay;
mod refused;
mod segment_size;
mod sequence_wrap;
mod splits;

use sockspec_harness::plan::{End, Operation, Plan, Script, Setting};
use sockspec_harness::spec::{Needs, Spec};
use sockspec_harness::subject::Capability;

/// The specs of the group; a spec that is not listed here does not compile without a warning.
pub(crate) const SPECS: &[&Spec] = &[
    &endpoints::SPEC,
    &refused::SPEC,
    &connect_first::SPEC,
    &both_ends_established::SPEC,
    &sequence_wrap::SPEC,
    &listener_continues::SPEC,
    &accept_is_new::SPEC,
    &many_clients::SPEC,
    &coalesces::SPEC,
    &splits::SPEC,
    &nagle::SPEC,
    &nodelay::SPEC,
    &segment_size::SPEC,
];

/// Needs TCP, and nothing more of it.
const TCP: Needs = Needs { capabilities: &[Capability::Ports], ..Needs::STREAM };

/// A listener, and a client and a peer that are ready to talk.
fn connected() -> Script {
    Script::new().listen(0).connect(0, 0)
}

/// How many rounds a plan of [`small_write_rounds`] has.
const ROUNDS: usize = 8;

/// Rounds of two small writes by `from`, one behind the other, and a look at its counters before anything is acknowledged.
///
/// A fresh connection acknowledges at once; requests and answers have the receiver wait for an answer to send the acknowledgement with.
/// So they come first, and each round ends with an answer, which lets go whatever was held without anybody's timer.
/// `until_arrived`: whether both writes are waited for at the reader, unread, and the counters looked at once more.
fn small_write_rounds(from: End, len: u64, nagle: bool, until_arrived: bool) -> Plan {
    let to = from.other();
    let script = Script::open().configure(from, Setting::Nagle(nagle));
    let script = (0..ROUNDS).fold(script, |script, _| script.transfer(from, 1).transfer(to, 1));
    let script = (0..ROUNDS).fold(script, |script, _| {
        let script = script.send(from, len).send(from, len).step(from, Operation::Count);
        let script = if until_arrived {
            let arrived = Operation::AwaitQueue { len: 2 * len as u32 };
            script.step(to, arrived).step(from, Operation::Count)
        } else {
            script
        };
        script.transfer(to, 1).receive(to, 2 * len, 4096)
    });
    script.finish_both(0).plan()
}
