//! Codecs that the suite has never seen: the sound ones are never accused, the wrong ones always.
//!
//! Both sides are needed: a suite that accuses everything catches every slip.

mod format;
mod sound;
mod wrong;

use sockspec::Report;
use sockspec_harness::run::VerdictWord;

use format::Format;

#[test]
fn every_sound_codec_is_let_through_in_every_format() {
    let mut accused = Vec::new();
    for (build, make) in sound::BUILDS {
        for (name, format) in Format::all() {
            let layout = format.layout.clone();
            let factory = make(format);
            let report = sockspec::framing_with(&format!("{build}-{name}"), layout, move || factory()).run();
            if let Some(words) = accusation(&report) {
                accused.push(words);
            }
        }
    }
    assert!(accused.is_empty(), "{} sound codecs accused:\n{}", accused.len(), accused.join("\n"));
}

#[test]
fn every_slip_is_caught() {
    let mut missed = Vec::new();
    for slip in wrong::SLIPS {
        let (format, make) = ((slip.layout)(), slip.make);
        let name = slip.name.replace('_', "-");
        let layout = format.layout.clone();
        let report = sockspec::framing_with(&name, layout, move || make(format.clone())).run();
        if !report.rows.iter().any(|row| row.verdict == VerdictWord::Fail) {
            missed.push(slip.name);
        }
    }
    assert!(missed.is_empty(), "{} of {} slips missed: {missed:?}", missed.len(), wrong::SLIPS.len());
}

/// What a sound codec is accused of.
fn accusation(report: &Report) -> Option<String> {
    let is_accused = |verdict| !matches!(verdict, VerdictWord::Pass | VerdictWord::Skipped);
    report.rows.iter().any(|row| is_accused(row.verdict)).then(|| report.to_string())
}
