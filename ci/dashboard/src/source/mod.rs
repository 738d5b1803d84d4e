//! What was measured, one file a source: each turns the files of one tool into measures.
//!
//! A source that left no file is missing, which is said and is no error.
//! A file that is there and cannot be understood is an error: a figure that quietly stays away looks like one that did not change.

pub(crate) mod codecs;
mod conformance;
mod criterion;
mod fuzz;
mod growth;
mod gungraun;
mod paired;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::axis::Axis;
use crate::file;
use crate::measure::{Measure, Source};
use crate::refusal::Refusal;
use crate::speed::Speed;

/// Where each source leaves its files.
#[derive(Clone, Debug)]
pub(crate) struct Places(pub(crate) BTreeMap<Source, PathBuf>);

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    /// All measures, source by source, each in the order of its own.
    pub(crate) measures: Vec<Measure>,
    /// The sources that left nothing.
    pub(crate) missing: Vec<Source>,
    /// What was done in several sizes.
    pub(crate) growth: Vec<Axis>,
    /// Every codec in every way.
    pub(crate) codecs: Vec<Speed>,
}

/// Reads every source.
///
/// # Errors
/// If a file is there and cannot be read or understood, or if two measures have one name.
pub(crate) fn gather(places: &Places) -> Result<Gathered, Refusal> {
    let mut gathered = Gathered::default();
    for (source, place) in &places.0 {
        let measures = match source {
            Source::Paired => paired::read(place),
            Source::Gungraun => gungraun::read(place),
            Source::Criterion => criterion::read(place),
            Source::Growth => growth::read(place).map(|(measures, axes)| {
                gathered.growth = axes;
                measures
            }),
            Source::Codecs => codecs::read(place).map(|speeds| {
                gathered.codecs = speeds;
                codecs::measures(&gathered.codecs)
            }),
            Source::Fuzz => fuzz::read(place),
            Source::Conformance => conformance::read(place),
        }?;
        if measures.is_empty() {
            gathered.missing.push(*source);
        }
        check(place, &measures)?;
        gathered.measures.extend(measures);
    }
    Ok(gathered)
}

/// How a source that is missing is made to leave its files.
pub(crate) fn remedy(source: Source) -> &'static str {
    match source {
        Source::Paired => "`cargo bench -p sockspec-benches --bench ratios` writes it",
        Source::Gungraun => {
            "`GUNGRAUN_SAVE_SUMMARY=json cargo bench -p sockspec-benches --bench instructions` writes it, with valgrind and gungraun-runner"
        }
        Source::Criterion => "`cargo bench -p sockspec-benches --bench driving` writes it",
        Source::Growth => "`cargo bench -p sockspec-benches --bench growth` writes it",
        Source::Codecs => "`cargo bench -p sockspec-benches --bench codecs` writes it",
        Source::Fuzz => "keep there, as TARGET.txt, what a fuzz target prints with -print_final_stats=1",
        Source::Conformance => "`cargo run --release -- run --report json=PATH` writes it",
    }
}

/// What no format can carry: figures that are no numbers, and two figures under one name.
fn check(place: &Path, measures: &[Measure]) -> Result<(), Refusal> {
    let mut seen = BTreeMap::new();
    for (index, measure) in measures.iter().enumerate() {
        let name = format!("{} {}", measure.benchmark, measure.quantity);
        let figures = [Some(measure.value), measure.low, measure.high, measure.goal];
        if figures.into_iter().flatten().any(|figure| !figure.is_finite() || figure < 0.0) {
            let sentence = format!("of {name} a figure is negative or no number");
            return Err(Refusal::malformed(place.display(), sentence, "measure again"));
        }
        if measure.low.zip(measure.high).is_some_and(|(low, high)| low > high) {
            let sentence = format!("of {name} the lower bound is above the upper one");
            return Err(Refusal::malformed(place.display(), sentence, "measure again"));
        }
        if seen.insert(measure.key(), index).is_some() {
            let sentence = format!("{name} is there twice");
            let remedy = "remove what an older run left there, and measure again";
            return Err(Refusal::malformed(place.display(), sentence, remedy));
        }
    }
    Ok(())
}

/// Reads a file of JSON; nothing if it is not there.
fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Refusal> {
    let Some(bytes) = file::read(path)? else { return Ok(None) };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| {
        let remedy = "remove it and measure again; a run that was killed leaves half a file";
        Refusal::malformed(path.display(), format!("it is not the JSON that was expected: {error}"), remedy)
    })
}

/// Complains unless the file says that it has the layout that is read here.
fn expect_version(path: &Path, what: &str, found: &str, expected: &str) -> Result<(), Refusal> {
    if found == expected {
        return Ok(());
    }
    let sentence = format!("its {what} is `{found}`, where `{expected}` is read");
    Err(Refusal::malformed(
        path.display(),
        sentence,
        "measure with the version of this tree, or mend the export",
    ))
}
