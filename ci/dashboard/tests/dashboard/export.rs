//! What `export` writes: each file is read back by what its reader would use, and compared with the accepted one.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use crate::openmetrics;
use crate::tool::{FIXTURES, RUN, Scratch};

/// Bencher's metric format, and nothing that is not in it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Metric {
    value: f64,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

/// A row of github-action-benchmark's custom format, and nothing that is not in it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    unit: String,
    value: f64,
    range: Option<String>,
    extra: Option<String>,
}

fn rows(text: &str) -> BTreeMap<String, Row> {
    let rows: Vec<Row> = serde_json::from_str(text).expect("it is a list of rows");
    let count = rows.len();
    let by_name: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
    assert_eq!(by_name.len(), count, "a name stands for two series");
    by_name
}

#[test]
fn bencher_reads_it() {
    let scratch = Scratch::new("bencher_reads_it");
    scratch.export(&[]).done();
    let text = scratch.read("out/bmf.json");
    let read: BTreeMap<String, BTreeMap<String, Metric>> = serde_json::from_str(&text).unwrap();
    // What Bencher takes for names.
    assert!(read.keys().all(|name| (1..=1024).contains(&name.len())));
    assert!(read.values().flat_map(BTreeMap::keys).all(|name| (1..=64).contains(&name.len())));
    let latency =
        Metric { value: 2_560_000.0, lower_value: Some(2_400_000.0), upper_value: Some(2_800_000.0) };
    assert_eq!(read["criterion/lockstep/driven/64"]["latency"], latency);
    assert_eq!(read["gungraun/instructions::plan::encode"]["instructions"].value, 1_234_567.0);
    assert_eq!(read.values().map(BTreeMap::len).sum::<usize>(), 63);
    insta::assert_snapshot!("bmf", text);
}

#[test]
fn github_action_benchmark_reads_it() {
    let scratch = Scratch::new("github_action_benchmark_reads_it");
    scratch.export(&[]).done();
    let (smaller, bigger) = (scratch.read("out/smaller.json"), scratch.read("out/bigger.json"));
    let (few, many) = (rows(&smaller), rows(&bigger));
    assert_eq!(few["paired/lockstep/64 system-calls"].value, 3.0);
    assert!(few.keys().all(|name| !many.contains_key(name)), "a series with two directions");
    let ratio = &many["paired/lockstep/64 ratio"];
    assert_eq!((ratio.value, ratio.unit.as_str()), (0.91, "ratio"));
    assert_eq!((ratio.range.as_deref(), ratio.extra.as_deref()), (Some("0.9 to 0.92"), Some("goal 0.8")));
    assert_eq!(few["criterion/report latency"].unit, "ns");
    let power = &few["growth/cuts power"];
    assert_eq!((power.value, power.extra.as_deref()), (1.02, Some("goal 1.2")));
    let each = &few["growth/cuts/10000 time-per-unit"];
    assert!((each.value - 9400.0).abs() < 1e-6 && each.unit == "ns", "{each:?}");
    let rate = &many["codecs/encode/tokio-util-u32-be/1024 bytes-per-second"];
    assert_eq!((rate.value, rate.unit.as_str()), (12_000.0 * 1_048_576.0, "bytes/s"));
    // The others are in the table alone.
    assert!(!many.keys().any(|name| name.contains("prost")));
    // How large a campaign was, and how fast a peer is, is neither good nor bad.
    assert!(!many.contains_key("fuzz/plan_decode executions"));
    assert!(!many.contains_key("paired/lockstep/64 (a bare loop) pieces-per-second"));
    insta::assert_snapshot!("smaller", smaller);
    insta::assert_snapshot!("bigger", bigger);
}

#[test]
fn prometheus_reads_it() {
    let scratch = Scratch::new("prometheus_reads_it");
    scratch.export(&[]).done();
    let text = scratch.read("out/metrics.txt");
    let families = openmetrics::parse(&text).unwrap();
    let value = |family: &str, label: &str, of: &str| {
        families[family].samples[&vec![(label.to_owned(), of.to_owned())]]
    };
    assert_eq!(value("sockspec_criterion_latency_seconds", "benchmark", "lockstep/driven/64"), 0.00256);
    assert_eq!(value("sockspec_fuzz_peak_memory_bytes", "target", "plan_decode"), 381.0 * 1_048_576.0);
    assert_eq!(value("sockspec_paired_goal_ratio", "benchmark", "lockstep/64"), 0.8);
    assert_eq!(value("sockspec_conformance_results", "verdict", "pass"), 3.0);
    assert_eq!(families["sockspec_export_timestamp_seconds"].samples[&Vec::new()], 1_795_358_598.0);
    for (name, family) in &families {
        assert!(!family.help.is_empty() && !family.samples.is_empty(), "{name}");
        let is_counted = family.unit.is_none();
        assert_eq!(
            is_counted,
            !["seconds", "bytes", "ratio"].iter().any(|unit| name.ends_with(unit))
                && !name.ends_with("per_second"),
            "{name}"
        );
    }
    insta::assert_snapshot!("metrics", text);
}

