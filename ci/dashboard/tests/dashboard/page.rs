//! What `page` makes: one file that needs no other, whatever the history is like.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use crate::tool::Scratch;

/// One run: the ratio and the instructions, either of which may be missing.
fn entry(number: usize, ratio: Option<f64>, instructions: Option<u64>) -> Value {
    let ratio = ratio.map(|ratio| {
        json!({ "source": "paired", "benchmark": "lockstep/64", "quantity": "ratio", "unit": "ratio", "better": "bigger",
                "value": ratio, "low": ratio - 0.01, "high": ratio + 0.01, "goal": 0.8 })
    });
    let instructions = instructions.map(|count| {
        json!({ "source": "gungraun", "benchmark": "decode", "quantity": "instructions", "unit": "count",
                "better": "smaller", "value": count })
    });
    let measures: Vec<Value> = ratio.into_iter().chain(instructions).collect();
    let timestamp =
        format!("20{:02}-{:02}-{:02}T12:00:00Z", 10 + number / 336, number / 28 % 12 + 1, number % 28 + 1);
    let commit = format!("{number:040x}");
    json!({ "schema": "sockspec.history.v1", "timestamp": timestamp, "commit": commit, "measures": measures })
}

/// The page of a history of these entries.
fn page(test: &str, entries: &[Value]) -> String {
    let scratch = Scratch::new(test);
    scratch.write("history.jsonl", &entries.iter().map(|entry| format!("{entry}\n")).collect::<String>());
    let said = scratch.call(&["page", "--history", "history.jsonl", "--out", "deep/er/index.html"]).done();
    assert!(said.contains(&format!("from {} entries", entries.len())), "{said}");
    let page = scratch.read("deep/er/index.html");
    check(&page);
    page
}

