//! Options that are set and have no effect, or another one.

use crate::fault::Fault;
use crate::fault::around::{around, done};
use crate::plan::Setting;
use crate::subject::Capability;
use crate::system::{Call, World};

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::stream("cork-ignored", "partial segments are sent though the end is corked", |sound| {
        ignoring(sound, |setting| matches!(setting, Setting::Cork(_)))
    })
    .needing(&[Capability::Ports, Capability::SocketOptions]),
    Fault::stream("nagle-always", "small writes wait for acknowledgements whatever was set", nagle_always)
        .needing(&[Capability::Ports, Capability::SocketOptions]),
    Fault::stream("nagle-never", "small writes are sent at once though they were to wait", |sound| {
        ignoring(sound, |setting| matches!(setting, Setting::Nagle(true)))
    })
    .needing(&[Capability::Ports, Capability::SocketOptions]),
    Fault::stream("segment-size-ignored", "segments are as large as ever whatever was set", |sound| {
        ignoring(sound, |setting| matches!(setting, Setting::SegmentSize(_)))
    })
    .needing(&[Capability::Ports, Capability::SocketOptions]),
];

fn ignoring(sound: Box<dyn World>, is_ignored: fn(&Setting) -> bool) -> Box<dyn World> {
    around(sound, move |sound, cx, end, call| match call {
        Call::Configure(setting) if is_ignored(&setting) => done(),
        other => sound.poll(cx, end, other),
    })
}

fn nagle_always(sound: Box<dyn World>) -> Box<dyn World> {
    around(sound, |sound, cx, end, call| match call {
        // Only who asks is told wrong: each small write of all other plans would wait for a delayed acknowledgement, and they take seconds.
        Call::Configure(Setting::Nagle(_)) => sound.poll(cx, end, Call::Configure(Setting::Nagle(true))),
        other => sound.poll(cx, end, other),
    })
}
