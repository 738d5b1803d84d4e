//! Figures as people read them.

use crate::measure::{Measure, Source, Unit};

/// A figure with four significant digits and a prefix, as an axis shows it.
pub(crate) fn short(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Ratio => digits(value),
        Unit::Seconds => stepped(value * 1e9, 1000.0, &[" ns", " µs", " ms", " s"]),
        Unit::Bytes => stepped(value, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"]),
        Unit::PerSecond | Unit::Count => stepped(value, 1000.0, &["", " k", " M", " G", " T"]),
    }
}

/// The value of a measure, as a table shows it beside its quantity: what was counted, to the last one.
pub(crate) fn whole(measure: &Measure) -> String {
    match measure.unit {
        Unit::Count => grouped(measure.value),
        Unit::Ratio | Unit::Seconds | Unit::Bytes | Unit::PerSecond => short(measure.unit, measure.value),
    }
}

/// The value beside its goal: with all its digits where fewer would make a goal that is missed look reached.
pub(crate) fn beside_goal(measure: &Measure) -> String {
    let text = whole(measure);
    match measure.goal {
        Some(goal) if measure.misses_its_goal() && text == short(measure.unit, goal) => {
            measure.value.to_string()
        }
        _ => text,
    }
}

/// How far `after` is from `before`, with its sign: as a share, or, where there are few, as a number.
pub(crate) fn change(before: &Measure, after: &Measure) -> String {
    let difference = after.value - before.value;
    let is_counted = after.unit == Unit::Count && after.source == Source::Conformance;
    let sign = if difference > 0.0 { "+" } else { "−" };
    if difference == 0.0 {
        "=".to_owned()
    } else if is_counted {
        format!("{sign}{}", grouped(difference.abs()))
    } else if before.value == 0.0 {
        format!("from {}", whole(before))
    } else {
        percent(sign, difference.abs() / before.value * 100.0)
    }
}

fn percent(sign: &str, share: f64) -> String {
    match share {
        ..0.01 => format!("{sign}0.01 % at most"),
        ..1.0 => format!("{sign}{} %", rounded(share, 2)),
        ..1000.0 => format!("{sign}{} %", rounded(share, 1)),
        _ => format!("{sign}{} times", digits(share / 100.0)),
    }
}

/// The value in the largest step that leaves at least one before the point.
fn stepped(value: f64, base: f64, steps: &[&str]) -> String {
    let mut rest = value;
    let mut at = 0;
    while rest >= base && at + 1 < steps.len() {
        rest /= base;
        at += 1;
    }
    format!("{}{}", digits(rest), steps[at])
}

/// Four significant digits at most, and no zeros at the end.
fn digits(value: f64) -> String {
    let before_point = value.abs().log10().floor().max(0.0) as usize + 1;
    rounded(value, 4_usize.saturating_sub(before_point))
}

fn rounded(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A whole number with its digits in threes.
pub(crate) fn grouped(value: f64) -> String {
    let text = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{beside_goal, change, grouped, short};
    use crate::measure::{Better, Measure, Source, Unit};

    #[test]
    fn figures_keep_four_digits() {
        let cases = [
            (Unit::Ratio, 0.9125, "0.912"),
            (Unit::Ratio, 14.0, "14"),
            (Unit::Ratio, 0.0, "0"),
            (Unit::Seconds, 0.000_012_345, "12.35 µs"),
            (Unit::Seconds, 4.25, "4.25 s"),
            (Unit::Seconds, 3e-10, "0.3 ns"),
            (Unit::Bytes, 381.0 * 1_048_576.0, "381 MiB"),
            (Unit::PerSecond, 1_234_567.0, "1.235 M"),
            (Unit::Count, 999.0, "999"),
            (Unit::Count, 3e15, "3000 T"),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(short(unit, value), expected, "{value}");
        }
        assert_eq!([0.0, 999.0, 1000.0, 1_234_567.0].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_goal_that_is_missed_never_looks_reached() {
        let power = |value| {
            let kind = (Unit::Ratio, Better::Smaller);
            Measure { goal: Some(1.2), ..Measure::new(Source::Growth, "b", "power", kind, value) }
        };
        let shown = [1.1, 1.2, 1.200_13, 1.25].map(|value| beside_goal(&power(value)));
        assert_eq!(shown, ["1.1", "1.2", "1.20013", "1.25"]);
    }

    #[test]
    fn a_change_is_a_share_or_a_number() {
        let of = |source, unit, value| Measure::new(source, "b", "q", (unit, Better::Bigger), value);
        let share = |before, after| {
            let measure = |value| of(Source::Criterion, Unit::Seconds, value);
            change(&measure(before), &measure(after))
        };
        assert_eq!([share(2.0, 2.0), share(2.0, 2.5), share(2.0, 1.0)], ["=", "+25 %", "−50 %"]);
        assert_eq!([share(0.0, 1.0), share(1.0, 40.0)], ["from 0 ns", "+39 times"]);
        assert_eq!([share(1e9, 1e9 + 1.0), share(1e4, 1e4 + 1.0)], ["+0.01 % at most", "+0.01 %"]);
        let count = |value| of(Source::Conformance, Unit::Count, value);
        assert_eq!(change(&count(387.0), &count(385.0)), "−2");
    }
}
