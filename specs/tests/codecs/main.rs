//! Codecs that the suite has never seen: the sound ones are never accused, the wrong ones always, by a case that is short.
//!
//! Both sides are needed: a suite that accuses everything catches every slip.

mod doors;
mod format;
mod grown;
mod lasting;
mod sound;
mod wrong;

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::{Bytes, BytesMut};
use sockspec::{Layout, catalogue};
use sockspec_harness::codec::Codec;
use sockspec_harness::fault::{self, Faulty};
use sockspec_harness::link::{CodecFactory, DirectCodec, FramedOverTcp};
use sockspec_harness::run::{Event, Pair, Report, Settings, VerdictWord, run};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Kind, Subject};
use sockspec_harness::system::System;
use sockspec_harness::verdict::FailureKind;

use format::Format;
use wrong::{LONG_SLIPS, SLIPS, Slip};

/// Defines a test for each build of sound codecs, so that they go on beside each other.
macro_rules! sound {
    ($($build:ident)*) => {
        $(#[test]
        fn $build() {
            let_through(stringify!($build));
        })*

        #[test]
        fn every_build_is_tried() {
            let builds: Vec<&str> = sound::BUILDS.iter().map(|(name, _)| *name).collect();
            assert_eq!(builds, [$(stringify!($build)),*]);
        }
    };
}

sound! {
    patient header_first own_store up_front ends_after_error byte_by_byte ahead goes_on swaps rope
    splits_off replaces lavish early
}

/// Runs the whole group against a build in some of the formats, directly, and some builds in the first of them over TCP, too.
///
/// Each format has its turn with some build, the last build with those that are left; all of them with all builds take too long for a test run on each change.
fn let_through(build: &str) {
    let index = sound::BUILDS.iter().position(|(name, _)| *name == build).expect("a test names a build");
    let (_, make) = sound::BUILDS[index];
    let formats = Format::all();
    let mut accused = Vec::new();
    let is_last = index + 1 == sound::BUILDS.len();
    let count = match cfg!(debug_assertions) {
        true if is_last => formats.len() - index,
        true => FORMATS_PER_BUILD,
        false => formats.len(),
    };
    for turn in 0..count {
        let (name, format) = &formats[(index + turn) % formats.len()];
        let is_over_tcp = turn == 0 && index % BUILDS_PER_TCP == 0;
        let systems = systems(name, format, make(format.clone()));
        for system in systems.into_iter().take(if is_over_tcp { 2 } else { 1 }) {
            let report = check(specs().collect(), &system, true);
            let is_accused = |verdict| !matches!(verdict, VerdictWord::Pass | VerdictWord::Skipped);
            if report.rows.iter().any(|row| is_accused(row.verdict)) {
                accused.push(report.to_string());
            }
        }
    }
    assert!(accused.is_empty(), "accused {} times:\n{}", accused.len(), accused.join("\n"));
}

/// In how many formats a build is tried at least.
const FORMATS_PER_BUILD: usize = 1;

/// One of how many builds is tried over TCP.
const BUILDS_PER_TCP: usize = if cfg!(debug_assertions) { 7 } else { 1 };

#[test]
fn every_slip_is_caught_and_made_small() {
    let faults: Vec<String> = SLIPS.iter().filter_map(|slip| fault_of(slip, true)).collect();
    assert!(faults.is_empty(), "of {} slips:\n{}", SLIPS.len(), faults.join("\n"));
}

#[test]
fn every_slip_that_shows_late_is_caught() {
    let faults: Vec<String> = LONG_SLIPS.iter().filter_map(|slip| fault_of(slip, false)).collect();
    assert!(faults.is_empty(), "of {} slips:\n{}", LONG_SLIPS.len(), faults.join("\n"));
}

/// Gives empty frames without end.
struct Hollow;

impl Codec for Hollow {
    fn encode(&mut self, _: &[u8], _: &mut BytesMut) -> io::Result<()> {
        Ok(())
    }

