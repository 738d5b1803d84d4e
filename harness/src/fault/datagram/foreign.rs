//! Code that the harness must survive: it panics, or does not return.

use litemap::LiteMap;

use crate::fault::Fault;
use crate::fault::around::{around, spin_for_good};
use crate::plan::End;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::datagram("panics-datagram", "the second receive of an end panics", |sound| {
        on_second_receive(sound, || panic!("the second receive panics"))
    }),
    Fault::datagram("spins-datagram", "the second receive of an end never returns", |sound| {
        on_second_receive(sound, || spin_for_good())
    }),
];

fn on_second_receive(sound: Box<dyn World>, strike: fn()) -> Box<dyn World> {
    let mut receives: LiteMap<End, u64> = LiteMap::new();
    around(sound, move |sound, cx, end, call| {
        if matches!(call, Call::ReceiveFrom(_)) {
            let receives = receives.entry(end).or_default();
            *receives += 1;
            if *receives == 2 {
                strike();
            }
        }
        sound.poll(cx, end, call)
    })
}
