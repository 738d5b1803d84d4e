//! `sockspec diff`: what has changed between two reports.

use serde_json::{Value, json};

use super::{QUICK, Scratch, run};

/// A report of some rows, as far as `diff` reads one.
fn report(name: &str, seed: &str, rows: &[(&str, &str, Value)]) -> Scratch {
    let row = |(id, verdict, more): &(&str, &str, Value)| {
        let mut row = json!({ "id": id, "system": "my-stream", "verdict": verdict });
        let more = more.as_object().cloned().unwrap_or_default();
        row.as_object_mut().expect("it is one").extend(more);
        row
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let report = json!({
        "schema": "sockspec.report.v1",
        "tool": { "name": "sockspec", "version": "0.1.0" },
        "seed": seed,
        "results": rows,
    });
    Scratch::containing(name, &report.to_string())
}

/// Two reports in which every kind of change occurs.
fn changed(name: &str) -> [Scratch; 2] {
    let none = || Value::Null;
    let departure = json!({ "expected": "byte 4", "actual": "byte 5", "replay": "sockspec1-AAAA" });
    let old = [
        ("stream/a", "pass", none()),
        ("stream/b", "pass", none()),
        ("stream/c", "pass", none()),
        ("stream/d", "pass", none()),
        ("stream/e", "fail", none()),
        ("stream/g", "fail", none()),
        ("stream/h", "pass", none()),
    ];
    let new = [
        ("stream/a", "fail", departure),
        ("stream/b", "warn", none()),
        ("stream/c", "inconclusive", json!({ "reason": "the kernel does not count" })),
        ("stream/e", "pass", none()),
        ("stream/f", "pass", none()),
        ("stream/g", "known", none()),
        ("stream/h", "pass", none()),
    ];
    [report(&format!("{name}-old"), "1", &old), report(&format!("{name}-new"), "2", &new)]
}

#[test]
fn every_change_is_shown_with_what_is_worst_first() {
    let [old, new] = changed("every");
    let (code, stdout, stderr) = run(&["diff", old.path(), new.path()]);
    assert_eq!((code, stderr.as_str()), (1, ""));
    insta::assert_snapshot!("diff_text", stdout);

    let (code, stdout, stderr) = run(&["diff", old.path(), new.path(), "--format", "json"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("the seeds differ") && stderr.contains("1 departs now"), "{stderr}");
    insta::assert_snapshot!("diff_json", stdout);
}

#[test]
fn only_what_has_become_worse_decides_how_it_ends() {
    let [old, new] = changed("worse");
    for (arguments, wanted) in [
        (vec!["diff", old.path(), new.path(), "--quiet"], 1),
        (vec!["diff", new.path(), old.path()], 1),
        (vec!["diff", new.path(), new.path(), "--strict"], 0),
    ] {
        let (code, stdout, _) = run(&arguments);
        assert_eq!(code, wanted, "{arguments:?}: {stdout}");
    }

    let none = || Value::Null;
    let before = report("gone-old", "1", &[("stream/a", "pass", none()), ("stream/b", "pass", none())]);
    for (name, after, strictly) in [
        ("gone-warn", vec![("stream/a", "warn", none()), ("stream/b", "pass", none())], 1),
        ("gone-untold", vec![("stream/a", "pass", none()), ("stream/b", "skipped", none())], 1),
        ("gone-gone", vec![("stream/a", "pass", none())], 1),
        (
            "gone-more",
            vec![("stream/a", "pass", none()), ("stream/b", "pass", none()), ("stream/c", "pass", none())],
            0,
        ),
    ] {
        let after = report(name, "1", &after);
        let (code, stdout, _) = run(&["diff", before.path(), after.path()]);
        assert_eq!(code, 0, "{name}: {stdout}");
        let (code, stdout, _) = run(&["diff", before.path(), after.path(), "--strict"]);
        assert_eq!(code, strictly, "{name}: {stdout}");
    }
}

#[test]
fn what_a_run_has_written_differs_in_nothing_from_itself() {
    let kept = Scratch::new("kept");
    let written = format!("--report=json={}", kept.path());
    assert_eq!(run(&[&QUICK[..], &[&written]].concat()).0, 0);
    let (code, stdout, _) = run(&["diff", kept.path(), kept.path()]);
    assert_eq!((code, stdout.as_str()), (0, "1 row: no verdict differs\n"));
}

#[test]
fn what_is_no_report_is_refused_with_its_name() {
    let sound = report("sound", "1", &[]);
    let [broken, other, bare] = [
        ("broken", "{\"schema\": \"sockspec.report.v1\", \"results\": 3}"),
        ("other", "{\"schema\": \"sockspec.list.v1\"}"),
        ("bare", "[]"),
    ]
    .map(|(name, text)| Scratch::containing(name, text));
    for (file, said) in [
        (broken.path(), "is no report: "),
        (other.path(), "wanted the schema `sockspec.report.v1`, saw `sockspec.list.v1`"),
        (bare.path(), "is no report: "),
        ("/nowhere/at.json", "/nowhere/at.json could not be read"),
    ] {
        let (code, stdout, stderr) = run(&["diff", sound.path(), file]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{file}");
        assert!(
            stderr.contains(said) && stderr.contains(file) && stderr.contains("--report json"),
            "{stderr}"
        );
    }
    // Nothing was compared.
    assert_eq!(run(&["diff", sound.path(), sound.path()]).0, 4);
}