    fn decode(&mut self, _: &mut BytesMut) -> io::Result<Option<Bytes>> {
        Ok(Some(Bytes::new()))
    }

    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.decode(input)
    }
}

#[test]
fn an_empty_frame_that_nobody_sent_differs_at_no_byte() {
    let [hollow, _] = systems("hollow", &Format::of(Layout::u16_be()), Arc::new(|| Box::new(Hollow)));
    let report = check(specs().filter(|spec| spec.id == "framing/every-split").collect(), &hollow, true);
    let departure = report.rows[0].departure.as_ref().expect("it departs");
    assert_eq!((departure.kind, &departure.difference), (FailureKind::Invented, &None));
}

#[test]
fn the_first_failure_ends_a_run_that_fails_fast() {
    let layout = Layout::u32_be().max_frame(1 << 12);
    let (_, make) = sound::BUILDS[0];
    let system = DirectCodec::new(Subject::framing("broken", layout.clone()), make(Format::of(layout)));
    let broken: Arc<dyn System> = Arc::new(Faulty::new(system, fault::find("empty-frame-ends").unwrap()));
    let fast = |jobs: usize| {
        let pairs = specs().map(|spec| Pair { spec, system: Arc::clone(&broken) }).collect();
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let settings = Settings { jobs, shrink: false, fail_fast: true, ..Settings::default() };
        let mut begun = 0;
        let report = run(pairs, &settings, &Arc::new(AtomicBool::new(false)), &mut |event| {
            begun += usize::from(matches!(event, Event::RowStarted { .. }));
        });
        (report.rows, begun)
    };
    let (rows, begun) = fast(1);
    assert_eq!(rows.iter().filter(|row| row.verdict == VerdictWord::Fail).count(), 1);
    assert_eq!(begun, rows.len(), "a spec behind the first failure was begun");
    assert_eq!(fast(3).0, rows, "what other threads had begun is in the report");
}

/// The most steps that a person takes in at a glance.
const MOST_STEPS: usize = 24;

/// What is wrong with how a slip is judged by the spec that has to catch it.
fn fault_of(slip: &Slip, is_short: bool) -> Option<String> {
    let (format, make) = ((slip.format)(), slip.make);
    let factory = {
        let format = format.clone();
        Arc::new(move || make(format.clone()))
    };
    let [system, _] = systems(&slip.name.replace('_', "-"), &format, factory);
    let spec = specs().find(|spec| spec.id == slip.caught_by).expect("a slip names a spec");
    let report = check(vec![spec], &system, is_short);
    let departure = report.rows.first().and_then(|row| row.departure.as_ref());
    let Some(departure) = departure else { return Some(format!("{} is missed by {}", slip.name, spec.id)) };
    let steps: usize = departure.plans.iter().map(|plan| plan.steps.len()).sum();
    (is_short && steps > MOST_STEPS).then(|| format!("{} is shown in {steps} steps", slip.name))
}

/// The specs of the group.
fn specs() -> impl Iterator<Item = &'static Spec> {
    catalogue::specs().filter(|spec| spec.needs.kind == Kind::Framing)
}

/// A codec as both systems.
fn systems(name: &str, format: &Format, factory: CodecFactory) -> [Arc<dyn System>; 2] {
    let subject = |id: String| Subject::framing(id, format.layout.clone());
    [
        Arc::new(DirectCodec::new(subject(name.to_owned()), Arc::clone(&factory))),
        Arc::new(FramedOverTcp::new(subject(format!("{name}-tcp")), factory)),
    ]
}

fn check(specs: Vec<&'static Spec>, system: &Arc<dyn System>, shrink: bool) -> Report {
    let concerned = specs.into_iter().filter(|spec| spec.needs.concern(system.subject()));
    let pairs = concerned.map(|spec| Pair { spec, system: Arc::clone(system) }).collect();
    let settings = Settings { jobs: NonZeroUsize::MIN, shrink, ..Settings::default() };
    run(pairs, &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ())
}
