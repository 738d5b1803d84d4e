//! What can be asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::measure::Source;
use crate::moment::Moment;
use crate::source::Places;

const AFTER_HELP: &str = "\
Examples:
  ci/export.sh                                 export what target/ has, and make the page
  ci/export.sh export --history history.jsonl  export, and remember it in a history of your own
  ci/export.sh page --history history.jsonl --out index.html
  ci/export.sh codecs                          compare codecs, as Markdown
  ci/export.sh codecs --len 1024               the same in one table, of payloads of one length

Exit codes:
  0  it was written
  2  wrong usage, or a file that is there and cannot be understood
  3  a file that cannot be read or written, or nothing to export or to compare";

/// Where the `codecs` bench writes, below the target directory.
const CODECS: &str = "sockspec/codecs.json";

/// What was measured, in the formats that dashboards read, and as a page.
#[derive(Debug, Parser)]
#[command(name = "sockspec-dashboard", version, after_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read what was measured, and write it for dashboards
    Export(Box<ExportOptions>),
    /// Make a page of the history
    Page(PageOptions),
    /// Print how fast published codecs are, as Markdown
    Codecs(CodecsOptions),
}

/// What `export` reads and writes; what is not there is named and left out.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportOptions {
    /// Where cargo puts what it builds, and the benches what they measure
    #[arg(long, value_name = "DIR", env = "CARGO_TARGET_DIR", default_value = "target")]
    pub(crate) target_dir: PathBuf,
    /// criterion's estimates [default: TARGET/criterion]
    #[arg(long, value_name = "DIR")]
    criterion: Option<PathBuf>,
    /// gungraun's summaries [default: TARGET/gungraun]
    #[arg(long, value_name = "DIR")]
    gungraun: Option<PathBuf>,
    /// The ratios against peers [default: TARGET/sockspec/ratios.json]
    #[arg(long, value_name = "FILE")]
    ratios: Option<PathBuf>,
    /// The times at several sizes [default: TARGET/sockspec/growth.json]
    #[arg(long, value_name = "FILE")]
    growth: Option<PathBuf>,
    /// The rates of codecs [default: TARGET/sockspec/codecs.json]
    #[arg(long, value_name = "FILE")]
    codecs: Option<PathBuf>,
    /// The final statistics of fuzz targets, a file TARGET.txt each [default: TARGET/sockspec/fuzz]
    #[arg(long, value_name = "DIR")]
    fuzz: Option<PathBuf>,
    /// The JSON report of a run of the catalogue [default: TARGET/sockspec/report.json]
    #[arg(long, value_name = "FILE")]
    conformance: Option<PathBuf>,
    /// Where to write bmf.json, smaller.json, bigger.json and metrics.txt [default: TARGET/sockspec/dashboard]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The history to append the run to; without it, no history is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// When the run was, like 2026-11-22T14:43:18Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) timestamp: Option<Moment>,
    /// What was measured [default: what `git rev-parse HEAD` says]
    #[arg(long, value_name = "COMMIT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) commit: Option<String>,
}

impl ExportOptions {
    /// Where each source lies.
    pub(crate) fn places(&self) -> Places {
        let place = |given: &Option<PathBuf>, usual: &str| {
            given.clone().unwrap_or_else(|| self.target_dir.join(usual))
        };
        Places(BTreeMap::from([
            (Source::Paired, place(&self.ratios, "sockspec/ratios.json")),
            (Source::Gungraun, place(&self.gungraun, "gungraun")),
            (Source::Criterion, place(&self.criterion, "criterion")),
            (Source::Growth, place(&self.growth, "sockspec/growth.json")),
            (Source::Codecs, place(&self.codecs, CODECS)),
            (Source::Fuzz, place(&self.fuzz, "sockspec/fuzz")),
            (Source::Conformance, place(&self.conformance, "sockspec/report.json")),
        ]))
    }

    /// The first place that was named by itself and is not there: a word mistyped, and not a source that was not measured.
    pub(crate) fn named_and_not_there(&self) -> Option<&Path> {
        let named = [
            &self.ratios,
            &self.gungraun,
            &self.criterion,
            &self.growth,
            &self.codecs,
            &self.fuzz,
            &self.conformance,
        ];
        named.into_iter().flatten().map(PathBuf::as_path).find(|place| !place.exists())
    }

    /// Where the files for dashboards go.
    pub(crate) fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| self.target_dir.join("sockspec/dashboard"))
    }
}

/// What `page` reads and writes.
#[derive(Debug, clap::Args)]
pub(crate) struct PageOptions {
    /// The history that `export` appended to
    #[arg(long, value_name = "FILE")]
    pub(crate) history: PathBuf,
    /// The page, one file that needs no other
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// What `codecs` reads; it writes nothing but what it prints.
#[derive(Debug, clap::Args)]
pub(crate) struct CodecsOptions {
    /// Where cargo puts what it builds, and the benches what they measure
    #[arg(long, value_name = "DIR", env = "CARGO_TARGET_DIR", default_value = "target")]
    target_dir: PathBuf,
    /// The rates of codecs [default: TARGET/sockspec/codecs.json]
    #[arg(long, value_name = "FILE")]
    codecs: Option<PathBuf>,
    /// One table of payloads of that many bytes alone, with a column for each way
    #[arg(long, value_name = "BYTES")]
    pub(crate) len: Option<u64>,
    /// The codecs to compare, as the file names them [default: all]
    #[arg(long, value_name = "CODEC", num_args = 1..)]
    pub(crate) only: Vec<String>,
}

impl CodecsOptions {
    /// Where the rates lie.
    pub(crate) fn place(&self) -> PathBuf {
        self.codecs.clone().unwrap_or_else(|| self.target_dir.join(CODECS))
    }
}
