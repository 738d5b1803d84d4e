//! Every fault of codecs changes something that can be seen, and a codec that is only wrapped changes nothing.

mod desk;
mod scenario;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use desk::{Desk, Seen};
use scenario::{ALL, Scenario, greeting};

use crate::codec::Tamper;
use crate::fault::framing::{Reader, decoding, encoding};
use crate::fault::{Fault, all, find};
use crate::layout::Layout;
use crate::subject::{Kind, Subject};

/// The layouts in which faults are shown: each fits one of them.
fn layouts() -> [Layout; 4] {
    [
        Layout::u32_be().max_frame(70_000),
        Layout::u16_le(),
        Layout::varint().max_frame(20_000),
        Layout::netstring().max_frame(300),
    ]
}

/// Faults that have a test of their own, here or where allocations are counted.
const APART: &[&str] = &[
    "allocates-announced",
    "copies-per-piece",
    "hoards-frames",
    "scans-from-start",
    "spins-decoder",
    "spins-encoder",
];

fn codec_faults() -> impl Iterator<Item = &'static Fault> {
    all().filter(|fault| fault.kinds.contains(&Kind::Framing))
}

#[test]
fn every_fault_of_codecs_shows() {
    let shows = |fault: &'static Fault| {
        layouts().iter().filter(|layout| (fault.fits)(layout)).any(|layout| {
            ALL.iter().any(|scenario| see(layout, Some(fault), *scenario) != see(layout, None, *scenario))
        })
    };
    let hidden: Vec<&str> = codec_faults()
        .filter(|fault| !APART.contains(&fault.id) && !shows(fault))
        .map(|fault| fault.id)
        .collect();
    assert!(hidden.is_empty(), "not to be seen: {hidden:?}");
}

#[test]
fn a_fault_of_codecs_leaves_a_greeting_alone_unless_it_breaks_everything_of_its_sort() {
    let loud: Vec<&str> = codec_faults()
        .filter(|fault| {
            layouts()
                .iter()
                .filter(|layout| (fault.fits)(layout))
                .any(|layout| see(layout, Some(fault), greeting) != see(layout, None, greeting))
        })
        .map(|fault| fault.id)
        .collect();
    let expected = [
        "late-frame",
        "length-byte-swapped",
        "length-counts-header",
        "length-one-less",
        "length-one-more",
        "mutual-counts-header",
        "mutual-narrow",
        "mutual-swapped",
        "clean-end-refused",
        "end-invents-empty",
        "end-repeats-frame",
        "endless-frames-at-end",
        "encode-adds-byte",
        "encode-counts-header",
        "encode-swapped",
    ];
    assert_eq!(loud, expected);
}

#[test]
fn a_codec_that_is_only_wrapped_is_the_same() {
    let tampers: [Tamper; 2] = [
        |sound, layout| decoding(sound, layout, Reader::next),
        |sound, layout| encoding(sound, layout, |_, sound, payload, output| sound.encode(payload, output)),
    ];
    for layout in layouts() {
        for (index, scenario) in ALL.iter().enumerate() {
            let sound = see(&layout, None, *scenario);
            assert!(sound.len() > 1, "scenario {index} of {layout} sees nothing");
            for tamper in tampers {
                let mut desk = Desk::new(&layout);
                desk.tamper.set(Some(tamper));
                scenario(&mut desk);
                assert_eq!(desk.seen, sound, "scenario {index} of {layout}");
            }
        }
    }
}

#[test]
fn a_fault_of_codecs_applies_by_layout() {
    let applies = |id: &str, layout: Layout| find(id).unwrap().applies_to(&Subject::framing("f", layout));
    assert!(applies("varint-one-byte", Layout::varint()) && !applies("varint-one-byte", Layout::u32_be()));
    assert!(applies("limit-none", Layout::u32_be()) && !applies("limit-none", Layout::u16_be()));
    assert!(!find("limit-none").unwrap().applies_to(&Subject::stream("s")));
}

#[test]
fn a_spinning_codec_does_not_return() {
    for id in ["spins-decoder", "spins-encoder"] {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let layout = &layouts()[0];
            for scenario in ALL {
                see(layout, find(id), *scenario);
            }
            let _ = sender.send(());
        });
        assert_eq!(receiver.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout), "{id}");
    }
}

/// What a scenario sees of a sound codec, or of one that is broken.
fn see(layout: &Layout, fault: Option<&'static Fault>, scenario: Scenario) -> Vec<Seen> {
    let mut desk = Desk::new(layout);
    if let Some(fault) = fault {
        fault.wrap(desk.world());
    }
    // A panic is the last thing that is seen.
    if catch_unwind(AssertUnwindSafe(|| scenario(&mut desk))).is_err() {
        desk.seen.push(Seen::Panicked);
    }
    desk.seen
}
