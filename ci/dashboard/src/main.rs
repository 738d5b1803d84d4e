//! What was measured of sockspec, for dashboards: reads what benches, fuzzers and runs left, and writes what others plot.
//!
//! It depends on nothing of sockspec: whatever does not build, what was measured before can still be shown.
//! It measures nothing and judges nothing: a figure goes through as it came.

mod amount;
mod args;
mod axis;
mod codecs;
mod commit;
mod export;
mod file;
mod format;
mod history;
mod measure;
mod moment;
mod natural;
mod page;
mod refusal;
mod source;
mod speed;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use refusal::Refusal;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Export(options) => export::export(&options),
        Command::Page(options) => page::page(&options),
        Command::Codecs(options) => codecs::codecs(&options),
    };
    match done.and_then(|said| print(&said)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            // When nobody can be told, nobody is.
            let _ = writeln!(io::stderr(), "error: {refusal}\n  tip: {}", refusal.remedy());
            refusal.exit()
        }
    }
}

/// Writes to stdout; a reader that has gone has all it wanted.
fn print(said: &str) -> Result<(), Refusal> {
    match io::stdout().write_all(said.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let sentence = format!("it cannot be written: {error}");
            Err(Refusal::cannot_run("standard output", sentence, "give it a place with room"))
        }
        _ => Ok(()),
    }
}
