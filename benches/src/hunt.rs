//! Who finds more: each codec fault is hunted by the catalogue, and then by each peer for as long as the catalogue took.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::panic;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use sockspec::{catalogue, systems};

use sockspec_harness::fault::{self, Fault, Faulty};
use sockspec_harness::layout::Layout;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::run::{Pair, Settings, VerdictWord, run};
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;

use crate::peers::{self, Enough, Make, Search};

/// What came of hunting every fault.
#[derive(Clone, Debug, Default)]
pub struct Catch {
    /// Those that were hunted.
    pub faults: BTreeSet<&'static str>,
    /// Those that the catalogue found.
    pub by_catalogue: BTreeSet<&'static str>,
    /// Those that proptest with partial-io found in the same time.
    pub by_proptest: BTreeSet<&'static str>,
    /// Those that proptest with partial-io found in that time or in the time at ease, whichever is longer.
    pub by_proptest_at_ease: BTreeSet<&'static str>,
    /// Those that random chunks found in the same time.
    pub by_chunks: BTreeSet<&'static str>,
    /// How long the catalogue took, all faults together.
    pub took: Duration,
}

/// Hunts each of the first `most` codec faults on one thread; `ease` is how long proptest may take for each where it has time.
///
/// # Panics
/// If the harness does.
pub fn hunt(seed: u64, most: usize, ease: Duration) -> Catch {
    let mut catch = Catch::default();
    for (fault, layout) in prey().into_iter().take(most) {
        catch.faults.insert(fault.id);
        let began = Instant::now();
        let is_found = catalogue_finds(seed, fault, &layout);
        let took = began.elapsed();
        catch.took += took;
        let chase = |search, time| peer_finds(search, seed, fault, &layout, time);
        let is_found_by_proptest = chase(peers::by_proptest, took);
        let is_found_at_ease = is_found_by_proptest || took < ease && chase(peers::by_proptest, ease);
        for (set, is_found) in [
            (&mut catch.by_catalogue, is_found),
            (&mut catch.by_proptest, is_found_by_proptest),
            (&mut catch.by_proptest_at_ease, is_found_at_ease),
            (&mut catch.by_chunks, chase(peers::by_random_chunks, took)),
        ] {
            set.extend(is_found.then_some(fault.id));
        }
    }
    catch
}

/// Every fault of codecs, each with the first layout that it fits.
///
/// Those that never return come last: the threads that they take go on computing for a while.
fn prey() -> Vec<(&'static Fault, Layout)> {
    let layouts = [
        Layout::u32_be().max_frame(1 << 16),
        Layout::u16_le(),
        Layout::varint().max_frame(1 << 15),
        Layout::netstring().max_frame(1000),
    ];
    let in_layout = |fault: &'static Fault| {
        let fits = layouts.iter().find(|layout| fault.applies_to(system(layout).subject()));
        fits.map(|layout| (fault, layout.clone()))
    };
    let mut prey: Vec<_> = fault::all().filter_map(in_layout).collect();
    prey.sort_by_key(|(fault, _)| fault.id.starts_with("spins-"));
    prey
}

/// The catalogue's framing specs, one after the other, until one fails.
fn catalogue_finds(seed: u64, fault: &'static Fault, layout: &Layout) -> bool {
    let broken: Arc<dyn System> = Arc::new(Faulty::new(system(layout), fault));
    let about = catalogue::specs().filter(|spec| spec.group() == "framing");
    let pairs = about.map(|spec| Pair { spec, system: Arc::clone(&broken) }).collect();
    let settings =
        Settings { seed, jobs: NonZeroUsize::MIN, fail_fast: true, shrink: false, ..Settings::default() };
    let report = run(pairs, &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ());
    report.rows.iter().any(|row| matches!(row.verdict, VerdictWord::Fail | VerdictWord::Warn))
}

/// A codec that keeps every rule, so that whoever finds something has found the fault.
fn system(layout: &Layout) -> DirectCodec {
    DirectCodec::new(Subject::framing("codec", layout.clone()), systems::reference_codec(layout))
}

/// How much longer than its time a search may take before it counts as one that hangs.
const HANGS: Duration = Duration::from_secs(3);

/// What looks for a fault until that is enough.
type PeerSearch = fn(Make<'_>, u64, Enough<'_>) -> Search;

/// Whether a peer finds the fault in this time; a test that hangs has found it, since whoever runs it sees that.
fn peer_finds(search: PeerSearch, seed: u64, fault: &'static Fault, layout: &Layout, time: Duration) -> bool {
    let (sender, receiver) = mpsc::channel();
    let layout = layout.clone();
    quietly(|| {
        thread::spawn(move || {
            let tamper = fault.codec_tamper().expect("it is a fault of codecs");
            let sound = systems::reference_codec(&layout);
            let make = || tamper(sound(), &layout);
            let until = Instant::now() + time;
            // Nobody waits any more for one that hangs.
            let _ = sender.send(search(&make, seed, &|_| Instant::now() >= until).found);
        });
        receiver.recv_timeout(time + HANGS).unwrap_or(true)
    })
}

/// A codec that panics would fill the terminal.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let result = work();
    panic::set_hook(hook);
    result
}
