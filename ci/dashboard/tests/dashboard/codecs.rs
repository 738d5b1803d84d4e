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
fn one_length_is_one_table() {
    let scratch = Scratch::new("one_length_is_one_table");
    let printed = scratch.call(&["codecs", "--target-dir", FIXTURES, "--len", "1024"]).done();
    assert!(printed.starts_with("| 1 KiB, MiB/s | "), "{printed}");
    let rows: Vec<&str> = printed.lines().skip(2).collect();
    assert!(rows.len() > 1 && rows[0].starts_with("| tokio-util-u32-be | 12,000 | "), "{printed}");
    let only = ["codecs", "--target-dir", FIXTURES, "--len", "1024", "--only", "tokio-util-u32-be"];
    assert_eq!(scratch.call(&only).done().lines().skip(2).collect::<Vec<_>>(), rows[..1]);
    for wrong in [["--len", "1023"], ["--only", "tokio"]] {
        let refused = scratch.call(&[&["codecs", "--target-dir", FIXTURES][..], &wrong].concat());
        assert_eq!(refused.code, Some(2), "{wrong:?}");
    }
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
