//! What is refused: every refusal names the file and what helps, and ends with the code of its kind.

use crate::tool::{FIXTURES, RUN, Scratch};

/// Exports the target directory of `scratch`, which must be refused with `code`, naming `place`, for a reason that holds `reason`.
#[track_caller]
fn refused(scratch: &Scratch, code: i32, place: &str, reason: &str) {
    let said = scratch.call(&[&["export", "--out", "out"], &RUN[..]].concat());
    assert_eq!((said.code, said.stdout.as_str()), (Some(code), ""), "{said:?}");
    let (error, tip) = said.stderr.split_once("\n  tip: ").expect("a refusal has a tip");
    assert!(error.starts_with(&format!("error: {place}: ")) && error.contains(reason), "{error}");
    assert!(tip.len() > 10 && tip.lines().count() == 1, "{tip}");
    assert!(!std::path::Path::new(&scratch.path("out")).exists(), "something was written all the same");
}

/// The text of a fixture.
fn fixture(path: &str) -> String {
    std::fs::read_to_string(format!("{FIXTURES}/{path}")).expect("the fixture is there")
}

const SUMMARY: &str = "gungraun/sockspec-benches/instructions/plan/encode/summary.json";
const BENCHMARK: &str = "criterion/lockstep/driven/64/new/benchmark.json";
const ESTIMATES: &str = "criterion/lockstep/driven/64/new/estimates.json";
const RATIOS: &str = "sockspec/ratios.json";
const REPORT: &str = "sockspec/report.json";
const GROWTH: &str = "sockspec/growth.json";
const CODECS: &str = "sockspec/codecs.json";
const FUZZ: &str = "sockspec/fuzz/plan_decode.txt";

#[test]
fn half_a_file_is_refused_wherever_it_is_cut() {
    for path in [SUMMARY, BENCHMARK, RATIOS, REPORT, GROWTH, CODECS] {
        let whole = fixture(path);
        for share in [0, 1, 2, 3] {
            let scratch = Scratch::new("half_a_file");
            let cut = whole.len() * share / 4;
            let cut = (0..=cut).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
            scratch.write(&format!("target/{path}"), &whole[..cut]);
            refused(&scratch, 2, &format!("target/{path}"), "it is not the JSON that was expected");
        }
    }
}

#[test]
fn a_file_of_another_layout_is_refused() {
    let cases = [
        (SUMMARY, "\"version\":\"7\"", "\"version\":\"8\"", "its version is `8`, where `7` is read"),
        (SUMMARY, "\"Callgrind\"", "\"DHAT\"", "it has no new count of instructions"),
        (SUMMARY, "\"new\":1234567,", "", "it has no new count of instructions"),
        (SUMMARY, "\"module_path\"", "\"path\"", "missing field `module_path`"),
        (RATIOS, "ratios.v1", "ratios.v2", "its schema is `sockspec.ratios.v2`"),
        (RATIOS, "\"rounds\": 41", "\"rounds\": 1", "it was measured in one round"),
        (RATIOS, "0.86", "\"0.86\"", "invalid type"),
        (RATIOS, "\"ratio\": 0.86,", "", "missing field `ratio`"),
        (RATIOS, "0.86", "-0.86", "a figure is negative or no number"),
        (RATIOS, "0.84", "0.89", "the lower bound is above the upper one"),
        (RATIOS, "lockstep/1", "lockstep/64", "lockstep/64 ratio is there twice"),
        (RATIOS, "\"unit\": \"pieces/s\",", "", "lockstep/1 has an amount without a unit"),
        (REPORT, "report.v1", "report.v2", "its schema is `sockspec.report.v2`"),
        (REPORT, "\"known\": 0", "\"knwon\": 0", "missing field `known`"),
        (REPORT, "\"seed\"", "\"interrupted\": true, \"seed\"", "did not come to its end"),
        (REPORT, "\"seed\"", "\"cannot_run\": \"no descriptors\", \"seed\"", "did not come to its end"),
        (GROWTH, "growth.v1", "growth.v2", "its schema is `sockspec.growth.v2`"),
        (GROWTH, "\"most\"", "\"rounds\": 5, \"most\"", "unknown field `rounds`"),
        (GROWTH, "\"seconds\": 0.00085\n", "\"seconds\": 0.00085, \"low\": 0\n", "unknown field `low`"),
        (GROWTH, "\"power\": 1.02,", "", "missing field `power`"),
        (GROWTH, "1.02", "-1.02", "of cuts power a figure is negative or no number"),
        (GROWTH, "\"units\": 300,", "\"units\": 30,", "of cuts the sizes do not ascend from 1"),
        (GROWTH, "\"units\": 100,", "\"units\": 0,", "of cuts the sizes do not ascend from 1"),
        (GROWTH, "0.00085", "0.0", "of cuts the sizes do not ascend from 1, or a time is not above 0"),
        (GROWTH, "\"frames\"", "\"cuts\"", "cuts power is there twice"),
        (CODECS, "codecs.v1", "codecs.v2", "its schema is `sockspec.codecs.v2`"),
        (CODECS, "\"len\": 16,", "\"len\": 16, \"frames\": 1,", "unknown field `frames`"),
        (CODECS, "\"len\": 16,", "", "missing field `len`"),
        (CODECS, "720.5", "-720.5", "encode/tokio-util-u8/16 has no rate above 0"),
        (CODECS, "\"len\": 1024", "\"len\": 16", "encode/tokio-util-u32-be/16 is there twice"),
        (FUZZ, "stat::peak_rss_mb", "peak_rss_mb", "it has no line `stat::peak_rss_mb: N`"),
        (FUZZ, ": 1310720", ": many", "line 6 is not `stat::NAME: N`"),
        (FUZZ, "Done", "stat::new_units_added: 1\nDone", "line 9 says `new_units_added` again"),
    ];
    for (path, from, to, reason) in cases {
        let scratch = Scratch::new("another_layout");
        let (whole, changed) = (fixture(path), fixture(path).replacen(from, to, 1));
        // Of a summary, only the total counts, which comes last.
        let changed = if path == SUMMARY { whole.replace(from, to) } else { changed };
        assert_ne!(whole, changed, "{from}");
        scratch.write(&format!("target/{path}"), &changed);
        refused(&scratch, 2, &format!("target/{path}"), reason);
    }
}

