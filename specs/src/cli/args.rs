//! What can be asked for: the commands, each with its options.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::colour::When;
use super::diff::DiffOptions;
use super::explain::ExplainOptions;
use super::fuzz::FuzzOptions;
use super::list::ListOptions;
use super::mutants::MutantsOptions;
use super::replay::ReplayOptions;
use super::run::RunOptions;

/// What to type first, and what an exit code means.
const AFTER_HELP: &str = "\
Examples:
  sockspec run                         everything, on this machine's loopback
  sockspec run --run 'tcp/*' -v        one group, every row shown
  sockspec explain tcp/nagle           what a spec asks for, and why
  sockspec fuzz --time 10m             plans changed at random
  sockspec replay TOKEN                one failure again
  sockspec diff old.json new.json      what has changed since an earlier run

Exit codes:
  0  everything required held     3  it could not run here
  1  a rule was departed from     4  nothing was selected
  2  wrong usage                130  interrupted";

/// The variables of the environment that stand in for options; set and empty is as good as not set.
const VARIABLES: [(&str, &str, &str); 12] = [
    ("list", "run", "SOCKSPEC_RUN"),
    ("run", "run", "SOCKSPEC_RUN"),
    ("run", "seed", "SOCKSPEC_SEED"),
    ("run", "timeout", "SOCKSPEC_TIMEOUT"),
    ("mutants", "run", "SOCKSPEC_RUN"),
    ("mutants", "seed", "SOCKSPEC_SEED"),
    ("mutants", "timeout", "SOCKSPEC_TIMEOUT"),
    ("fuzz", "run", "SOCKSPEC_RUN"),
    ("fuzz", "seed", "SOCKSPEC_SEED"),
    ("fuzz", "timeout", "SOCKSPEC_TIMEOUT"),
    ("replay", "timeout", "SOCKSPEC_TIMEOUT"),
    ("replay", "token", "SOCKSPEC_REPLAY"),
];

/// Executable specs for what every network program relies on.
///
/// Each spec is a rule of TCP, UDP, Unix sockets or streams in general, tried against real loopback sockets whose bytes are cut and joined on purpose.
#[derive(Debug, Parser)]
#[command(name = "sockspec", version, after_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 110)]
pub(super) struct Args {
    /// When to use colour; NO_COLOR, CLICOLOR and CARGO_TERM_COLOR are heeded where this is not given
    #[arg(long, value_name = "WHEN", global = true)]
    pub(super) color: Option<When>,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the specs against this machine's own sockets
    Run(Box<RunOptions>),
    /// List the specs, the systems and the faults
    List(ListOptions),
    /// Say what one spec holds, where the rule comes from and how it is tried
    Explain(ExplainOptions),
    /// Break the systems on purpose and show which spec catches what
    Mutants(MutantsOptions),
    /// Change plans at random and keep what shows something new, for as long as you like
    Fuzz(Box<FuzzOptions>),
    /// Run one failure again
    Replay(ReplayOptions),
    /// Show what has changed between two reports
    Diff(DiffOptions),
}

impl Args {
    /// Reads the arguments, and the environment where they are silent.
    pub(super) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
        let mut command = Args::command();
        for (name, option, variable) in VARIABLES {
            if std::env::var_os(variable).is_some_and(|value| !value.is_empty()) {
                command = command
                    .mut_subcommand(name, |sub| sub.mut_arg(option, |arg| arg.env(variable).hide_env(true)));
            }
        }
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let matches =
            command.try_get_matches_from_mut(&arguments).map_err(|error| with_origin(error, &arguments))?;
        Args::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// Says of a bad value that it is the environment's, if it is: the line that was typed may not even name the option.
fn with_origin(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return error };
    let option = named.split_whitespace().next().unwrap_or_default().to_owned();
    let is_typed = arguments.iter().filter_map(|word| word.to_str()).any(|word| word.starts_with(&option));
    let variable = VARIABLES.iter().find(|(name, id, variable)| {
        let is_meant = arguments.iter().any(|word| word == name) && option == format!("--{id}");
        is_meant && std::env::var_os(variable).is_some_and(|value| !value.is_empty())
    });
    if let Some((_, _, variable)) = variable.filter(|_| !is_typed) {
        let origin = StyledStr::from(format!("that is the value of {variable} in the environment"));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![origin]));
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Args, VARIABLES};

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_variable_stands_for_an_option_that_exists() {
        let command = Args::command();
        for (name, option, variable) in VARIABLES {
            let sub = command.find_subcommand(name).unwrap();
            assert!(sub.get_arguments().any(|arg| arg.get_id() == option), "{variable}: {name} {option}");
        }
    }

    #[test]
    fn every_variable_that_a_help_text_names_is_read() {
        for sub in Args::command().get_subcommands() {
            for arg in sub.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                let named = help.split_once("[env: ").and_then(|(_, rest)| rest.split_once(']'));
                if let Some((variable, _)) = named {
                    let entry = (sub.get_name(), arg.get_id().as_str(), variable);
                    assert!(VARIABLES.contains(&entry), "{entry:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_built_is_not_offered() {
        let help = Args::command().render_long_help().to_string();
        for word in ["server", "client", "proxy", "html"] {
            assert!(!help.contains(word), "{word} is offered");
        }
    }
}
