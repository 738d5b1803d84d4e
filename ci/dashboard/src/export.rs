//! `export`: everything that was measured, in every format, and one entry more in the history.

use std::fmt::Write as _;
use std::path::Path;

use crate::args::ExportOptions;
use crate::commit;
use crate::file;
use crate::format::{action, bmf, openmetrics};
use crate::history::{self, Appended, Entry};
use crate::measure::{Better, Source};
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::source::{self, Gathered, Places};

/// Exports, and returns what there is to say about it.
///
/// # Errors
/// If something that is there cannot be read or understood, if a place that was named is not there, if nothing is there at all, or if a file cannot be written.
pub(crate) fn export(options: &ExportOptions) -> Result<String, Refusal> {
    if let Some(place) = options.named_and_not_there() {
        let remedy = "mend the path, or leave the option out: what was not measured is then named as missing";
        return Err(Refusal::cannot_run(place.display(), "it was named, and is not there", remedy));
    }
    let places = options.places();
    let gathered = source::gather(&places)?;
    if gathered.measures.is_empty() {
        let sentence = "there is nothing to export: no source has left a file";
        return Err(Refusal::cannot_run(
            options.target_dir.display(),
            sentence,
            "run a bench first, or say with --help where the files are",
        ));
    }
    let mut said = sources(&places, &gathered);
    let commit = options.commit.clone().map_or_else(commit::checked_out, Ok)?;
    let timestamp = options.timestamp.unwrap_or_else(Moment::now);
    let entry = Entry::new(timestamp, commit, gathered);

    let files = [
        ("bmf.json", bmf::bmf(&entry.measures)),
        ("smaller.json", action::custom(&entry.measures, Better::Smaller)),
        ("bigger.json", action::custom(&entry.measures, Better::Bigger)),
        ("metrics.txt", openmetrics::openmetrics(&entry)),
    ];
    for (name, text) in files {
        let path = options.out().join(name);
        file::write(&path, &text)?;
        say(&mut said, "wrote", &path.display().to_string());
    }
    if let Some(path) = &options.history {
        remember(path, &entry, &mut said)?;
    }
    Ok(said)
}

/// One line for each source: how much it gave, or that it is missing and how to get it.
fn sources(places: &Places, gathered: &Gathered) -> String {
    let mut said = String::new();
    for source in Source::ALL {
        let place = places.0[&source].display();
        let number = gathered.measures.iter().filter(|measure| measure.source == source).count();
        let words = match number {
            0 => format!("missing: nothing in {place}; {}", source::remedy(source)),
            _ => format!("{number} measures from {place}"),
        };
        say(&mut said, source.name(), &words);
    }
    said
}

fn remember(path: &Path, entry: &Entry, said: &mut String) -> Result<(), Refusal> {
    let (appended, before) = history::append(path, entry)?;
    let place = path.display();
    if let Some(line) = before.torn_line {
        let words = match appended {
            Appended::Added => "was torn by a run that was killed, and is cut off",
            Appended::AlreadyThere => "was torn by a run that was killed, and is skipped",
        };
        say(said, "torn", &format!("{place}:{line} {words}"));
    }
    let number = before.entries.len();
    match appended {
        Appended::Added => say(said, "added", &format!("entry {} of {place}", number + 1)),
        Appended::AlreadyThere => {
            let Entry { commit, timestamp, .. } = entry;
            say(said, "kept", &format!("{place} as it is: it has {commit} at {timestamp} already"));
        }
    }
    Ok(())
}

fn say(said: &mut String, what: &str, words: &str) {
    writeln!(said, "{what:<12} {words}").expect("a string takes all that is written to it");
}
