//! `sockspec fuzz`: a bounded campaign over the systems, without nightly Rust and without cargo-fuzz.

mod progress;
mod show;

use std::fmt::Write;
use std::io;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use sockspec::fuzz::{Corpus, JUDGES, entrants};
use sockspec_harness::run::{Bounds, CampaignEvent, VerdictWord, campaign, forgive_found};

use self::progress::Progress;
use super::catalogue::Catalogue;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::known;
use super::options::{Running, Selecting, Showing, report_file_parser};
use super::output::Output;
use super::refusal::{Refusal, words};
use super::sink::{self, Sink};
use super::values::{self, ReportFile};

const AFTER_HELP: &str = "\
Plans are changed at random, run and judged; those whose traces show something new are changed further.
With --corpus they are kept on disk as soon as they are found, so a campaign goes on where the last one ended, however that was.
The folder holds one for each kind of system (framing, stream, datagram); the fuzz targets of cargo-fuzz take the same files.
Of the specs those judge that hold of any plan: stream/ordered, stream/end-after-last-byte, datagram/integrity, framing/every-split,
framing/encoder-layout, framing/encoder-refuses and framing/end-after-header.
A finding that is being confirmed or made small when --time is over is followed to its end, which may take as long as a few of its waits.

Examples:
  sockspec fuzz                                        every system in turn, half a minute in all
  sockspec fuzz --system 'reference-*' --time 10m --corpus corpus
  sockspec fuzz --system duplex --cases 10000 --seed 7
  sockspec fuzz --format json > campaign.json";

/// How long a campaign takes that is told neither a time nor a number of cases.
const DEFAULT_TIME: Duration = Duration::from_secs(30);

/// Options of `fuzz`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct FuzzOptions {
    #[command(flatten)]
    selecting: Selecting,
    /// How long it may take in all, like 30s or 10m [default: 30s, or without end if --cases is given]
    #[arg(long, value_name = "TIME", value_parser = values::campaign_time, help_heading = "Running")]
    time: Option<Duration>,
    /// How many plans are run on each system
    #[arg(long, value_name = "N", value_parser = values::cases, help_heading = "Running")]
    cases: Option<NonZeroU64>,
    /// A folder of plans to begin with, in which what shows something new is kept; it is made if it is not there
    #[arg(long, value_name = "DIR", help_heading = "Running")]
    corpus: Option<PathBuf>,
    /// A file of failures that are known: they are shown, and do not fail the campaign; a line that names nothing does
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    known_failing: Vec<PathBuf>,
    /// A file of rows that fail now and then: as with --known-failing
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    known_flaky: Vec<PathBuf>,
    /// A warning, or a system that could not be searched to the end, fails the campaign
    #[arg(long, help_heading = "Judging")]
    strict: bool,
    /// End the campaign with the first failure
    #[arg(long, help_heading = "Running")]
    fail_fast: bool,
    /// Also write a report with a row for each judging spec to a file: json, junit or markdown; several add up
    #[arg(long, value_name = "KIND=PATH", value_parser = report_file_parser(), help_heading = "Output")]
    report: Vec<ReportFile>,
    #[command(flatten)]
    running: Running,
    #[command(flatten)]
    showing: Showing,
}

impl FuzzOptions {
    fn bounds(&self) -> Bounds {
        let cases = self.cases.map(NonZeroU64::get);
        Bounds { time: self.time.or_else(|| cases.is_none().then_some(DEFAULT_TIME)), cases }
    }

    /// What chose the plans, but for the seed, as it was typed: a campaign with another choice draws others.
    fn words(&self) -> String {
        let mut words = self.selecting.words();
        if let Some(time) = self.time {
            let _ = write!(words, " --time {}ms", time.as_millis());
        }
        if let Some(cases) = self.cases {
            let _ = write!(words, " --cases {cases}");
        }
        if let Some(folder) = &self.corpus {
            let _ = write!(words, " --corpus {}", values::quoted(&folder.display().to_string()));
        }
        words + &self.running.words()
    }

    /// Whether the same words find the same again: the clock stops at another case each time, and a folder has grown since.
    fn is_exact(&self) -> bool {
        self.cases.is_some() && self.time.is_none() && self.corpus.is_none()
    }
}

