//! Datagrams whose bytes are not those that were sent.

use super::letter::on_receive;
use crate::fault::Fault;
use crate::system::World;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::datagram(
        "flip-bit-datagram",
        "one bit in the middle of the second datagram of 16 bytes or more that comes is flipped",
        flip_bit_datagram,
    ),
    Fault::datagram(
        "late-datagram-corruption",
        "one bit in the middle of every datagram behind the 100th that comes is flipped",
        late_datagram_corruption,
    ),
    Fault::datagram(
        "mixed-datagrams",
        "the second half of a datagram of 64 bytes or more is that of the one before, if that was as long",
        mixed_datagrams,
    ),
    Fault::datagram(
        "padded-datagram",
        "a datagram of 1 to 45 bytes comes filled up with zeros to 46, as short Ethernet frames are",
        padded_datagram,
    ),
    Fault::datagram(
        "partial-fragment",
        "the last eight bytes of a datagram of more than 1500 bytes are zero",
        partial_fragment,
    ),
    Fault::datagram(
        "stale-tail-datagram",
        "a datagram shorter than the one before comes with up to eight of that one's bytes behind it",
        stale_tail_datagram,
    ),
];

fn flip_bit_datagram(sound: Box<dyn World>) -> Box<dyn World> {
    let mut long = 0;
    on_receive(sound, move |letter| {
        long += u64::from(letter.len >= 16);
        if letter.len >= 16 && long == 2 {
            letter.flip_in_the_middle();
        }
    })
}

fn late_datagram_corruption(sound: Box<dyn World>) -> Box<dyn World> {
    on_receive(sound, |letter| {
        if letter.number > 100 {
            letter.flip_in_the_middle();
        }
    })
}

fn mixed_datagrams(sound: Box<dyn World>) -> Box<dyn World> {
    let mut before: Vec<u8> = Vec::new();
    on_receive(sound, move |letter| {
        let this = letter.bytes().to_vec();
        if this.len() >= 64 && before.len() >= this.len() {
            let half = this.len() / 2..this.len();
            letter.bytes()[half.clone()].copy_from_slice(&before[half]);
        }
        before = this;
    })
}

fn padded_datagram(sound: Box<dyn World>) -> Box<dyn World> {
    on_receive(sound, |letter| {
        if (1..46).contains(&letter.len) {
            letter.append(&[0; 46][letter.len..]);
        }
    })
}

fn partial_fragment(sound: Box<dyn World>) -> Box<dyn World> {
    on_receive(sound, |letter| {
        if let Some(start) = letter.len.checked_sub(8).filter(|_| letter.len > 1500) {
            letter.bytes()[start..].fill(0);
        }
    })
}

fn stale_tail_datagram(sound: Box<dyn World>) -> Box<dyn World> {
    let mut before: Vec<u8> = Vec::new();
    on_receive(sound, move |letter| {
        let this = letter.bytes().to_vec();
        let stale = before.get(this.len()..).unwrap_or_default();
        letter.append(&stale[..stale.len().min(8)]);
        before = this;
    })
}
