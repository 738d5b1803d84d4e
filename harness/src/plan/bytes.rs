//! The stable byte format of plans: what a fuzzer mutates, a corpus stores and a replay token carries.
//!
//! Why not derive it: a derived decoder refuses most inputs, and a change of one byte changes everything behind it.
//! Here any bytes at all are some valid plan, a small change of the bytes is a small change of the plan,
//! and a corpus outlives the addition of operations.
//!
//! # The format
//! Every number is LEB128 (seven bits a byte, the lowest first) in its shortest form.
//! A plan is one number for its schedule (0 lock-step, 1 concurrent; only the lowest bit counts) and then its steps.
//! A step is a *tag*, the length in bytes of its *body*, and the body.
//! A step with an unknown tag is skipped by its length.
//!
//! A body is a row of fields, of which the first is the acting end.
//! Behind its last byte a body goes on with zeros, and zeros at its end are not written (but for the bytes of a literal or a cycle).
//! So every field's commonest value is 0, and a field that a later version appends has a value in older corpora.
//!
//! | tag | operation | fields behind the acting end |
//! |---|---|---|
//! | 1 | `Open` | |
//! | 2 | `Transfer` | payload, cuts, reads, slices (number), whether the reader waits (lowest bit) |
//! | 3 | `Send` | payload |
//! | 4 | `Receive` | length + 1, where 0 is "to the end"; buffer |
//! | 5 | `PollReceive` | buffer |
//! | 6 | `PollSend` | payload |
//! | 7 | `Fill` | payload |
//! | 8 | `Flush` | |
//! | 9 | `ShutDown` | |
//! | 10 | `Abort` | |
//! | 11 | `Drop` | |
//! | 12 | `Bind` | |
//! | 13 | `Listen` | |
//! | 14 | `Connect` | end |
//! | 15 | `Accept` | end |
//! | 16 | `Name` | |
//! | 17 | `SendDatagram` | end, payload |
//! | 18 | `ReceiveDatagram` | buffer |
//! | 19 | `PollDatagram` | buffer |
//! | 20 | `AwaitQueue` | number of bytes |
//! | 21 | `Count` | |
//! | 32 | `Configure(Nagle)` | lowest bit |
//! | 33 | `Configure(Cork)` | lowest bit |
//! | 34 | `Configure(ReceiveBuffer)` | number of bytes |
//! | 35 | `Configure(SendBuffer)` | number of bytes |
//! | 36 | `Configure(SegmentSize)` | number of bytes |
//! | 37 | `Configure(PrivateMtu)` | number of bytes |
//! | 40 | `Encode` | payload |
//! | 41 | `Frame` | payload |
//! | 42 | `Header` | number |
//! | 43 | `Raw` | payload |
//! | 44 | `Feed` | cuts, number of bytes |
//! | 45 | `FeedEveryWay` | |
//! | 46 | `FeedEnd` | |
//!
//! Tag 0 is never given away: a run of zeros says nothing.
//! The fields are
//!
//! - an *end*: three times the connection, and 0 for the client, 1 for the peer, 2 for the listener;
//! - a *payload*: 0, a length and that many bytes, or the pattern's key + 1, a length, and how far the offset lies from where the plan's
//!   last payload of that key ended (zigzag: 0, −1, 1, −2 …), so that a stream stays whole when one of its payloads changes in length,
//!   or 2^32 + 1, which is the first number that no key has, a length, and as a length − 1 and bytes what is repeated over and over;
//! - *cuts*: 0 for none; 1 for a list, each cut being twice its distance from the one before, plus 1 if it is joined, and 0 the list's end;
//!   from 2 on twice the length of equal pieces, plus 1 if the cuts are joined;
//! - *reads*: sizes up to a 0;
//! - a *buffer*: 0 for [`DEFAULT_READ`](super::DEFAULT_READ), sizes below that plus 1, sizes above it as they are.
//!
//! Numbers that a field cannot hold become the nearest that it can.

mod decode;
mod encode;

use litemap::LiteMap;

