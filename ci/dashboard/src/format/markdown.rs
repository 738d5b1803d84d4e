//! The comparison of codecs as Markdown: a table for each way, a row for each codec, a column for each length.

use std::fmt::Write as _;

use crate::amount;
use crate::measure::Unit;
use crate::speed::{self, Speed};

/// The tables, in mebibytes a second.
pub(crate) fn markdown(speeds: &[Speed]) -> String {
    let lens = speed::lens(speeds);
    let names: Vec<String> = lens.iter().map(|len| amount::short(Unit::Bytes, *len as f64)).collect();
    let tables = speed::ways(speeds).into_iter().map(|way| {
        let mut text = format!("### {way}, MiB/s\n\n");
        line(&mut text, "codec", &names);
        writeln!(text, "|---|{}", "---:|".repeat(lens.len()))
            .expect("a string takes all that is written to it");
        for speed in speeds.iter().filter(|speed| speed.way == way) {
            let cells: Vec<String> = lens.iter().map(|len| speed.cell(*len)).collect();
            line(&mut text, &speed.codec, &cells);
        }
        text
    });
    tables.collect::<Vec<_>>().join("\n")
}

fn line(text: &mut String, name: &str, cells: &[String]) {
    let name = name.replace('|', "\\|");
    writeln!(text, "| {name} | {} |", cells.join(" | ")).expect("a string takes all that is written to it");
}
