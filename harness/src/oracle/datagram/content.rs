//! What a datagram that nobody sent so is made of.

use super::account::{Account, Receiving};
use crate::plan::Payload;
use crate::trace::{Difference, Received};
use crate::verdict::{FailureKind, Finding};

/// Fewer bytes than this say nothing of where they come from.
const TELLING: usize = 4;

/// So many of the datagrams sent last are looked through for where bytes come from.
const LATEST: usize = 16;

/// The finding on a datagram whose bytes are nobody's.
pub(super) fn finding_of(account: &Account<'_>, receiving: &Receiving<'_>, received: &Received) -> Finding {
    // Bytes that are a sent datagram's, as far as they go, differ from it where they stop.
    let none = || Difference {
        at: received.len,
        expected: Vec::new(),
        actual: Vec::new(),
        stands_at: None,
        belongs_to: None,
    };
    let difference = received.difference.as_deref().cloned().unwrap_or_else(none);
    let (kind, actual) = kind_of(account, receiving, received, &difference);
    Finding {
        kind,
        expected: format!("{} to receive what was sent to it, datagram by datagram", receiving.end),
        actual,
        difference: Some(difference),
    }
}

fn kind_of(
    account: &Account<'_>,
    receiving: &Receiving<'_>,
    received: &Received,
    difference: &Difference,
) -> (FailureKind, String) {
    let (len, at) = (received.len, difference.at);
    let to_this_end = || {
        let taken = |step| account.is_in_lock_step() && step > receiving.step;
        account.sendings.iter().filter(move |one| one.to == receiving.end && !taken(one.step))
    };
    if let Some(sender) = difference.belongs_to {
        let actual = format!("a datagram of {len} bytes that {sender} sent to somebody else");
        return (FailureKind::CrossTalk, actual);
    }
    if len == 0 {
        let is_due = to_this_end().any(|one| one.is_taken() && one.came == 0);
        let kind = if is_due { FailureKind::Truncated } else { FailureKind::Invented };
        return (kind, "an empty datagram that nobody sent".to_owned());
    }
    if at == len {
        let actual = format!("only the first {len} bytes of a datagram, though there was room for more");
        return (FailureKind::Truncated, actual);
    }
    if to_this_end().next().is_none() {
        return (FailureKind::Invented, format!("{len} bytes, though nobody had sent any"));
    }
    let telling = difference.actual.len() >= TELLING;
    if difference.expected.is_empty() && at > 0 {
        if telling && to_this_end().any(|one| begins(one.payload, &difference.actual)) {
            let actual =
                format!("a datagram of {at} bytes and the next one behind it, in one of {len} bytes");
            return (FailureKind::Merged, actual);
        }
        let actual = format!("{len} bytes, of which those behind byte {at} were not sent with it");
        return (FailureKind::Invented, actual);
    }
    let mut latest = to_this_end().rev().take(LATEST);
    if telling && latest.any(|one| is_inside(one.payload, &difference.actual, len)) {
        let actual = format!("{len} bytes from the middle of a datagram, as if they were one");
        return (FailureKind::Split, actual);
    }
    (FailureKind::Corrupted, format!("{len} bytes that are wrong from byte {at} on"))
}

/// Whether a payload begins with these bytes, or they with it.
fn begins(payload: &Payload, bytes: &[u8]) -> bool {
    let start = payload.slice(0, bytes.len());
    start.len() >= TELLING && bytes.starts_with(start)
}

/// Whether these bytes stand in a payload behind its first byte, with `len` bytes from there on.
fn is_inside(payload: &Payload, bytes: &[u8], len: u64) -> bool {
    let whole = payload.slice(0, usize::MAX);
    let places = (whole.len() as u64).saturating_sub(len);
    let places = usize::try_from(places).unwrap_or(0);
    (1..=places).any(|at| whole[at..].starts_with(bytes))
}