use thiserror::Error;

use self::decode::Decoder;
use super::Plan;

/// The most steps in a plan that has been decoded; what follows is ignored.
///
/// Far more than any spec asks for, and few enough that a plan from hostile bytes takes some megabytes at most.
pub const MAX_STEPS: usize = 16_384;

/// The most listed cuts in a whole plan that has been decoded; what follows is ignored.
///
/// The bytes of a plan bound them anyway; its text, which abbreviates runs, does not.
pub const MAX_CUTS: usize = 1 << 20;

/// The tags, given away once and for good.
mod tag {
    pub(super) const OPEN: u64 = 1;
    pub(super) const TRANSFER: u64 = 2;
    pub(super) const SEND: u64 = 3;
    pub(super) const RECEIVE: u64 = 4;
    pub(super) const POLL_RECEIVE: u64 = 5;
    pub(super) const POLL_SEND: u64 = 6;
    pub(super) const FILL: u64 = 7;
    pub(super) const FLUSH: u64 = 8;
    pub(super) const SHUT_DOWN: u64 = 9;
    pub(super) const ABORT: u64 = 10;
    pub(super) const DROP: u64 = 11;
    pub(super) const BIND: u64 = 12;
    pub(super) const LISTEN: u64 = 13;
    pub(super) const CONNECT: u64 = 14;
    pub(super) const ACCEPT: u64 = 15;
    pub(super) const NAME: u64 = 16;
    pub(super) const SEND_DATAGRAM: u64 = 17;
    pub(super) const RECEIVE_DATAGRAM: u64 = 18;
    pub(super) const POLL_DATAGRAM: u64 = 19;
    pub(super) const AWAIT_QUEUE: u64 = 20;
    pub(super) const COUNT: u64 = 21;
    pub(super) const NAGLE: u64 = 32;
    pub(super) const CORK: u64 = 33;
    pub(super) const RECEIVE_BUFFER: u64 = 34;
    pub(super) const SEND_BUFFER: u64 = 35;
    pub(super) const SEGMENT_SIZE: u64 = 36;
    pub(super) const PRIVATE_MTU: u64 = 37;
    pub(super) const ENCODE: u64 = 40;
    pub(super) const FRAME: u64 = 41;
    pub(super) const HEADER: u64 = 42;
    pub(super) const RAW: u64 = 43;
    pub(super) const FEED: u64 = 44;
    pub(super) const FEED_EVERY_WAY: u64 = 45;
    pub(super) const FEED_END: u64 = 46;
}

/// What stands for a cycle where a payload has a literal's 0 or a pattern's key + 1.
const CYCLE: u64 = (1 << 32) + 1;

/// Why bytes are not the canonical encoding of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PlanBytesError {
    /// There is a step that this version does not know.
    #[error("wanted an operation that this version knows, saw number {tag} at byte {at}")]
    UnknownOperation {
        /// The number of the operation.
        tag: u64,
        /// Where the step begins.
        at: usize,
    },
    /// The bytes say what fewer or other bytes would say.
    #[error("wanted the canonical encoding of a plan, saw another from byte {at} on")]
    NotCanonical {
        /// The first byte that would be another.
        at: usize,
    },
}

impl Plan {
    /// The plan in its canonical encoding.
    ///
    /// A plan is *valid* if its listed cuts are above 0 and rise, equal pieces and the buffers of `Receive` are not of length 0,
    /// no read is of size 0, and there are at most [`MAX_STEPS`] steps and [`MAX_CUTS`] listed cuts;
    /// `Plan::decode(&plan.encode()) == plan` holds exactly for those.
    /// Any other is encoded as a valid one near it.
    pub fn encode(&self) -> Vec<u8> {
        encode::plan(self)
    }

    /// The plan that any bytes say; memory is bounded by a multiple of their length, and by [`MAX_STEPS`] and [`MAX_CUTS`].
    pub fn decode(bytes: &[u8]) -> Plan {
        Decoder::new(bytes).plan()
    }

