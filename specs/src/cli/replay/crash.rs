//! The file that a fuzzer left behind: its target is known from the folder it lies in.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use sockspec::fuzz::{Crash, FRAMING_DIFFERENTIAL, TARGETS, Target, find};
use sockspec_harness::report::{self, ReplayLine, TOOL, Tool};
use sockspec_harness::run::Row;

use crate::cli::colour;
use crate::cli::exit::Exit;
use crate::cli::file::contents;
use crate::cli::nearest;
use crate::cli::options::{Format, Showing};
use crate::cli::output::Output;
use crate::cli::refusal::{Refusal, words};

/// The name and version of the JSON layout.
const SCHEMA: &str = "sockspec.crash.v1";

/// The longest input in bytes: libFuzzer makes none of a hundredth of it unless it is told to.
const LONGEST_INPUT: u64 = 16 << 20;

/// How long the target may take, with all that making it smaller takes: a thousand times what the slowest does.
const HANGS: Duration = Duration::from_secs(60);

/// The folders in which each target has a folder of its own.
const SHELVES: [&str; 4] = ["artifacts", "regressions", "seeds", "corpus"];

/// The target that a file is for: the one that is named, or the one in whose folder it lies; `None` if it lies in no such folder.
pub(super) fn target(named: Option<&str>, path: &Path) -> Result<Option<&'static Target>, Refusal> {
    if let Some(name) = named {
        return find(name).map(Some).ok_or_else(|| unknown(name));
    }
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut folders = whole.ancestors().skip(1).filter_map(Path::file_name).filter_map(OsStr::to_str);
    let (folder, shelf) = (folders.next(), folders.next());
    match folder.map(|name| (name, find(name))) {
        Some((_, Some(target))) => Ok(Some(target)),
        Some((name, None)) if shelf.is_some_and(|shelf| SHELVES.contains(&shelf)) => Err(unknown(name)),
        _ => Ok(None),
    }
}

fn unknown(name: &str) -> Refusal {
    let names = TARGETS.map(|target| target.name);
    let tip = nearest::tip(name, &names, "ls fuzz/fuzz_targets");
    Refusal::new(Exit::Usage, format!("there is no fuzz target `{name}`")).remedy(tip)
}

/// Runs the target on the file again, and reports what it does.
pub(super) fn replay(
    target: &'static Target,
    path: &Path,
    time_scale: f64,
    showing: Showing,
    output: &Output,
) -> Result<Exit, Refusal> {
    let came = examine(target, input(path)?, HANGS.mul_f64(time_scale))?;
    match showing.format {
        Format::Text => output.print(&text(target, &came, showing))?,
        Format::Json => {
            output.tell(&format!("{}\n", came.outcome()));
            output.print(&json(target, &came))?;
        }
    }
    Ok(match came {
        Came::Held => Exit::Held,
        Came::Untold => Exit::CannotRun,
        Came::Fell(_) | Came::Hung => Exit::Departed,
    })
}

/// Prints the test that runs the target on the file again.
pub(super) fn as_test(target: &Target, path: &Path, output: &Output) -> Result<Exit, Refusal> {
    let Target { name, rule, .. } = target;
    let bytes = input(path)?.escape_ascii().to_string();
    output.print(&format!(
        "/// {name}: {rule}.\n#[test]\nfn {name}_again() {{\n    \
         sockspec::fuzz::{}.body(b\"{bytes}\");\n}}\n",
        name.to_uppercase()
    ))?;
    Ok(Exit::Held)
}

fn input(path: &Path) -> Result<Vec<u8>, Refusal> {
    contents(path, LONGEST_INPUT, "input").map_err(|error| {
        Refusal::new(Exit::Usage, format!("{} could not be read: {}", path.display(), words(&error)))
            .remedy("name the file that the fuzzer left, as fuzz/artifacts/TARGET/crash-…")
    })
}

/// What came of a file.
enum Came {
    /// What must hold does hold.
    Held,
    /// It holds of the codecs that this program has, which are not those that the fuzzer compared.
    Untold,
    /// It fails again.
    Fell(Crash),
    /// It did not return.
    Hung,
}

impl Came {
    fn outcome(&self) -> &'static str {
        match self {
            Came::Held => "not reproduced: it passes",
            Came::Untold => {
                "not to be told: the published codecs are no part of this program; \
                 `cargo fuzz run -s none framing_differential FILE` compares them"
            }
            Came::Fell(_) => "reproduced: it fails again",
            Came::Hung => "reproduced: it does not return",
        }
    }
}

/// Examines the input on a thread of its own, so that one which hangs is seen to.
fn examine(target: &'static Target, input: Vec<u8>, patience: Duration) -> Result<Came, Refusal> {
    let (sender, receiver) = mpsc::channel();
    let started = thread::Builder::new().name("sockspec crash".to_owned()).spawn(move || {
        // Nobody listens any more if it took too long.
        let _ = sender.send(target.examine(&input));
    });
    if let Err(error) = started {
        return Err(Refusal::new(Exit::CannotRun, format!("no thread could be made: {}", words(&error))));
    }
    Ok(match receiver.recv_timeout(patience) {
        Ok(None) if target.name == FRAMING_DIFFERENTIAL.name => Came::Untold,
        Ok(None) => Came::Held,
        Ok(Some(crash)) => Came::Fell(crash),
        Err(_) => Came::Hung,
    })
}

fn text(target: &Target, came: &Came, showing: Showing) -> String {
    let mut text = String::new();
    if !showing.quiet {
        let _ = writeln!(text, "target {}: {}\n", target.name, target.rule);
        match came {
            Came::Fell(Crash::Departed(row)) => {
                text.push_str(&report::in_full(row, &colour::palette(), ReplayLine::Command));
            }
            Came::Fell(Crash::Panicked { input, words }) => {
                let _ = writeln!(text, "panicked: {words}\n{}", dump(input));
            }
            Came::Held | Came::Untold | Came::Hung => {}
        }
    }
    let _ = writeln!(text, "{}", came.outcome());
    text
}

/// The smallest input that was found.
fn dump(input: &[u8]) -> String {
    format!("with {} bytes: {}", input.len(), input.escape_ascii())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    target: &'static str,
    rule: &'static str,
    reproduced: bool,
    outcome: &'static str,
    results: Vec<&'a Row>,
    /// What the panic said, and the smallest input that makes it, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    panic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
}

fn json(target: &Target, came: &Came) -> String {
    let (mut results, mut panic, mut input) = (Vec::new(), None, None);
    match came {
        Came::Fell(Crash::Departed(row)) => results.push(&**row),
        Came::Fell(Crash::Panicked { input: bytes, words }) => {
            panic = Some(words.as_str());
            input = Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        Came::Held | Came::Untold | Came::Hung => {}
    }
    let document = Document {
        schema: SCHEMA,
        tool: TOOL,
        target: target.name,
        rule: target.rule,
        reproduced: matches!(came, Came::Fell(_) | Came::Hung),
        outcome: came.outcome(),
        results,
        panic,
        input,
    };
    let mut text = serde_json::to_string_pretty(&document).expect("only string keys and finite numbers");
    text.push('\n');
    text
}