#[test]
fn growth_and_codecs_without_what_they_are_about_are_refused() {
    let one = r#"{ "name": "cuts", "unit": "pieces", "power": 1, "points": [{ "units": 1, "seconds": 1 }] }"#;
    let other = r#"{ "way": "encode", "codec": "other", "len": 16, "mebibytes_per_second": 1 }"#;
    let cases = [
        (GROWTH, "growth.v1\", \"most\": 1.2, \"axes\": []".to_owned(), "it has no axis"),
        (
            GROWTH,
            format!("growth.v1\", \"most\": 1.2, \"axes\": [{one}]"),
            "of cuts there are fewer than two sizes",
        ),
        (CODECS, "codecs.v1\", \"rows\": []".to_owned(), "it has no row of tokio-util-u32-be"),
        (CODECS, format!("codecs.v1\", \"rows\": [{other}]"), "it has no row of tokio-util-u32-be"),
    ];
    for (path, rest, reason) in cases {
        let scratch = Scratch::new("growth_and_codecs_without_what_they_are_about");
        scratch.write(&format!("target/{path}"), &format!("{{ \"schema\": \"sockspec.{rest} }}"));
        refused(&scratch, 2, &format!("target/{path}"), reason);
    }
}

#[test]
fn a_place_that_is_named_has_to_be_there() {
    for option in ["--ratios", "--gungraun", "--criterion", "--growth", "--codecs", "--fuzz", "--conformance"]
    {
        let scratch = Scratch::new("a_place_that_is_named");
        scratch.write(&format!("target/{REPORT}"), &fixture(REPORT));
        let said = scratch.call(&[&["export", "--out", "out", option, "mistyped"], &RUN[..]].concat());
        assert_eq!((said.code, said.stdout.as_str()), (Some(3), ""), "{said:?}");
        assert!(
            said.stderr.starts_with("error: mistyped: it was named, and is not there\n  tip: "),
            "{said:?}"
        );
    }
}

#[test]
fn codecs_without_a_file_are_not_compared() {
    let scratch = Scratch::new("codecs_without_a_file");
    let said = scratch.call(&["codecs"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(3), ""));
    assert!(
        said.stderr.starts_with("error: target/sockspec/codecs.json: there is nothing to compare\n"),
        "{said:?}"
    );
    assert!(said.stderr.contains("--bench codecs` writes it"), "{said:?}");
}

