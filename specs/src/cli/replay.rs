//! `sockspec replay`: one failure again, from the token that it printed or the file that a fuzzer left.

mod crash;

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use sockspec::token_file::{self, TokenFileError};
use sockspec_harness::report::{self, ReplayLine};
use sockspec_harness::run::{Pair, Report, Settings, VerdictWord};
use sockspec_harness::spec::Experiment;
use sockspec_harness::token::Token;

use super::catalogue::Catalogue;
use super::colour;
use super::example;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::options::{Format, Showing, Waiting};
use super::output::Output;
use super::refusal::{Refusal, words};
use super::values;

const AFTER_HELP: &str = "\
Exits with 1 if the failure happens again, and with 0 if it does not.
A token of a system that is not shipped, but made by a test, is repeated by that test: the line to type is printed.

Examples:
  sockspec replay TOKEN
  sockspec replay failure.txt       a file with one token; lines that begin with # are comments
  sockspec replay fuzz/artifacts/framing_reference/crash-1f2e…   the target is known from the folder
  sockspec replay crash-1f2e… --target framing_reference
  sockspec replay TOKEN --as-test   print a test that does the same";

/// The name and version of the JSON that says what to type where a token is a test's to repeat.
const SCHEMA: &str = "sockspec.command.v1";

/// Options of `replay`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ReplayOptions {
    /// The token that a failure printed, a file that holds it, or the input that a fuzzer left [env: SOCKSPEC_REPLAY]
    #[arg(value_name = "TOKEN|FILE")]
    token: String,
    /// The fuzz target whose input the file is, where its folder does not say so
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Print a Rust test that repeats the failure, and run nothing
    #[arg(long)]
    as_test: bool,
    /// Not to be able to tell is an error
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    showing: Showing,
}

/// Repeats a failure.
pub(super) fn replay(
    options: &ReplayOptions,
    catalogue: &Catalogue,
    output: &Output,
) -> Result<Exit, Refusal> {
    let path = Path::new(&options.token);
    let is_file = options.target.is_some() || (path.is_file() && options.token.parse::<Token>().is_err());
    if is_file && let Some(target) = crash::target(options.target.as_deref(), path)? {
        return if options.as_test {
            crash::as_test(target, path, output)
        } else {
            crash::replay(target, path, options.waiting.scale(), options.showing, output)
        };
    }
    let token = read(&options.token)?;
    let spec = catalogue.spec(&token.spec)?;
    let of_targets = sockspec::fuzz::system(&token.system);
    let system = catalogue.system(&token.system).or(of_targets.as_ref());
    if options.as_test {
        output.print(&example::test(&token, spec, system.is_some()))?;
        return Ok(Exit::Held);
    }
    let Some(system) = system else {
        output.tell(&format!(
            "{} is not shipped with sockspec: the test that made it repeats the failure, by this line\n",
            token.system
        ));
        // What came from a file may be too long for a line; tests run elsewhere, so the name is from the root.
        let word = path.canonicalize().map_or(token.to_string(), |path| path.display().to_string());
        let line = format!("SOCKSPEC_REPLAY={} cargo test", values::quoted(&word));
        output.print(&match options.showing.format {
            Format::Text => format!("{line}\n"),
            Format::Json => format!("{}\n", serde_json::json!({ "schema": SCHEMA, "command": line })),
        })?;
        return Ok(Exit::Held);
    };
    if !spec.needs.concern(system.subject()) {
        let sentence = format!("the token names {} on {}, which it is not about", spec.id, token.system);
        return Err(Refusal::new(Exit::Usage, sentence).remedy("paste the token as it was printed"));
    }
    if let Some(difference) = token.differing_layout(system.subject()) {
        return Err(
            Refusal::new(Exit::Usage, difference).remedy("replay it with the sockspec that printed it")
        );
    }
    let mut settings = Settings::default();
    options.waiting.settle(&mut settings);
    let interrupt = Interrupt::listen(Vec::new());
    let pair = Pair { spec, system: Arc::clone(system) };
    let experiment = Experiment::together(token.plans);
    let again = sockspec_harness::run::replay(pair, experiment, &settings, interrupt.flag());
    let report = Report { interrupted: interrupt.is_signalled(), is_strict: options.strict, ..again };
    let (exit, outcome) = outcome(&report);
    match options.showing.format {
        Format::Text => output.print(&text(&report, outcome, options.showing))?,
        Format::Json => {
            output.tell(&format!("{outcome}\n"));
            output.print(&report::json(&report))?;
        }
    }
    Ok(exit)
}

/// What was seen, and what it means.
fn text(report: &Report, outcome: &str, showing: Showing) -> String {
    let rows = report.rows.iter().filter(|_| !showing.quiet);
    let seen: String =
        rows.map(|row| report::in_full(row, &colour::palette(), ReplayLine::Command)).collect();
    format!("{seen}{outcome}\n")
}