/// What holds of every page: it loads nothing, runs nothing, and each chart is well-formed XML without text that is not a figure.
fn check(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    for foreign in
        ["<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "href=", "NaN", "onload"]
    {
        assert!(!page.contains(foreign), "the page has {foreign}");
    }
    for chart in charts(page) {
        let mut reader = Reader::from_str(chart);
        reader.config_mut().check_end_names = true;
        let mut depth = 0;
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{error}: {chart}")) {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Text(text) => {
                    let text = text.decode().expect("a page is UTF-8");
                    let is_figure = |c: char| " .0123456789kMGTnµmsBi\n".contains(c);
                    assert!(text.chars().all(is_figure), "{text}");
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{chart}");
    }
}

fn charts(page: &str) -> Vec<&str> {
    let from_each = page.split("<svg").skip(1);
    from_each
        .map(|rest| rest.split_once("</svg>").expect("a chart has an end").0.len())
        .zip(page.match_indices("<svg"))
        .map(|(len, (at, start))| &page[at..at + start.len() + len + "</svg>".len()])
        .collect()
}

#[test]
fn the_page_of_one_run() {
    let scratch = Scratch::new("the_page_of_one_run");
    scratch.export(&["--history", "history.jsonl"]).done();
    scratch.call(&["page", "--history", "history.jsonl", "--out", "index.html"]).done();
    let page = scratch.read("index.html");
    check(&page);
    let mut text = page.clone();
    for chart in charts(&page) {
        text = text.replace(chart, "<svg/>");
    }
    // The style sheet and the charts are looked at, not compared.
    let (head, rest) = text.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    insta::assert_snapshot!("page", format!("{head}{body}").replace("><", ">\n<"));
}

#[test]
fn five_hundred_runs_and_more() {
    let entries: Vec<Value> = (0..620)
        .map(|at| entry(at, Some(0.8 + (at % 7) as f64 / 100.0), Some(1000 + at as u64 / 50)))
        .collect();
    let full = page("five_hundred_runs", &entries[..500]);
    assert!(full.contains("500 runs are shown."));
    assert_eq!(charts(&full).len(), 2);
    assert!(full.len() < 100_000, "{} bytes for two charts", full.len());
    let more = page("more_than_five_hundred_runs", &entries);
    assert!(more.contains("The last 500 of 620 runs are shown."));
    assert!(more.len() < 100_000, "{} bytes for two charts", more.len());
}

#[test]
fn runs_of_one_day_are_told_apart_by_the_minute() {
    let mut entries = [0.8, 0.9].map(|ratio| entry(0, Some(ratio), None));
    let labels = |entries: &[Value]| {
        let page = page("runs_of_one_day", entries);
        let (_, behind) = page.split_once(r#"<div class="days">"#).unwrap();
        behind.split_once("</div>").unwrap().0.to_owned()
    };
    entries[1]["timestamp"] = json!("2010-01-01T17:30:59Z");
    assert_eq!(labels(&entries), "<span>2010-01-01 12:00</span><span>2010-01-01 17:30</span>");
    entries[1]["timestamp"] = json!("2010-01-02T17:30:59Z");
    assert_eq!(labels(&entries), "<span>2010-01-01</span><span>2010-01-02</span>");
}

#[test]
fn a_measure_may_be_missing_in_any_run() {
    let entries = [entry(0, Some(0.9), Some(1000)), entry(1, None, Some(1000)), entry(2, Some(0.7), None)];
    let page = page("a_measure_may_be_missing_in_any_run", &entries);
    assert!(page.contains("/ lockstep/64, "), "{page}");
    assert!(page.contains(": 0.7 of 0.8</li>"), "{page}");
    assert!(page.contains("−22.2 % worse</span> <span class=\"note\">in 2 runs</span>"), "{page}");
    assert!(page.contains("1,000 <span class=\"note\">last in 0000000000</span>"), "{page}");
    assert_eq!(charts(&page).len(), 2);
}

#[test]
fn a_run_without_any_measure_is_no_obstacle() {
    let page = page("a_run_without_any_measure", &[entry(0, Some(0.9), None), entry(1, None, None)]);
    assert!(!page.contains("goal is") && charts(&page).len() == 1, "{page}");
    let empty = self::page("only_a_run_without_any_measure", &[entry(0, None, None)]);
    assert_eq!(charts(&empty).len(), 0);
}

#[test]
fn a_change_says_whether_it_is_better() {
    let change = |test: &str, before: u64, after: u64| {
        let page = page(test, &[entry(0, None, Some(before)), entry(1, None, Some(after))]);
        let cell = page.split("<td class=\"number\">").nth(2).unwrap_or_default();
        cell.split("</td>").next().unwrap_or_default().to_owned()
    };
    assert_eq!(change("better", 1000, 990), "<span class=\"better\">−1 % better</span>");
    assert_eq!(change("worse", 1000, 1001), "<span class=\"worse\">+0.1 % worse</span>");
    assert_eq!(change("same", 1000, 1000), "=");
}

#[test]
fn names_are_escaped() {
    let mut nasty = entry(0, Some(0.9), None);
    let name = "<script>alert(1)</script>\"'&";
    nasty["commit"] = name.into();
    nasty["measures"][0]["benchmark"] = name.into();
    nasty["measures"][0]["quantity"] = name.into();
    let points = json!([{ "units": 1, "seconds": 1.0 }, { "units": 10, "seconds": 10.0 }]);
    nasty["measures"][0]["source"] = "growth".into();
    nasty["growth"] = json!([{ "name": name, "unit": name, "power": 1.0, "points": points }]);
    let mut rate = nasty["measures"][0].clone();
    rate["source"] = "codecs".into();
    nasty["measures"].as_array_mut().unwrap().push(rate);
    nasty["codecs"] = json!([{ "way": name, "codec": name, "rates": { "16": 1e9 } }]);
    let page = page("names_are_escaped", &[nasty]);
    assert_eq!(charts(&page).len(), 3);
    assert!(page.contains("&lt;/script&gt;&quot;'&amp;: power 1.00 <"), "{page}");
    assert!(page.contains("scope=\"colgroup\">&lt;script&gt;"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;"), "{page}");
    assert!(page.contains("<code title=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;\">"), "{page}");
}
