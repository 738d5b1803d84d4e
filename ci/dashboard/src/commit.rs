//! What was measured, as git names it.

use std::process::Command;

use crate::refusal::Refusal;

const REMEDY: &str = "give it with --commit";

/// The commit that is checked out in the current directory.
///
/// # Errors
/// If git is not there, or says that this is no repository.
pub(crate) fn checked_out() -> Result<String, Refusal> {
    let place = "git rev-parse HEAD";
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let output =
        output.map_err(|error| Refusal::cannot_run(place, format!("git cannot be run: {error}"), REMEDY))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(said(&output.stdout));
    }
    let complaint = said(&output.stderr);
    let first = complaint.lines().next().unwrap_or("git said nothing");
    Err(Refusal::cannot_run(place, format!("the commit is not known: {first}"), REMEDY))
}
