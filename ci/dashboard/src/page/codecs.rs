//! How fast codecs are, as one table of one run: a row for each codec, a column for each way and length.

use maud::{Markup, html};

use crate::amount;
use crate::measure::Unit;
use crate::speed::{self, Speed};

/// The table; `whose` says of which run.
pub(super) fn table(speeds: &[Speed], whose: &str) -> Markup {
    let (ways, lens) = (speed::ways(speeds), speed::lens(speeds));
    html! {
        h3 { "All codecs in " (whose) }
        p { "Mebibytes of payload in a second, by the length of a payload; a dash where a codec does not take such frames." }
        div.scroll tabindex="0" {
            table.codecs {
                thead {
                    tr {
                        th rowspan="2" scope="col" { "codec" }
                        @for way in &ways { th.number colspan=(lens.len()) scope="colgroup" { (way) } }
                    }
                    tr {
                        @for _ in &ways {
                            @for len in &lens { th.number scope="col" { (amount::short(Unit::Bytes, *len as f64)) } }
                        }
                    }
                }
                tbody {
                    @for codec in speed::codecs(speeds) {
                        tr {
                            th scope="row" { (codec) }
                            @for way in &ways {
                                @for len in &lens { td.number { (cell(speeds, way, codec, *len)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(speeds: &[Speed], way: &str, codec: &str, len: u64) -> String {
    let found = speeds.iter().find(|speed| speed.way == way && speed.codec == codec);
    found.map_or_else(|| speed::NONE.to_owned(), |speed| speed.cell(len))
}
