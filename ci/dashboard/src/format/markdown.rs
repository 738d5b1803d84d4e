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
        head(&mut text, "codec", &names);
        for speed in speeds.iter().filter(|speed| speed.way == way) {
            let cells: Vec<String> = lens.iter().map(|len| speed.cell(*len)).collect();
            line(&mut text, &speed.codec, &cells);
        }
        text
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// One table of payloads of `len` bytes, with a column for each way, in mebibytes a second.
pub(crate) fn of_len(speeds: &[Speed], len: u64) -> String {
    let ways = speed::ways(speeds);
    let names: Vec<String> = ways.iter().map(|way| (*way).to_owned()).collect();
    let mut text = String::new();
    head(&mut text, &format!("{}, MiB/s", amount::short(Unit::Bytes, len as f64)), &names);
    for codec in speed::codecs(speeds) {
        let in_way = |way: &&str| speeds.iter().find(|speed| speed.codec == codec && speed.way == **way);
        let cell = |way| in_way(way).map_or_else(|| speed::NONE.to_owned(), |speed| speed.cell(len));
        line(&mut text, codec, &ways.iter().map(cell).collect::<Vec<_>>());
    }
    text
}

fn head(text: &mut String, name: &str, cells: &[String]) {
    line(text, name, cells);
    writeln!(text, "|---|{}", "---:|".repeat(cells.len())).expect("a string takes all that is written to it");
}

fn line(text: &mut String, name: &str, cells: &[String]) {
    let name = name.replace('|', "\\|");
    writeln!(text, "| {name} | {} |", cells.join(" | ")).expect("a string takes all that is written to it");
}
