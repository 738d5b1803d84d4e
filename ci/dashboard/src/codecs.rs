//! `codecs`: how fast published codecs are, as Markdown to paste.

use crate::args::CodecsOptions;
use crate::format::markdown;
use crate::measure::Source;
use crate::refusal::Refusal;
use crate::source;

/// The tables, one for each way.
///
/// # Errors
/// If the file is not there, or cannot be read or understood.
pub(crate) fn codecs(options: &CodecsOptions) -> Result<String, Refusal> {
    let place = options.place();
    let speeds = source::codecs::read(&place)?;
    if speeds.is_empty() {
        let sentence = "there is nothing to compare";
        return Err(Refusal::cannot_run(place.display(), sentence, source::remedy(Source::Codecs)));
    }
    Ok(markdown::markdown(&speeds))
}
