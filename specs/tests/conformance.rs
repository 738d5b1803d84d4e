//! One named test for each spec and each system of this machine.
//!
//! The names are `group/name::system`, so that a filter picks a group, a rule or a system.
//! A pair that the rule is not about is not there.
//! A pair that cannot be tried here (the machine lacks the system, or the system a capability) is listed as ignored;
//! it says the reason when it is run all the same, with `--include-ignored`.
//! Why not `#[test]` functions: the list is the catalogue times the systems, and would be kept in a second place.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use libtest_mimic::{Arguments, Failed, Trial};
use sockspec::{catalogue, systems};
use sockspec_harness::plan::Draw;
use sockspec_harness::report::{Detail, Palette, ReplayLine, Text};
use sockspec_harness::run::{
    DEFAULT_SEED, Existing, KnownFailings, Pair, Report, Settings, VerdictWord, forgive, run,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // A runner that starts a process for each test names it: nothing else needs to be made then.
    let only = arguments.filter.as_deref().filter(|_| arguments.exact);
    let trials = pairs().filter(|pair| only.is_none_or(|only| only == name(pair))).map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every pair that a rule is about.
fn pairs() -> impl Iterator<Item = Pair> {
    let systems = systems::systems();
    catalogue::specs().flat_map(move |spec| {
        let concerned = systems.iter().filter(|system| spec.needs.concern(system.subject()));
        concerned.map(|system| Pair { spec, system: Arc::clone(system) }).collect::<Vec<_>>()
    })
}

fn name(pair: &Pair) -> String {
    format!("{}::{}", pair.spec.id, pair.system.subject().id)
}

/// The test of one pair.
fn trial(pair: Pair) -> Trial {
    let is_ignored = !can_be_tried(&pair);
    Trial::test(name(&pair), move || judge(pair)).with_ignored_flag(is_ignored)
}

/// Whether the machine has the system, the system has what the spec needs, and the spec has something to try on it.
fn can_be_tried(pair: &Pair) -> bool {
    let Pair { spec, system } = pair;
    let subject = system.subject();
    let mut draw = Draw::new(DEFAULT_SEED, &[spec.id, &subject.id]);
    system.unavailable().is_none()
        && spec.needs.lacking(subject).is_none()
        && !(spec.experiments)(subject, &mut draw).is_empty()
}

/// Runs the pair alone, on one thread: libtest-mimic sees to it that tests go on beside each other.
fn judge(pair: Pair) -> Result<(), Failed> {
    let settings = Settings { jobs: NonZeroUsize::MIN, ..Settings::default() };
    let mut report = run(vec![pair], &settings, &Arc::new(AtomicBool::new(false)), &mut |_| ());
    let systems = systems::systems();
    let exists = Existing {
        specs: catalogue::specs().map(|spec| spec.id).collect(),
        systems: systems.iter().map(|system| system.subject().id.as_str()).collect(),
    };
    forgive(&mut report, &systems::known_failings(), &KnownFailings::default(), &exists);
    let text = Text {
        report: &report,
        detail: Detail::Normal,
        palette: &Palette::PLAIN,
        replay: ReplayLine::Command,
        words: "",
    };
    match verdict(&report) {
        VerdictWord::Fail => Err(text.to_string().into()),
        _ if !report.stale.is_empty() => Err(text.to_string().into()),
        VerdictWord::Pass => Ok(()),
        // None of these is a failure, and the reason of each must not be lost.
        VerdictWord::Warn | VerdictWord::Inconclusive | VerdictWord::Skipped | VerdictWord::Known => {
            remark(&text.to_string());
            Ok(())
        }
    }
}

/// What the only row came to.
fn verdict(report: &Report) -> VerdictWord {
    match report.rows.as_slice() {
        [row] => row.verdict,
        rows => panic!("wanted one row, saw {}", rows.len()),
    }
}

#[expect(clippy::print_stderr, reason = "a test says on stderr what it has to remark")]
fn remark(words: &str) {
    eprintln!("{words}");
}
