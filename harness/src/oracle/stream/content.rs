//! What the first wrong byte says: lost, repeated, reordered, someone else's, nobody's, or changed.

use crate::plan::End;
use crate::trace::Difference;
use crate::verdict::{FailureKind, Finding};

/// The finding that a difference in what `sender` sent amounts to.
pub fn finding_of(sender: End, difference: &Difference) -> Finding {
    let (kind, actual) = sort(sender, difference);
    let expected = match difference.expected.first() {
        Some(byte) => format!("{byte:#04x} as byte {} of what {sender} sent", difference.at),
        None => format!("nothing behind the {} bytes that {sender} sent", difference.at),
    };
    Finding { kind, expected, actual, difference: Some(difference.clone()) }
}

fn sort(sender: End, difference: &Difference) -> (FailureKind, String) {
    let Difference { at, expected, actual, .. } = difference;
    if let Some(owner) = difference.belongs_to.filter(|owner| *owner != sender) {
        return (FailureKind::CrossTalk, format!("bytes that {owner} sent"));
    }
    match difference.stands_at {
        Some(place) if place > *at => {
            return (
                FailureKind::Lost,
                format!("what follows from byte {place} on: at least {} bytes are missing", place - at),
            );
        }
        Some(place) if place < *at => {
            return (FailureKind::Repeated, format!("what stands at byte {place}, a second time"));
        }
        _ => {}
    }
    if expected.is_empty() {
        return (FailureKind::Invented, format!("{} that nobody sent", counted(actual.len())));
    }
    if is_permutation(expected, actual) {
        return (FailureKind::Reordered, "the bytes that were due, in another order".to_owned());
    }
    let byte = actual.first().map_or_else(|| "nothing".to_owned(), |byte| format!("{byte:#04x}"));
    (FailureKind::Corrupted, byte)
}

/// The window is short: more may have come than it holds.
fn counted(len: usize) -> String {
    match len {
        1 => "a byte".to_owned(),
        Difference::WINDOW => format!("{len} bytes or more"),
        _ => format!("{len} bytes"),
    }
}

fn is_permutation(expected: &[u8], actual: &[u8]) -> bool {
    let sorted = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.sort_unstable();
        bytes
    };
    expected.len() == actual.len() && expected != actual && sorted(expected) == sorted(actual)
}
