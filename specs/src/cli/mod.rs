//! The command line: parsing, one file for each command, and what all of them share.
//!
//! Data goes to stdout, everything for people to stderr unless the format is text.
//! What has not been built does not exist here: a command that is missing is a usage error.

mod args;
mod catalogue;
mod colour;
mod diff;
mod example;
mod exit;
mod explain;
mod file;
mod fuzz;
mod interrupt;
mod known;
mod list;
mod mutants;
mod nearest;
mod options;
mod output;
mod progress;
mod refusal;
mod replay;
mod run;
mod sink;
mod values;

use std::process::ExitCode;

use args::{Args, Command};
use catalogue::Catalogue;
use colour::Colours;
use exit::Exit;
use output::Output;
use refusal::Refusal;

/// Parses the arguments, runs the command and says how it ended.
pub(crate) fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => return ExitCode::from(output::usage(&error)),
    };
    let output = Output::new(&Colours::chosen(args.color));
    let exit = obey(args.command, &output).unwrap_or_else(|refusal| {
        output.refuse(&refusal);
        refusal.exit
    });
    ExitCode::from(exit.code())
}

fn obey(command: Command, output: &Output) -> Result<Exit, Refusal> {
    let catalogue = Catalogue::shipped();
    match command {
        Command::Run(options) => run::run(*options, &catalogue, output),
        Command::List(options) => list::list(&options, &catalogue, output),
        Command::Explain(options) => explain::explain(&options, &catalogue, output),
        Command::Mutants(options) => mutants::mutants(&options, &catalogue, output),
        Command::Fuzz(options) => fuzz::fuzz(&options, &catalogue, output),
        Command::Replay(options) => replay::replay(&options, &catalogue, output),
        Command::Diff(options) => diff::diff(&options, output),
    }
}
