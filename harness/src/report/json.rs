//! The report as JSON.

use crate::run::Report;

/// The report as JSON, indented, with a newline at its end.
pub fn json(report: &Report) -> String {
    let mut text =
        serde_json::to_string_pretty(report).expect("a report has only string keys and finite numbers");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::json;
    use crate::report::sample;

    #[test]
    fn a_passing_report() {
        insta::assert_snapshot!("passing_json", json(&sample::passing()));
    }

    #[test]
    fn a_failing_report() {
        insta::assert_snapshot!("failing_json", json(&sample::failing()));
    }

    #[test]
    fn an_interrupted_report_says_so_and_no_key_is_null() {
        let mut report = sample::passing();
        report.interrupted = true;
        report.measurements.insert("nonsense".into(), f64::NAN);
        let value: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
        assert_eq!(value["interrupted"], true);
        assert_eq!(value["seed"], "20181102");
        assert!(!json(&report).contains("null"));
        assert!(!json(&sample::passing()).contains("interrupted"));
    }
}
