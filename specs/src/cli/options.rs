//! Options that several commands share.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, ValueEnum};
use sockspec_harness::report::Detail;
use sockspec_harness::run::{DEFAULT_SEED, Glob, Selection, Settings};
use sockspec_harness::verdict::Level;

use super::values::{self, ReportFile};

/// Which specs and systems.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Selecting {
    /// Only specs that match: `tcp/nagle`, `tcp/*`, `**/half-close`; several add up, also with commas [env: SOCKSPEC_RUN]
    #[arg(long, value_name = "GLOB", num_args = 1.., value_delimiter = ',', value_parser = values::glob, help_heading = "Selection")]
    run: Vec<Glob>,
    /// Not the specs that match, whatever --run says
    #[arg(long, value_name = "GLOB", num_args = 1.., value_delimiter = ',', value_parser = values::glob, help_heading = "Selection")]
    skip: Vec<Glob>,
    /// Only on systems that match, as `sockspec list --systems` names them
    #[arg(long, value_name = "GLOB", num_args = 1.., value_delimiter = ',', value_parser = values::glob, help_heading = "Selection")]
    system: Vec<Glob>,
    /// Only rules that bind this strongly, and those that bind more
    #[arg(long, value_name = "LEVEL", help_heading = "Selection")]
    level: Option<LevelWord>,
}

impl Selecting {
    pub(super) fn selection(&self) -> Selection {
        Selection {
            run: self.run.clone(),
            skip: self.skip.clone(),
            systems: self.system.clone(),
            level: self.level.map(LevelWord::level),
        }
    }

    /// What was typed to say so.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        for (option, patterns) in [("run", &self.run), ("skip", &self.skip), ("system", &self.system)] {
            for pattern in patterns {
                let _ = write!(words, " --{option} '{pattern}'");
            }
        }
        if let Some(level) = self.level.and_then(|level| level.to_possible_value()) {
            let _ = write!(words, " --level {}", level.get_name());
        }
        words
    }
}

/// How strongly a rule binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelWord {
    Must,
    Should,
    May,
}

impl LevelWord {
    fn level(self) -> Level {
        match self {
            LevelWord::Must => Level::Must,
            LevelWord::Should => Level::Should,
            LevelWord::May => Level::May,
        }
    }
}

/// How long waits may last.
#[derive(Args, Clone, Debug)]
pub(super) struct Waiting {
    /// How long one wait may last before it counts as silence, like 500ms, 2s or 1m [env: SOCKSPEC_TIMEOUT] [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = values::timeout, help_heading = "Running")]
    timeout: Option<Duration>,
    /// Stretch all times by this factor, on a slow or busy machine
    #[arg(long, value_name = "FACTOR", value_parser = values::scale, default_value = "1", help_heading = "Running")]
    time_scale: f64,
}

impl Waiting {
    /// By what times are stretched.
    pub(super) fn scale(&self) -> f64 {
        self.time_scale
    }

    /// Puts the times into the settings.
    pub(super) fn settle(&self, settings: &mut Settings) {
        settings.patience = self.timeout.unwrap_or(settings.patience).mul_f64(self.time_scale);
        settings.cell_time = settings.cell_time.mul_f64(self.time_scale);
    }
}

/// How specs are run.
#[derive(Args, Clone, Debug)]
pub(super) struct Running {
    /// Where all choice comes from: a number, or `random` [env: SOCKSPEC_SEED] [default: 20181102]
    #[arg(long, value_name = "N|random", value_parser = values::seed, help_heading = "Running")]
    seed: Option<u64>,
    /// How many threads run at once [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = values::jobs, help_heading = "Running")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Running {
    /// The settings of the run; what is not said stays as it is by default.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.seed = self.seed.unwrap_or(DEFAULT_SEED);
        settings.jobs = self.jobs.unwrap_or(settings.jobs);
        self.waiting.settle(&mut settings);
        settings
    }

    /// What was typed to say how long waits may last.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        if let Some(timeout) = self.waiting.timeout {
            let _ = write!(words, " --timeout {}ms", timeout.as_millis());
        }
        if self.waiting.time_scale != 1.0 {
            let _ = write!(words, " --time-scale {}", self.waiting.time_scale);
        }
        words
    }
}

/// Reads what `--report` is given.
pub(super) fn report_file_parser() -> impl clap::builder::TypedValueParser<Value = ReportFile> {
    use clap::builder::{OsStringValueParser, TypedValueParser};
    OsStringValueParser::new().try_map(values::report_file)
}

/// The form of what goes to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; everything for people goes to stderr.
    Json,
}

/// What is shown.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Showing {
    /// What stdout gets; with json, everything for people goes to stderr
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) format: Format,
    /// Show what passed, too
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
    /// Show departures and totals only, and no progress
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
}

impl Showing {
    pub(super) fn detail(self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{CommandFactory, Parser};

    use super::{Running, Selecting};
    use sockspec_harness::run::DEFAULT_SEED;
    use sockspec_harness::verdict::Level;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        selecting: Selecting,
        #[command(flatten)]
        running: Running,
    }

    #[test]
    fn patterns_add_up_however_they_are_given() {
        for line in ["x --run tcp/* --run udp/*", "x --run tcp/* udp/*", "x --run tcp/*,udp/*"] {
            let line = Line::parse_from(line.split(' '));
            let patterns: Vec<String> =
                line.selecting.selection().run.iter().map(ToString::to_string).collect();
            assert_eq!(patterns, ["tcp/*", "udp/*"]);
        }
        let line = Line::parse_from("x --level should".split(' '));
        assert_eq!(line.selecting.selection().level, Some(Level::Should));
    }

    #[test]
    fn the_help_names_the_default_seed() {
        let help = Line::command().render_help().to_string();
        assert!(help.contains(&DEFAULT_SEED.to_string()), "{help}");
    }

    #[test]
    fn times_are_stretched_together() {
        let line = Line::parse_from("x --timeout 500ms --time-scale 4 --jobs 3".split(' '));
        let settings = line.running.settings();
        assert_eq!(settings.patience, Duration::from_secs(2));
        assert_eq!(settings.cell_time, Duration::from_secs(120));
        assert_eq!((settings.jobs.get(), settings.seed), (3, DEFAULT_SEED));
    }
}
