//! What `codecs` prints: a table that can be pasted, of the file and of nothing else.

use crate::tool::{FIXTURES, Scratch};

#[test]
fn codecs_are_compared_in_markdown() {
    let scratch = Scratch::new("codecs_are_compared_in_markdown");
    let printed = scratch.call(&["codecs", "--target-dir", FIXTURES]).done();
    let file = format!("{FIXTURES}/sockspec/codecs.json");
    assert_eq!(scratch.call(&["codecs", "--codecs", &file]).done(), printed);
    let rows = || printed.lines().filter(|line| line.starts_with('|'));
    assert!(rows().all(|row| row.matches('|').count() == 6), "{printed}");
    insta::assert_snapshot!("codecs", printed);
}

#[test]
fn a_bar_in_a_name_does_not_end_its_cell() {
    let scratch = Scratch::new("a_bar_in_a_name");
    let row = |codec: &str| serde_json::json!({ "way": "encode", "codec": codec, "len": 1, "mebibytes_per_second": 1 });
    let rows = [row("tokio-util-u32-be"), row("a|b")];
    let file = serde_json::json!({ "schema": "sockspec.codecs.v1", "rows": rows });
    scratch.write("target/sockspec/codecs.json", &file.to_string());
    assert!(scratch.call(&["codecs"]).done().ends_with("| a\\|b | 1 |\n"));
}