#[test]
fn what_is_missing_is_named_and_left_out() {
    let scratch = Scratch::new("what_is_missing_is_named_and_left_out");
    let mut arguments = vec!["export", "--out", "out", "--history", "history.jsonl"];
    arguments.extend(RUN);
    let ratios = format!("{FIXTURES}/sockspec/ratios.json");
    arguments.extend(["--ratios", &ratios]);
    insta::assert_snapshot!("missing", scratch.call(&arguments).done());
    let families = openmetrics::parse(&scratch.read("out/metrics.txt")).unwrap();
    let present = |source: &str| {
        families["sockspec_export_present"].samples[&vec![("source".to_owned(), source.to_owned())]]
    };
    assert_eq!((present("paired"), present("fuzz"), present("criterion")), (1.0, 0.0, 0.0));
    let entry: serde_json::Value = serde_json::from_str(&scratch.read("history.jsonl")).unwrap();
    assert_eq!(
        entry["missing"].to_string(),
        r#"["gungraun","criterion","growth","codecs","fuzz","conformance"]"#
    );
    // No series of the direction that is missing, and still a file that can be read.
    let codecs = format!("{FIXTURES}/sockspec/codecs.json");
    scratch.call(&[&["export", "--out", "out", "--codecs", &codecs], &RUN[..]].concat()).done();
    assert!(rows(&scratch.read("out/smaller.json")).is_empty());
}

#[test]
fn every_source_may_be_the_only_one() {
    let scratch = Scratch::new("every_source_may_be_the_only_one");
    let sources = [
        ("--ratios", "sockspec/ratios.json", 19),
        ("--gungraun", "gungraun", 3),
        ("--criterion", "criterion", 8),
        ("--growth", "sockspec/growth.json", 6),
        ("--codecs", "sockspec/codecs.json", 12),
        ("--fuzz", "sockspec/fuzz", 5),
        ("--conformance", "sockspec/report.json", 10),
    ];
    for (option, place, count) in sources {
        let place = format!("{FIXTURES}/{place}");
        let said = scratch.call(&[&["export", "--out", "out", option, &place], &RUN[..]].concat()).done();
        assert_eq!(said.matches("missing: ").count(), 6, "{said}");
        assert!(said.contains(&format!("{count} measures from ")), "{said}");
    }
}

#[test]
fn a_campaign_of_less_than_a_second_has_no_rate() {
    let scratch = Scratch::new("a_campaign_of_less_than_a_second");
    let printed = fs::read_to_string(format!("{FIXTURES}/sockspec/fuzz/plan_decode.txt")).unwrap();
    let short = printed.replace("exec_per_sec:     262144", "exec_per_sec:     0");
    assert_ne!(short, printed);
    scratch.write("target/sockspec/fuzz/plan_decode.txt", &short);
    let said = scratch.call(&[&["export", "--out", "out"], &RUN[..]].concat()).done();
    assert!(said.contains("fuzz         4 measures from "), "{said}");
}

#[test]
fn names_of_any_kind_come_through_every_format() {
    let scratch = Scratch::new("names_of_any_kind_come_through_every_format");
    let name = "a \"quoted\\\" <b>&\n{label=\"x\"} ü";
    let row = serde_json::json!({ "name": name, "ratio": 1, "ours": 2, "unit": "MiB of <text>/s" });
    let ratios = serde_json::json!({ "schema": "sockspec.ratios.v1", "rows": [row] });
    scratch.write("target/sockspec/ratios.json", &ratios.to_string());
    scratch.call(&[&["export", "--out", "out"], &RUN[..]].concat()).done();
    let families = openmetrics::parse(&scratch.read("out/metrics.txt")).unwrap();
    let labels = vec![("benchmark".to_owned(), name.to_owned())];
    assert_eq!(families["sockspec_paired_mib_text_per_second"].samples[&labels], 2.0);
    let read: BTreeMap<String, BTreeMap<String, Metric>> =
        serde_json::from_str(&scratch.read("out/bmf.json")).unwrap();
    assert_eq!(read[&format!("paired/{name}")]["mib-text-per-second"].value, 2.0);
    assert_eq!(rows(&scratch.read("out/bigger.json")).len(), 2);
}

#[test]
fn two_exports_of_one_run_are_the_same_byte_for_byte() {
    let scratch = Scratch::new("two_exports_of_one_run_are_the_same_byte_for_byte");
    let export = || {
        scratch.export(&[]).done();
        let names = ["bmf.json", "smaller.json", "bigger.json", "metrics.txt"];
        let mut left: Vec<_> =
            fs::read_dir(scratch.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["bigger.json", "bmf.json", "metrics.txt", "smaller.json"]);
        names.map(|name| scratch.read(&format!("out/{name}")))
    };
    assert_eq!(export(), export());
}
