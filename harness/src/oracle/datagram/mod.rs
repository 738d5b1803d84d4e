//! Judging datagram sockets: what was received against what was sent.
//!
//! The books of one run are kept by [`Account`]; what is wrong with a run by itself is found by `departure`,
//! what is wrong with several runs taken together by [`judge`].
//!
//! # When a loss counts
//!
//! A datagram that did not come is the hard case, because most datagram systems may lose (RFC 768, RFC 8085 §3.3).
//!
//! - Of a *lossless* system it is a departure.
//!   So it is where drops are *counted* at the receiver, the count was read before the first and after the last datagram,
//!   and it does not account for what is missing.
//! - Elsewhere one loss, or many, prove nothing. What no accident explains is a loss with a *system* to it:
//!   every datagram of one length was lost, or every one up to a length, or from a length on, or everything one end sent,
//!   or each one that followed an abandoned receive, while others came through.
//!   How likely it is that chance did this follows from how many were lost of all; below one in a thousand million it is a departure.
//!   Since the tries stand at places that share no period, a system that loses every hundredth datagram loses no sort of them,
//!   and one that loses at random has no chance to.
//! - A single datagram that such a system loses each time at the same place (the seventh, say) cannot be told from permitted loss.
//!   Who wants it found declares the system lossless, or lets its drops be counted.
//!
//! A repeat is treated alike: a lossless system and the kernel's loopback never repeat; others may, as long as they do not make a habit of it.

mod account;
mod chance;
mod content;
mod departure;
mod verdict;

#[cfg(test)]
mod tests;

pub use account::{Account, Receiving, Sending};
pub use verdict::{errno_words, judge, not_opened};

/// The largest datagram in bytes that any system carries: what is left of the 576 octets that every IPv4 host accepts
/// (RFC 791 §3.1) after the longest header, rounded down.
///
/// A larger one may be refused by a system that declares no largest; a smaller one may not.
pub const CARRIED_BY_ALL: u64 = 500;
