//! What `export` keeps in the history: nothing is lost, nothing is there twice.

use std::fs::{self, OpenOptions};

use crate::tool::{FIXTURES, Scratch};

/// Exports into `history.jsonl` as of that second.
fn export(scratch: &Scratch, second: usize, commit: &str) -> String {
    scratch.call(&arguments(&format!("2026-11-22T00:00:{second:02}Z"), commit)).done()
}

fn arguments<'a>(timestamp: &'a str, commit: &'a str) -> [&'a str; 11] {
    let history = ["--history", "history.jsonl"];
    let [option, file] = history;
    [
        "export",
        "--target-dir",
        FIXTURES,
        "--out",
        "out",
        option,
        file,
        "--timestamp",
        timestamp,
        "--commit",
        commit,
    ]
}

/// Each line of the history as JSON; every one must be whole.
fn entries(scratch: &Scratch) -> Vec<serde_json::Value> {
    let text = scratch.read("history.jsonl");
    assert!(text.ends_with('\n'), "the last line has no end");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[test]
fn each_run_is_one_line() {
    let scratch = Scratch::new("each_run_is_one_line");
    assert!(export(&scratch, 1, "a").contains("added        entry 1 of history.jsonl\n"));
    assert!(export(&scratch, 2, "b").contains("added        entry 2 of history.jsonl\n"));
    let entries = entries(&scratch);
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[0]["commit"], &entries[1]["commit"]), (&"a".into(), &"b".into()));
    assert_eq!(entries[0]["measures"], entries[1]["measures"]);
    insta::assert_snapshot!("entry", serde_json::to_string_pretty(&entries[0]).unwrap());
}

#[test]
fn lines_from_before_tables_were_kept_stay_readable() {
    let scratch = Scratch::new("lines_from_before_tables_were_kept");
    export(&scratch, 1, "a");
    let mut old = entries(&scratch).remove(0);
    let fields = old.as_object_mut().unwrap();
    for table in ["growth", "codecs"] {
        assert!(fields.remove(table).is_some_and(|table| !table.as_array().unwrap().is_empty()));
    }
    let line = format!("{old}\n");
    scratch.write("history.jsonl", &line);
    export(&scratch, 2, "b");
    assert!(scratch.read("history.jsonl").starts_with(&line), "the old line was rewritten");
    let page = |commit: &str| {
        scratch.call(&["page", "--history", "history.jsonl", "--out", "index.html"]).done();
        let page = scratch.read("index.html");
        ["Seconds over units", "All codecs"].map(|title| page.contains(&format!("{title} in {commit}")))
    };
    assert_eq!(page("the latest run"), [true; 2]);
    // A run with neither behind it: what is shown says which run it is of.
    scratch.write(
        "history.jsonl",
        &format!("{}{}", scratch.read("history.jsonl"), line.replace("00:01Z", "00:03Z")),
    );
    assert_eq!(page("the run of b, the last that has it"), [true; 2]);
    scratch.write("history.jsonl", &line);
    assert_eq!(page(""), [false; 2]);
}

#[test]
fn a_run_that_is_there_is_not_added_again() {
    let scratch = Scratch::new("a_run_that_is_there_is_not_added_again");
    export(&scratch, 1, "a");
    export(&scratch, 2, "b");
    let before = scratch.read("history.jsonl");
    let said = export(&scratch, 1, "a");
    assert!(
        said.contains("kept         history.jsonl as it is: it has a at 2026-11-22T00:00:01Z already\n"),
        "{said}"
    );
    assert_eq!(scratch.read("history.jsonl"), before);
    // The same commit at another time is another run, and so is another commit at the same time.
    export(&scratch, 3, "a");
    export(&scratch, 1, "b");
    assert_eq!(entries(&scratch).len(), 4);
}

#[test]
fn a_torn_last_line_is_named_and_costs_nothing_else() {
    let scratch = Scratch::new("a_torn_last_line_is_named_and_costs_nothing_else");
    export(&scratch, 1, "a");
    let whole = scratch.read("history.jsonl");
    export(&scratch, 2, "b");
    let cut = whole.len() + 100;
    OpenOptions::new().write(true).open(scratch.path("history.jsonl")).unwrap().set_len(cut as u64).unwrap();

    let page = scratch.call(&["page", "--history", "history.jsonl", "--out", "index.html"]).done();
    assert!(
        page.contains("torn         history.jsonl:2 was torn by a run that was killed, and is skipped\n"),
        "{page}"
    );
    assert!(page.contains("from 1 entries"), "{page}");
    assert_eq!(scratch.read("history.jsonl").len(), cut, "who reads a history leaves it alone");

    let said = export(&scratch, 3, "c");
    assert!(
        said.contains("torn         history.jsonl:2 was torn by a run that was killed, and is cut off\n"),
        "{said}"
    );
    assert!(scratch.read("history.jsonl").starts_with(&whole));
    let commits: Vec<_> = entries(&scratch).iter().map(|entry| entry["commit"].clone()).collect();
    assert_eq!(commits, ["a", "c"]);
}

#[test]
fn a_last_line_that_lacks_only_its_end_is_kept() {
    let scratch = Scratch::new("a_last_line_that_lacks_only_its_end_is_kept");
    export(&scratch, 1, "a");
    let line = scratch.read("history.jsonl");
    scratch.write("history.jsonl", line.trim_end());
    let said = export(&scratch, 2, "b");
    assert!(!said.contains("torn"), "{said}");
    assert_eq!(entries(&scratch).len(), 2);
}

#[test]
fn runs_that_end_at_once_are_all_kept() {
    let scratch = Scratch::new("runs_that_end_at_once_are_all_kept");
    let moments: Vec<String> = (0..6).map(|second| format!("2026-11-22T00:00:0{second}Z")).collect();
    let running: Vec<_> = moments
        .iter()
        .enumerate()
        .map(|(index, moment)| {
            let mut arguments = arguments(moment, "a").to_vec();
            let out = format!("out{index}");
            arguments[4] = &out;
            scratch.start(&arguments)
        })
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let mut kept: Vec<String> =
        entries(&scratch).iter().map(|entry| entry["timestamp"].as_str().unwrap().to_owned()).collect();
    kept.sort();
    assert_eq!(kept, moments);
}

#[test]
fn a_broken_line_in_the_middle_stops_everything_before_anything_is_changed() {
    let scratch = Scratch::new("a_broken_line_in_the_middle");
    export(&scratch, 1, "a");
    let whole = scratch.read("history.jsonl");
    let broken = format!("{}\n{whole}", &whole[..50]);
    scratch.write("history.jsonl", &broken);
    let said = scratch.call(&arguments("2026-11-22T00:00:02Z", "b"));
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.starts_with("error: history.jsonl:1: it is not an entry: "), "{}", said.stderr);
    assert_eq!(fs::read_to_string(scratch.path("history.jsonl")).unwrap(), broken);
}
