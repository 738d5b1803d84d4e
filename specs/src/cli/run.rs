//! `sockspec run`: the main job.

use std::path::PathBuf;

use clap::Args;
use sockspec_harness::report::{self, Detail, ReplayLine, Text};
use sockspec_harness::run::{KnownFailings, Report, Settings, forgive};

use super::catalogue::Catalogue;
use super::colour;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::known;
use super::options::{Format, Running, Selecting, Showing, report_file_parser};
use super::output::Output;
use super::progress::Progress;
use super::refusal::Refusal;
use super::sink::{self, Sink};
use super::values::ReportFile;

const AFTER_HELP: &str = "\
Examples:
  sockspec run
  sockspec run --run 'tcp/*' 'udp/*' --skip tcp/sequence-wrap
  sockspec run --system tcp-v4 --level must -v
  sockspec run --format json > report.json
  sockspec run --report junit=junit.xml --report markdown=\"$GITHUB_STEP_SUMMARY\"
  sockspec run --known-failing known.txt    lines like `tcp/nagle tcp-v4  # reason`";

/// Options of `run`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct RunOptions {
    #[command(flatten)]
    selecting: Selecting,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    showing: Showing,
    /// A warning, or a row that cannot be told, fails the run
    #[arg(long, help_heading = "Judging")]
    strict: bool,
    /// A file of failures that are known: they do not fail the run, but one that passes does
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    known_failing: Vec<PathBuf>,
    /// A file of rows that fail now and then: they never fail the run
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    known_flaky: Vec<PathBuf>,
    /// End the run with the first failure
    #[arg(long, help_heading = "Running")]
    fail_fast: bool,
    /// Also write a report to a file: json, junit or markdown; several add up
    #[arg(long, value_name = "KIND=PATH", value_parser = report_file_parser(), help_heading = "Output")]
    report: Vec<ReportFile>,
}

/// What is known to fail.
struct Known {
    failing: KnownFailings,
    flaky: KnownFailings,
}

/// Runs what is selected and reports it.
pub(super) fn run(options: RunOptions, catalogue: &Catalogue, output: &Output) -> Result<Exit, Refusal> {
    // In the order of the exit codes: what cannot be understood, then what cannot be written, then what selects nothing.
    let mut known =
        Known { failing: known::read(&options.known_failing)?, flaky: known::read(&options.known_flaky)? };
    known.failing.append(sockspec::systems::known_failings());
    let sinks = Sink::open_all(&options.report)?;
    let pairs = catalogue.pairs(&options.selecting.selection())?;

    let interrupt = Interrupt::listen(sinks.iter().filter_map(Sink::temporary).collect());
    let mut progress = Progress::new(options.showing.quiet);
    let mut excused = known.failing.clone();
    excused.append(known.flaky.clone());
    let settings = Settings { fail_fast: options.fail_fast, excused, ..options.running.settings() };
    let mut report = sockspec_harness::run::run(pairs, &settings, interrupt.flag(), &mut |event| {
        progress.follow(&event);
    });
    progress.finish();
    report.interrupted = interrupt.is_signalled();
    report.is_strict = options.strict;
    forgive(&mut report, &known.failing, &known.flaky, &catalogue.existing());

    // Neither a report that cannot be written nor one that cannot be printed hides how the run ended.
    let words = options.selecting.words() + &options.running.words();
    let printed = print(&report, &words, options.showing, output).map_err(|refusal| output.refuse(&refusal));
    let written = sink::write_all(sinks, &report, output);
    Ok(Exit::of_run(&report, printed.is_ok() && written))
}

/// Prints the report in the form that was asked for; `words` are what was typed to select what ran.
fn print(report: &Report, words: &str, showing: Showing, output: &Output) -> Result<(), Refusal> {
    let palette = colour::palette();
    let replay = ReplayLine::Command;
    let text = |detail| Text { report, detail, palette: &palette, replay, words }.to_string();
    match showing.format {
        Format::Text => output.print(&text(showing.detail())),
        Format::Json => {
            // Programs read the rows; people want to know how it went.
            match showing.detail() {
                Detail::Quiet => {}
                Detail::Normal => output.tell(&text(Detail::Quiet)),
                Detail::Verbose => output.tell(&text(Detail::Verbose)),
            }
            output.print(&report::json(report))
        }
    }
}
