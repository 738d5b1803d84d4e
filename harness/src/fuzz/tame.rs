//! Any plan made one that a conforming system satisfies, at a bounded cost.
//!
//! A fuzzer writes plans that receive what nobody sends, send behind a shutdown or take a gigabyte.
//! The oracles accuse nobody for such a plan, but it costs the whole of patience to find that nothing comes, and shows nothing.
//! Taming keeps what makes sense of a plan, in its order, leaves out the rest, and ends it properly.
//! It is a function of the plan alone, and a tame plan tamed again is the same: what a fuzzer found is what a token replays.

mod datagram;
mod framing;
mod stream;
#[cfg(test)]
mod tests;

pub use datagram::datagram;
pub use framing::framing;
pub use stream::{Ending, stream};

use crate::plan::{Actor, Cut, Cuts, End, Plan};
use crate::subject::{Kind, Subject};

/// The most steps that are kept of a plan.
const MOST_STEPS: usize = 40;

/// The client's and the peer's end of the one connection of a tame plan.
const CLIENT: End = End::client(0);
const PEER: End = End::peer(0);

/// The plan as one that every conforming system satisfies of which as much is known as of `subject`.
pub fn of(subject: &Subject, plan: &Plan) -> Plan {
    match subject.kind {
        Kind::Stream => stream(subject, plan, Ending::Closed),
        Kind::Datagram => datagram(subject, plan),
        Kind::Framing => framing(subject, plan),
    }
}

/// The end of the one connection that stands for any.
fn end_of(end: End) -> End {
    if end.actor == Actor::Peer { PEER } else { CLIENT }
}

/// The same cuts of `len` bytes, but no more than `most` pieces, and none joined if `may_join` does not hold.
fn cuts_of(cuts: &Cuts, len: u64, most: usize, may_join: bool) -> Cuts {
    match cuts {
        Cuts::None => Cuts::None,
        Cuts::Every { len: every, joined } => {
            let least = u32::try_from(len / most as u64 + 1).unwrap_or(u32::MAX);
            Cuts::Every { len: (*every).max(least), joined: *joined && may_join }
        }
        Cuts::At(cuts) => {
            let inside = cuts.iter().filter(|cut| cut.at > 0 && u64::from(cut.at) < len).take(most - 1);
            let cuts: Vec<Cut> = inside.map(|cut| Cut { joined: cut.joined && may_join, ..*cut }).collect();
            if cuts.is_empty() { Cuts::None } else { Cuts::At(cuts) }
        }
    }
}
