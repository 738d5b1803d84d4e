//! Every fault changes something that can be seen, and a world that is only wrapped changes nothing.

mod framing;
mod memory;
mod probe;
mod scenario;

use std::collections::BTreeSet;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use memory::Memory;
use probe::{Probe, Seen};

use super::around::{Answered, around, counted, on_write};
use super::datagram::{on_receive, on_send};
use super::flow::on_read;
use super::{Fault, Wrap, all, families, find};
use crate::plan::End;
use crate::subject::{Capability, Kind, Subject};
use crate::system::{Call, World};

/// A scenario: what is asked of a world.
type Scenario = fn(&mut Probe);

/// Which scenario shows which faults of streams.
const STREAM: &[(Scenario, &[&str])] = &[
    (
        scenario::pieces,
        &[
            "drop-byte",
            "early-end",
            "flip-bit",
            "impossible-write-count",
            "over-reported-write",
            "panics",
            "pending-write-sends",
            "repeat-bytes",
            "stale-tail",
            "stuck-flush",
            "swap-bytes",
            "truncated-write",
            "under-reported-write",
            "withheld-flush",
            "zero-read",
            "zero-write",
        ],
    ),
    (scenario::joined, &["merge-loss", "merged-out-of-order"]),
    (scenario::short_reads, &["boundary-sized-read", "message-reads", "one-byte-read"]),
    (scenario::two_connections, &["cross-talk", "second-connection"]),
    (scenario::both_ways, &["echoed-direction", "peer-direction-only"]),
    (scenario::nothing, &["empty-read-consumes", "empty-read-ends", "empty-write-ends"]),
    (
        scenario::end,
        &[
            "bytes-after-end",
            "end-as-error",
            "end-as-reset",
            "end-not-kept",
            "half-close-closes-both",
            "lost-tail-at-shutdown",
            "missing-end",
            "unflushed-shutdown",
            "write-after-shutdown-accepted",
        ],
    ),
    (scenario::left, &["lost-tail-at-drop"]),
    (scenario::reset, &["error-as-end"]),
    (scenario::waiting_reads, &["end-wakes-nobody", "lost-read-wake-up", "would-block-error"]),
    (
        scenario::waiting_writes,
        &["duplex-deadlock", "lost-write-wake-up", "mutual-deadlock", "no-back-pressure"],
    ),
    (scenario::waiting_both, &["one-waker"]),
    (scenario::cancelled_read, &["cancelled-read-loss"]),
    (scenario::several_buffers, &["first-slice-only", "reversed-slices"]),
    (scenario::many_writes, &["late-corruption"]),
    (scenario::bulk, &["late-megabyte"]),
    (
        scenario::set_up,
        &[
            "accept-own-port",
            "accept-shares",
            "connects-to-nobody",
            "deaf-listener",
            "half-open",
            "unmirrored-names",
            "wildcard-name",
            "write-before-connect",
            "wrong-names",
        ],
    ),
    (scenario::settings, &["cork-ignored", "nagle-always", "nagle-never", "segment-size-ignored"]),
];

/// Which scenario shows which faults of datagrams.
const DATAGRAM: &[(Scenario, &[&str])] = &[
    (
        scenario::sizes,
        &[
            "drop-datagram",
            "empty-datagram-ends",
            "flip-bit-datagram",
            "largest-vanishes",
            "mixed-datagrams",
            "padded-datagram",
            "panics-datagram",
            "partial-fragment",
            "refuses-largest",
            "split-datagram",
            "stale-tail-datagram",
            "swallowed-empty",
            "truncated-datagram",
            "wildcard-name",
            "wrong-length-claimed",
            "wrong-source",
        ],
    ),
    (scenario::queued, &["merged-datagrams", "uncounted-drop"]),
    (scenario::short_buffers, &["truncation-keeps-rest"]),
    (scenario::oversize, &["error-poisons", "oversize-swallowed", "oversize-truncated"]),
    (scenario::strangers, &["cross-talk-datagram", "foreign-accepted", "unreachable-silent", "wrong-names"]),
    (scenario::waiting_receive, &["lost-datagram-wake-up"]),
    (scenario::cancelled_receive, &["cancelled-receive-loss"]),
    (scenario::many_datagrams, &["late-datagram-corruption"]),
];