/// How a replay ended: here a failure that happens again is what was looked for, and its absence is a success.
fn outcome(report: &Report) -> (Exit, &'static str) {
    let Some(row) = report.rows.first() else {
        return if report.interrupted {
            (Exit::Interrupted, "interrupted")
        } else {
            (Exit::CannotRun, "not run")
        };
    };
    match row.verdict {
        _ if report.interrupted => (Exit::Interrupted, "interrupted"),
        VerdictWord::Fail | VerdictWord::Warn => (Exit::Departed, "reproduced: it fails again"),
        _ if row.cannot_run || report.cannot_run.is_some() => (Exit::CannotRun, "not run: it could not be"),
        VerdictWord::Skipped => (Exit::NothingRan, "not run: it is skipped here"),
        VerdictWord::Inconclusive if report.is_strict => (Exit::CannotRun, "not to be told"),
        VerdictWord::Inconclusive => (Exit::Held, "not reproduced, as far as can be told"),
        VerdictWord::Pass | VerdictWord::Known => (Exit::Held, "not reproduced: it passes"),
    }
}

/// The token itself, or the one in the file of that name.
fn read(word: &str) -> Result<Token, Refusal> {
    let error = match word.parse() {
        Ok(token) => return Ok(token),
        Err(error) => error,
    };
    let path = Path::new(word);
    if path.exists() {
        return from_file(path);
    }
    let is_path = word.contains(['/', '.']);
    let sentence = if is_path {
        format!("there is no file {word}, and it is no token: {error}")
    } else {
        format!("the token is malformed: {error}")
    };
    Err(Refusal::new(Exit::Usage, sentence).remedy("paste the whole token, or name a file that holds it"))
}

fn from_file(path: &Path) -> Result<Token, Refusal> {
    token_file::read(path).map_err(|error| {
        let what = match &error {
            TokenFileError::Unread(error) => words(error),
            other => other.to_string(),
        };
        Refusal::new(Exit::Usage, format!("{}: {what}", path.display()))
            .remedy("a file of a token holds one, and besides it only lines that begin with #; a fuzzer's input wants --target")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sockspec_harness::plan::{End, Script};
    use sockspec_harness::run::{Pair, Report, Settings};
    use sockspec_harness::spec::{Experiment, Needs, Spec};
    use sockspec_harness::verdict::{FailureKind, Level, Verdict};

    use super::outcome;
    use crate::cli::catalogue::Catalogue;

    /// A spec that every system fails.
    const FAILING: Spec = Spec {
        id: "stream/failing",
        level: Level::Must,
        level_elsewhere: Level::Must,
        rule: "",
        clause: "",
        needs: Needs::STREAM,
        kills: &[],
        experiments: |_, _| Vec::new(),
        judge: |_, _, _| Verdict::fail(FailureKind::Lost, "another thing", "this thing"),
    };

    /// What comes of a plan that any stream runs to its end.
    fn again(spec: &'static Spec) -> Report {
        let system = Catalogue::shipped().system("duplex").map(Arc::clone).unwrap();
        let experiment = Experiment::from(Script::open().transfer(End::client(0), 9).plan());
        sockspec_harness::run::replay(
            Pair { spec, system },
            experiment,
            &Settings::default(),
            &Arc::default(),
        )
    }

    #[test]
    fn the_exit_code_says_whether_it_happened_again() {
        const WARNING: Spec = Spec { level_elsewhere: Level::Should, ..FAILING };
        const PASSING: Spec = Spec { judge: |_, _, _| Verdict::Pass, ..FAILING };
        const SKIPPED: Spec = Spec { judge: |_, _, _| Verdict::Skipped(String::new()), ..FAILING };
        const STUCK: Spec = Spec { judge: |_, _, _| Verdict::CannotRun(String::new()), ..FAILING };
        const DOUBTFUL: Spec = Spec { judge: |_, _, _| Verdict::Inconclusive(String::new()), ..FAILING };
        for (spec, lax, strict) in [
            (&FAILING, 1, 1),
            (&WARNING, 1, 1),
            (&PASSING, 0, 0),
            (&SKIPPED, 4, 4),
            (&STUCK, 3, 3),
            (&DOUBTFUL, 0, 3),
        ] {
            let mut report = again(spec);
            assert_eq!(outcome(&report).0.code(), lax, "{report:?}");
            report.is_strict = true;
            assert_eq!(outcome(&report).0.code(), strict, "{report:?}");
            report.interrupted = true;
            assert_eq!(outcome(&report).0.code(), 130, "{report:?}");
        }
    }
}
