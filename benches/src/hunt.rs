//! Who finds more: each codec fault is hunted by the catalogue, and then by each peer for as long as the catalogue took.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use sockspec::catalogue;
use sockspec::codec::TokioCodec;
use tokio_util::codec::LengthDelimitedCodec;

use sockspec_harness::codec::Codec;
use sockspec_harness::fault::{self, Fault, Faulty};
use sockspec_harness::layout::Layout;
use sockspec_harness::link::DirectCodec;
use sockspec_harness::run::{Pair, Settings, VerdictWord, run};
use sockspec_harness::subject::Subject;
use sockspec_harness::system::System;

use crate::peers::{self, Make, Search};

/// The largest payload of the codec that is broken, in bytes.
const MAX_FRAME: usize = 1 << 17;

/// What came of hunting every fault.
#[derive(Clone, Debug, Default)]
pub struct Catch {
    /// How many faults there were.
    pub faults: usize,
    /// Those that the catalogue found.
    pub by_catalogue: BTreeSet<&'static str>,
    /// Those that proptest with partial-io found in the same time.
    pub by_proptest: BTreeSet<&'static str>,
    /// Those that random chunks found in the same time.
    pub by_chunks: BTreeSet<&'static str>,
    /// How long the catalogue took, all faults together.
    pub took: Duration,
}

/// Hunts each of the first `most` faults on one thread.
///
/// A fault that never returns is left out: only the catalogue survives it.
///
/// # Panics
/// If the harness does.
pub fn hunt(seed: u64, most: usize) -> Catch {
    let layout = Layout::u32_be().max_frame(MAX_FRAME as u64);
    let mut catch = Catch::default();
    let faults = fault::all().filter(|fault| fault.wrap_codec(sound(), &layout).is_some());
    let faults = faults.filter(|fault| fault.applies_to(system(&layout).subject()));
    for fault in faults.filter(|fault| !fault.id.starts_with("spins-")).take(most) {
        catch.faults += 1;
        let began = Instant::now();
        if catalogue_finds(seed, fault, &layout) {
            catch.by_catalogue.insert(fault.id);
        }
        let took = began.elapsed();
        catch.took += took;
        let make = || fault.wrap_codec(sound(), &layout).expect("filtered above");
        for (search, found) in [
            (peers::by_proptest as fn(Make<'_>, u64, Instant) -> Search, &mut catch.by_proptest),
            (peers::by_random_chunks, &mut catch.by_chunks),
        ] {
            if quietly(|| search(&make, seed, Instant::now() + took)).found {
                found.insert(fault.id);
            }
        }
    }
    catch
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

/// The codec that is broken.
fn sound() -> Box<dyn Codec> {
    Box::new(TokioCodec(LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME).new_codec()))
}

fn system(layout: &Layout) -> DirectCodec {
    DirectCodec::new(Subject::framing("length-delimited", layout.clone()), Arc::new(sound))
}

/// A codec that panics would fill the terminal.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let result = work();
    panic::set_hook(hook);
    result
}
