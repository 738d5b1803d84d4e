//! `page`: the history as one HTML file that needs no other, and no script.
//!
//! Which series there are is in `series`, what is drawn of one in `chart`, what is shown of the latest run alone in `growth` and `codecs`, and `html` puts them together.

mod chart;
mod codecs;
mod growth;
mod html;
mod series;

use crate::args::PageOptions;
use crate::file;
use crate::history;
use crate::refusal::Refusal;

/// Makes the page, and returns what there is to say about it.
///
/// # Errors
/// If the history is not there, is empty or cannot be understood, or if the page cannot be written.
pub(crate) fn page(options: &PageOptions) -> Result<String, Refusal> {
    let place = options.history.display();
    if !options.history.exists() {
        let remedy = "append a run to it first, with `ci/export.sh export --history FILE`";
        return Err(Refusal::cannot_run(place, "there is no such history", remedy));
    }
    let history = history::read(&options.history)?;
    if history.entries.is_empty() {
        let remedy = "append a run to it first, with `ci/export.sh export --history FILE`";
        return Err(Refusal::malformed(place, "the history has no whole entry to make a page of", remedy));
    }
    file::write(&options.out, &html::html(&history.entries))?;
    let torn = history.torn_line.map(|line| {
        format!("{:<12} {place}:{line} was torn by a run that was killed, and is skipped\n", "torn")
    });
    let wrote = format!("{:<12} {} from {} entries\n", "wrote", options.out.display(), history.entries.len());
    Ok(torn.unwrap_or_default() + &wrote)
}