/// Fuzzes the selected systems and reports what was found.
pub(super) fn fuzz(options: &FuzzOptions, catalogue: &Catalogue, output: &Output) -> Result<Exit, Refusal> {
    // In the order of the exit codes: what cannot be understood, then what cannot be written, then what selects nothing.
    let mut known = known::read(&options.known_failing)?;
    known.append(sockspec::systems::known_failings());
    let flaky = known::read(&options.known_flaky)?;
    let sinks = Sink::open_all(&options.report)?;
    let interrupt = Interrupt::listen(sinks.iter().filter_map(Sink::temporary).collect());
    let mut corpus = options.corpus.as_deref().map(open).transpose()?;
    let selection = options.selecting.selection();
    catalogue.check(&selection)?;
    let entrants =
        entrants(catalogue.systems_for(&selection), &selection, corpus.as_mut()).map_err(|error| {
            let sentence = format!("the corpus cannot be read: {}", words(&error));
            Refusal::new(Exit::CannotRun, sentence).remedy("name a folder of your own")
        })?;
    if entrants.is_empty() {
        return Err(nobody_judges());
    }
    if let (Some(corpus), Some(folder)) = (&corpus, &options.corpus) {
        output.tell(&passed_over(corpus, folder));
    }

    let mut progress = Progress::new(options.showing.quiet);
    let mut unwritten = None;
    let mut follow = |event: CampaignEvent| {
        let is_known = matches!(&event, CampaignEvent::Found(row)
            if [&known, &flaky].iter().any(|list| list.covers(&row.id, &row.system)));
        if !is_known {
            progress.follow(&event);
        }
        if let CampaignEvent::Kept { kind, plan } = &event
            && unwritten.is_none()
            && let Some(corpus) = &mut corpus
            && let Err(error) = corpus.keep(*kind, plan)
        {
            unwritten = Some(error);
            interrupt.stop();
        }
        if options.fail_fast
            && let CampaignEvent::Found(row) = &event
            && row.verdict == VerdictWord::Fail
            && !is_known
        {
            interrupt.stop();
        }
    };
    let settings = options.running.settings();
    let mut done = campaign(entrants, options.bounds(), &settings, interrupt.flag(), &mut follow);
    progress.finish();
    done.report.interrupted = interrupt.is_signalled();
    done.report.is_strict = options.strict;
    forgive_found(&mut done, &known, &flaky, &catalogue.existing());

    let again = show::Again { words: options.words(), is_exact: options.is_exact() };
    let printed = show::print(&done, &again, options.showing, output);
    let printed = printed.map_err(|refusal| output.refuse(&refusal));
    let written = sink::write_all(sinks, &done.report, output);
    if let (Some(folder), Some(error)) = (&options.corpus, &unwritten) {
        output.refuse(&unwritable(folder, error));
    }
    Ok(Exit::of_run(&done.report, printed.is_ok() && written && unwritten.is_none()))
}

/// Says of files that lie in the folder of the corpus itself that they are no part of it.
fn passed_over(corpus: &Corpus, folder: &Path) -> String {
    match corpus.loose() {
        0 => String::new(),
        count => format!(
            "note: {count} files in {} itself are passed over: plans lie in its folders framing, stream and datagram\n",
            folder.display()
        ),
    }
}

/// The selected specs are none of those that a campaign judges by.
fn nobody_judges() -> Refusal {
    let sentence = "none of the selected specs judges a campaign on a selected system";
    let judges = JUDGES.join(", ");
    Refusal::new(Exit::NothingRan, sentence).remedy(format!("those that do, where they apply: {judges}"))
}

fn open(folder: &Path) -> Result<Corpus, Refusal> {
    Corpus::open(folder).map_err(|error| unwritable(folder, &error))
}

fn unwritable(folder: &Path, error: &io::Error) -> Refusal {
    let sentence = format!("the corpus {} cannot be written: {}", folder.display(), words(error));
    Refusal::new(Exit::CannotRun, sentence).remedy("name a folder that you may write to, with room in it")
}
