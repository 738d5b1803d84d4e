//! `codecs`: how fast published codecs are, as Markdown to paste.

use crate::args::CodecsOptions;
use crate::format::markdown;
use crate::measure::Source;
use crate::refusal::Refusal;
use crate::source;
use crate::speed;

/// The tables, one for each way, or one of a single length.
///
/// # Errors
/// If the file is not there, or cannot be read or understood, or has nothing of what is asked for.
pub(crate) fn codecs(options: &CodecsOptions) -> Result<String, Refusal> {
    let place = options.place();
    let mut speeds = source::codecs::read(&place)?;
    if speeds.is_empty() {
        let sentence = "there is nothing to compare";
        return Err(Refusal::cannot_run(place.display(), sentence, source::remedy(Source::Codecs)));
    }
    let known = speed::codecs(&speeds);
    if let Some(unknown) = options.only.iter().find(|name| !known.contains(&name.as_str())) {
        let remedy = format!("it has {}", known.join(", "));
        return Err(Refusal::malformed(place.display(), format!("it has no codec {unknown}"), &remedy));
    }
    speeds.retain(|speed| options.only.is_empty() || options.only.contains(&speed.codec));
    let Some(len) = options.len else { return Ok(markdown::markdown(&speeds)) };
    speeds.retain(|speed| speed.rates.contains_key(&len));
    if speeds.is_empty() {
        let sentence = format!("nothing in it is of payloads of {len} bytes");
        return Err(Refusal::malformed(place.display(), sentence, "ask for a length that was measured"));
    }
    Ok(markdown::of_len(&speeds, len))
}