    /// The plan of which `bytes` are the canonical encoding.
    ///
    /// # Errors
    /// If they are the canonical encoding of none.
    pub fn decode_strict(bytes: &[u8]) -> Result<Plan, PlanBytesError> {
        let mut decoder = Decoder::new(bytes);
        let plan = decoder.plan();
        if let Some((tag, at)) = decoder.unknown {
            return Err(PlanBytesError::UnknownOperation { tag, at });
        }
        let canonical = plan.encode();
        if canonical == bytes {
            return Ok(plan);
        }
        let common = canonical.iter().zip(bytes).take_while(|(wanted, seen)| wanted == seen).count();
        Err(PlanBytesError::NotCanonical { at: common })
    }
}

/// Where the last payload of each pattern ended: the offset that the next is most likely to have.
#[derive(Default)]
struct Offsets(LiteMap<u32, u64>);

impl Offsets {
    /// What is written for a payload at `offset`.
    fn distance(&mut self, key: u32, offset: u64, len: u64) -> u64 {
        let expected = self.0.insert(key, offset.wrapping_add(len)).unwrap_or(0);
        let distance = offset.wrapping_sub(expected) as i64;
        (distance << 1 ^ distance >> 63) as u64
    }

    /// The offset for which `distance` was written.
    fn offset(&mut self, key: u32, distance: u64, len: u64) -> u64 {
        let expected = self.0.get(&key).copied().unwrap_or(0);
        let offset = expected.wrapping_add(distance >> 1 ^ (distance & 1).wrapping_neg());
        self.0.insert(key, offset.wrapping_add(len));
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CUTS, MAX_STEPS, PlanBytesError};
    use crate::plan::samples::{any_bytes, any_plan};
    use crate::plan::{Cut, Cuts, Draw, End, Operation, Payload, Plan, Script, Step, Transfer};

    #[test]
    fn every_plan_comes_back_from_its_bytes() {
        let mut draw = Draw::new(1, &["bytes"]);
        for _ in 0..3000 {
            let plan = any_plan(&mut draw);
            let bytes = plan.encode();
            assert_eq!(Plan::decode(&bytes), plan);
            assert_eq!(Plan::decode_strict(&bytes), Ok(plan));
        }
    }

    #[test]
    fn any_bytes_are_a_plan_whose_encoding_is_canonical() {
        let mut draw = Draw::new(2, &["bytes"]);
        for _ in 0..20_000 {
            let bytes = any_bytes(&mut draw, 300);
            let plan = Plan::decode(&bytes);
            let canonical = plan.encode();
            assert_eq!(Plan::decode_strict(&canonical).as_ref(), Ok(&plan));
            match Plan::decode_strict(&bytes) {
                Ok(strict) => assert_eq!((strict, canonical), (plan, bytes)),
                Err(_) => assert_ne!(canonical, bytes),
            }
        }
    }

    #[test]
    fn a_plan_that_was_mutated_a_little_is_still_mostly_that_plan() {
        let mut draw = Draw::new(3, &["bytes"]);
        let script = Script::open().transfer(End::client(0), 40).transfer(End::peer(0), 9);
        let plan = script.finish_both(0).plan();
        let bytes = plan.encode();
        let (mut kept, rounds) = (0, 2000);
        for _ in 0..rounds {
            let mut mutated = bytes.clone();
            let at = draw.between(0, bytes.len() as u64 - 1) as usize;
            mutated[at] ^= 1 << draw.between(0, 7);
            let mutant = Plan::decode(&mutated);
            let same = mutant.steps.iter().filter(|step| plan.steps.contains(step)).count();
            kept += usize::from(same + 2 >= plan.steps.len());
        }
        assert!(kept * 10 >= rounds as usize * 7, "{kept} of {rounds} mutants kept all but two steps");
    }