#[test]
fn a_benchmark_without_its_estimates_is_refused() {
    let scratch = Scratch::new("a_benchmark_without_its_estimates");
    scratch.write(&format!("target/{BENCHMARK}"), &fixture(BENCHMARK));
    refused(&scratch, 2, &format!("target/{ESTIMATES}"), "it is missing beside");
}

#[test]
fn what_cannot_be_read_is_refused() {
    // A file where a directory should be, and the other way round: what no user may read, not even root.
    for directory in ["criterion", "gungraun", "sockspec/fuzz"] {
        let scratch = Scratch::new("a_file_for_a_directory");
        scratch.write(&format!("target/{directory}"), "");
        refused(&scratch, 3, &format!("target/{directory}"), "it cannot be listed as a directory: ");
    }
    for file in [RATIOS, REPORT, GROWTH, CODECS] {
        let scratch = Scratch::new("a_directory_for_a_file");
        scratch.write(&format!("target/{file}/inside"), "");
        refused(&scratch, 3, &format!("target/{file}"), "it cannot be read: ");
    }
}

#[test]
fn nothing_at_all_is_refused() {
    let scratch = Scratch::new("nothing_at_all");
    refused(&scratch, 3, "target", "there is nothing to export");
    // Directories that a tool made and left empty are nothing, too.
    scratch.write("target/criterion/report/index.html", "");
    scratch.write("target/sockspec/fuzz/README", "");
    refused(&scratch, 3, "target", "there is nothing to export");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let scratch = Scratch::new("what_cannot_be_written");
    scratch.write("file", "");
    let said = scratch.export(&["--out", "file/out"]);
    assert_eq!(said.code, Some(2), "an option given twice is wrong usage: {said:?}");
    let export =
        |more: &[&str]| scratch.call(&[&["export", "--target-dir", FIXTURES], more, &RUN[..]].concat());
    let said = export(&["--out", "file/out"]);
    assert_eq!(said.code, Some(3));
    assert!(said.stderr.starts_with("error: file/out/bmf.json: it cannot be written: "), "{}", said.stderr);
    let said = export(&["--out", "out", "--history", "file/history.jsonl"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.stderr.starts_with("error: file/history.jsonl: it cannot be appended to: "),
        "{}",
        said.stderr
    );
}

#[test]
fn a_history_without_an_entry_makes_no_page() {
    let scratch = Scratch::new("a_history_without_an_entry");
    scratch.write("empty.jsonl", "");
    scratch.write("blank.jsonl", "\n\n");
    scratch.write("torn.jsonl", "{\"schema\":");
    let said = scratch.call(&["page", "--history", "gone.jsonl", "--out", "index.html"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.stderr.starts_with("error: gone.jsonl: there is no such history\n  tip: append a run"),
        "{}",
        said.stderr
    );
    for history in ["empty.jsonl", "blank.jsonl", "torn.jsonl"] {
        let said = scratch.call(&["page", "--history", history, "--out", "index.html"]);
        assert_eq!(said.code, Some(2));
        let expected = format!(
            "error: {history}: the history has no whole entry to make a page of\n  tip: append a run"
        );
        assert!(said.stderr.starts_with(&expected), "{}", said.stderr);
    }
    assert!(!std::path::Path::new(&scratch.path("index.html")).exists());
}

#[test]
fn wrong_usage_is_refused() {
    let scratch = Scratch::new("wrong_usage");
    let wrong: [&[&str]; 6] = [
        &[],
        &["export", "--timestamp", "yesterday"],
        &["export", "--commit", ""],
        &["export", "--metrics", "out"],
        &["page", "--history", "history.jsonl"],
        &["publish"],
    ];
    for arguments in wrong {
        let said = scratch.call(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
    }
    assert!(scratch.call(&["--help"]).done().contains("Exit codes:"));
    assert!(scratch.call(&["export", "--help"]).done().contains("--history <FILE>"));
}

#[test]
fn outside_of_a_repository_the_commit_must_be_given() {
    let scratch = Scratch::new("outside_of_a_repository");
    // A directory that says it is a repository and is none stops git from looking further up.
    scratch.write(".git", "gitdir: nowhere");
    let said = scratch.call(&["export", "--target-dir", FIXTURES, "--out", "out"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.stderr.starts_with("error: git rev-parse HEAD: the commit is not known: "),
        "{}",
        said.stderr
    );
    assert!(said.stderr.ends_with("tip: give it with --commit\n"), "{}", said.stderr);
}
