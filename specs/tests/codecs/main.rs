//! Codecs that the suite has never seen: the sound ones are never accused, the wrong ones always.
//!
//! Both sides are needed: a suite that accuses everything catches every slip.

mod format;
mod sound;
mod wrong;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sockspec::catalogue;
use sockspec_harness::link::{CodecFactory, DirectCodec, FramedOverTcp};
use sockspec_harness::run::{Pair, Report, Settings, VerdictWord, run};
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::{Kind, Subject};
use sockspec_harness::system::System;

use format::Format;
use wrong::{SLIPS, Slip};

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

sound! { patient header_first own_store byte_by_byte ahead goes_on ends_after_error rope }

/// Runs the whole group against a build in every format, directly, and in two of them over TCP.
fn let_through(build: &str) {
    let (_, make) = sound::BUILDS.iter().find(|(name, _)| *name == build).expect("a test names a build");
    let mut accused = Vec::new();
    for (name, format) in Format::all() {
        let over_tcp = ["u16le", "kept"].contains(&name);
        let systems = systems(name, &format, make(format.clone()));
        for system in systems.into_iter().take(if over_tcp { 2 } else { 1 }) {
            let report = check(specs().collect(), &system, true);
            let is_accused = |verdict| !matches!(verdict, VerdictWord::Pass | VerdictWord::Skipped);
            if report.rows.iter().any(|row| is_accused(row.verdict)) {
                accused.push(report.to_string());
            }
        }
    }
    assert!(accused.is_empty(), "accused {} times:\n{}", accused.len(), accused.join("\n"));
}

#[test]
fn every_slip_is_caught() {
    let missed: Vec<&str> = SLIPS.iter().filter(|slip| !is_caught(slip)).map(|slip| slip.name).collect();
    assert!(missed.is_empty(), "{} of {} slips missed: {missed:?}", missed.len(), SLIPS.len());
}

/// Whether any spec catches the slip; nothing more is asked of it then.
fn is_caught(slip: &Slip) -> bool {
    let (format, make) = ((slip.format)(), slip.make);
    let name = slip.name.replace('_', "-");
    let factory = {
        let format = format.clone();
        Arc::new(move || make(format.clone()))
    };
    let mut pairs = systems(&name, &format, factory)
        .into_iter()
        .flat_map(|system| specs().map(move |spec| (spec, Arc::clone(&system))));
    pairs.any(|(spec, system)| {
        let report = check(vec![spec], &system, false);
        let is_accused = |verdict| matches!(verdict, VerdictWord::Fail | VerdictWord::Warn);
        report.rows.iter().any(|row| is_accused(row.verdict))
    })
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