    #[test]
    fn the_bytes_of_known_plans_stay_what_they_are_for_good() {
        let cuts = Cuts::At(vec![Cut { at: 1, joined: false }, Cut { at: 3, joined: true }]);
        let plan = Script::open()
            .cut(End::client(0), 4096, cuts, vec![7])
            .transfer_with(End::client(0), 5, |transfer| transfer.reader_waits = true)
            .finish(End::client(0))
            .step(End::listener(2), Operation::Connect(End::peer(1)))
            .step(End::peer(0), Operation::Send(Payload::Literal(b"a\0".to_vec())))
            .plan();
        let steps: [&[u8]; 8] = [
            &[0],
            &[1, 0],
            &[2, 10, 0, 2, 0x80, 0x20, 0, 1, 2, 5, 0, 7],
            &[2, 8, 0, 2, 5, 0, 0, 0, 0, 1],
            &[9, 0],
            &[4, 1, 1],
            &[14, 2, 8, 4],
            &[3, 5, 1, 0, 2, b'a', 0],
        ];
        assert_eq!(plan.encode(), steps.concat());
    }

    #[test]
    fn unknown_operations_are_skipped_or_refused_by_name() {
        let plan = Script::open().finish(End::client(0)).plan();
        let mut bytes = plan.encode();
        bytes.splice(3..3, [99, 2, 1, 1]);
        assert_eq!(Plan::decode(&bytes), plan);
        let refused = Plan::decode_strict(&bytes);
        assert_eq!(refused, Err(PlanBytesError::UnknownOperation { tag: 99, at: 3 }));
    }

    #[test]
    fn what_is_not_canonical_is_refused_with_its_place() {
        for (bytes, at) in
            [(&[][..], 0), (&[2], 0), (&[0x80, 0], 0), (&[0, 1, 1, 0], 2), (&[0, 1, 5], 2), (&[0, 1], 2)]
        {
            let expected = Err(PlanBytesError::NotCanonical { at });
            assert_eq!(Plan::decode_strict(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_become_the_nearest_valid() {
        let transfer = Transfer {
            cuts: Cuts::At(vec![
                Cut { at: 0, joined: true },
                Cut { at: 9, joined: false },
                Cut { at: 4, joined: true },
            ]),
            reads: vec![0, 3],
            ..Transfer::whole(Payload::Literal(vec![1]))
        };
        let plan = Script::new()
            .step(End::client(0), Operation::Transfer(transfer.clone()))
            .step(
                End::client(0),
                Operation::Transfer(Transfer {
                    cuts: Cuts::Every { len: 0, joined: true },
                    ..transfer.clone()
                }),
            )
            .receive(End::peer(0), 3, 0)
            .plan();
        let near = Plan::decode(&plan.encode());
        let cuts = Cuts::At(vec![Cut { at: 9, joined: false }]);
        let transfer = Transfer { reads: vec![3], ..transfer };
        assert_eq!(
            near.steps,
            [
                Step {
                    end: End::client(0),
                    operation: Operation::Transfer(Transfer { cuts, ..transfer.clone() })
                },
                Step {
                    end: End::client(0),
                    operation: Operation::Transfer(Transfer {
                        cuts: Cuts::Every { len: 1, joined: true },
                        ..transfer
                    })
                },
                Step { end: End::peer(0), operation: Operation::Receive { len: 3, max: 1 } },
            ]
        );
    }

    #[test]
    fn what_is_too_much_is_ignored() {
        let bytes = [&[0][..], &[1, 0].repeat(MAX_STEPS + 9)].concat();
        assert_eq!(Plan::decode(&bytes).steps.len(), MAX_STEPS);
        let body = [&[0, 0, 0, 1][..], &[2].repeat(MAX_CUTS + 9)].concat();
        let mut bytes = vec![0, 2];
        crate::plan::varint::put(&mut bytes, body.len() as u64);
        bytes.extend(body);
        let plan = Plan::decode(&bytes);
        let Operation::Transfer(transfer) = &plan.steps[0].operation else { panic!("{plan:?}") };
        let Cuts::At(cuts) = &transfer.cuts else { panic!("{transfer:?}") };
        assert_eq!(cuts.len(), MAX_CUTS);
    }
}