/// The faults that have a test of their own below.
const APART: &[&str] = &["hoards-memory", "lost-send-wake-up", "spins", "spins-datagram", "wrap-corruption"];

#[test]
fn every_fault_shows() {
    let mut failures = Vec::new();
    for (kind, table) in [(Kind::Stream, STREAM), (Kind::Datagram, DATAGRAM)] {
        for (scenario, ids) in table {
            let sound = run(Memory::boxed(kind), *scenario);
            for id in *ids {
                let fault = find(id).unwrap_or_else(|| panic!("no fault {id}"));
                if run(fault.wrap(Memory::boxed(kind)), *scenario) == sound {
                    failures.push(*id);
                }
            }
        }
    }
    assert!(failures.is_empty(), "not to be seen: {failures:?}");
}

#[test]
fn every_fault_is_tried() {
    let tried = |table: &[(Scenario, &[&'static str])]| -> BTreeSet<&'static str> {
        table.iter().flat_map(|(_, ids)| ids.iter().copied()).collect()
    };
    for (kind, table) in [(Kind::Stream, STREAM), (Kind::Datagram, DATAGRAM)] {
        let there = all().filter(|fault| fault.kinds.contains(&kind)).map(|fault| fault.id);
        let untried: Vec<&str> =
            there.filter(|id| !tried(table).contains(id) && !APART.contains(id)).collect();
        assert!(untried.is_empty(), "{kind} faults that no scenario tries: {untried:?}");
    }
}

#[test]
fn a_fault_leaves_a_greeting_alone_unless_it_breaks_everything_of_its_sort() {
    let mut loud = BTreeSet::new();
    for fault in all().filter(|fault| !APART.contains(&fault.id)) {
        for kind in fault.kinds {
            let greeting = match kind {
                Kind::Stream => scenario::stream_greeting,
                Kind::Datagram => scenario::datagram_greeting,
                Kind::Framing => continue,
            };
            if run(fault.wrap(Memory::boxed(*kind)), greeting) != run(Memory::boxed(*kind), greeting) {
                loud.insert(fault.id);
            }
        }
    }
    let expected = [
        "end-as-error",
        "end-as-reset",
        "half-open",
        "missing-end",
        "padded-datagram",
        "withheld-flush",
        "wrong-length-claimed",
        "wrong-source",
    ];
    assert_eq!(loud, BTreeSet::from(expected));
}

#[test]
fn a_world_that_is_only_wrapped_is_the_same() {
    let wraps: [Wrap; 5] = [
        |sound| around(sound, |sound, cx, end, call| sound.poll(cx, end, call)),
        |sound| on_read(sound, |_| ()),
        |sound| on_write(sound, |sound, cx, end, bytes| sound.poll(cx, end, Call::Write(bytes))),
        |sound| on_receive(sound, |_| ()),
        |sound| on_send(sound, |sound, cx, end, to, bytes| sound.poll(cx, end, Call::SendTo(to, bytes))),
    ];
    for (kind, table) in [(Kind::Stream, STREAM), (Kind::Datagram, DATAGRAM)] {
        for (index, (scenario, _)) in table.iter().enumerate() {
            let sound = run(Memory::boxed(kind), *scenario);
            assert!(sound.len() > 2, "scenario {index} of a {kind} sees nothing");
            for wrap in wraps {
                assert_eq!(run(wrap(Memory::boxed(kind)), *scenario), sound, "scenario {index} of a {kind}");
            }
        }
    }
}

#[test]
fn ids_are_unique_sorted_words_and_every_fault_says_what_it_does() {
    let ids: Vec<&str> = all().map(|fault| fault.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for family in families() {
        assert!(family.is_sorted_by_key(|fault| fault.id), "{family:?}");
    }
    for Fault { id, kinds, description, .. } in all() {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        assert!(id.split('-').all(is_word), "{id}");
        assert!(!kinds.is_empty(), "{id}");
        assert!(description.len() > 10 && !description.ends_with('.'), "{id}: {description}");
        assert!(find(id).is_some_and(|found| found.id == *id));
    }
    assert!(find("no-such-fault").is_none());
}

#[test]
fn a_fault_applies_by_kind_and_by_capability() {
    let (stream, datagram) = (Subject::stream("s"), Subject::datagram("d"));
    let applies = |id: &str, subject: &Subject| find(id).unwrap().applies_to(subject);
    assert!(applies("flip-bit", &stream) && !applies("flip-bit", &datagram));
    assert!(!applies("wrong-names", &stream));
    let named = [Capability::Ports, Capability::Names];
    assert!(
        applies("wrong-names", &stream.clone().with(named)) && applies("wrong-names", &datagram.with(named))
    );
    assert!(!applies("empty-read-ends", &stream.without(Capability::EmptyRead)));
}

#[test]
fn the_wrap_of_the_sequence_numbers_is_corrupted() {
    /// A stream of zeros without end, which costs nothing to read.
    struct Endless;
    impl World for Endless {
        fn poll(&mut self, _: &mut Context<'_>, _: End, call: Call<'_>) -> Answered {
            match call {
                Call::Read(buffer) => counted(buffer.len()),
                _ => panic!("only reads are expected"),
            }
        }
    }
    let mut world = find("wrap-corruption").unwrap().wrap(Box::new(Endless));
    let mut buffer = vec![0; 1 << 24];
    let mut corrupted = Vec::new();
    for turn in 0..260 {
        let answered =
            world.poll(&mut Context::from_waker(Waker::noop()), End::client(0), Call::Read(&mut buffer));
        assert!(answered.is_ready());
        if buffer[0] != 0 {
            corrupted.push(turn << 24);
            buffer[0] = 0;
        }
    }
    assert_eq!(corrupted, [1u64 << 32]);
}

#[test]
fn a_send_that_waits_is_not_woken() {
    /// A socket without room, which wakes whoever waits for it at once.
    struct Full;
    impl World for Full {
        fn poll(&mut self, cx: &mut Context<'_>, _: End, _: Call<'_>) -> Answered {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }
    let seen = |world| {
        run(world, |probe| {
            let _ = probe.ask(End::client(0), Call::SendTo(End::peer(0), b"no room"));
            probe.keep_bell()(probe);
        })
    };
    assert_eq!(seen(Box::new(Full)), [Seen::Pending, Seen::Woken(true)]);
    let faulty = find("lost-send-wake-up").unwrap().wrap(Box::new(Full));
    assert_eq!(seen(faulty), [Seen::Pending, Seen::Woken(false)]);
}

#[test]
fn a_spinning_call_does_not_return() {
    for (id, kind, scenario) in [
        ("spins", Kind::Stream, scenario::pieces as Scenario),
        ("spins-datagram", Kind::Datagram, scenario::sizes as Scenario),
    ] {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            run(find(id).unwrap().wrap(Memory::boxed(kind)), scenario);
            let _ = sender.send(());
        });
        assert_eq!(receiver.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout), "{id}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hoard_is_many_times_what_was_written() {
    let addresses = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let mut probe = Probe::new(find("hoards-memory").unwrap().wrap(Memory::boxed(Kind::Stream)));
    let before = addresses();
    scenario::bulk(&mut probe);
    let grown = addresses().saturating_sub(before);
    assert!(grown > 1 << 20, "grew by {grown} KiB");
}

/// What a scenario sees of a world; a panic is the last thing that is seen.
fn run(world: Box<dyn World>, scenario: Scenario) -> Vec<Seen> {
    let mut probe = Probe::new(world);
    scenario(&mut probe);
    probe.seen
}
