//! A strict reader of OpenMetrics text, as far as gauges go: what is not in the format is refused.

use std::collections::{BTreeMap, BTreeSet};

/// One metric family.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Family {
    pub(crate) unit: Option<String>,
    pub(crate) help: String,
    /// The value for each set of labels.
    pub(crate) samples: BTreeMap<Vec<(String, String)>, f64>,
}

/// Reads a whole exposition: families in one piece each, metadata in front of samples, `# EOF` at the end and nothing behind it.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    let body = text.strip_suffix("# EOF\n").ok_or("it does not end with `# EOF`")?;
    if text.contains('\r') {
        return Err("it has a carriage return".to_owned());
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut described = BTreeSet::new();
    for line in body.lines() {
        let refused = |why: &str| format!("{why}: {line}");
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name, rest) = (words.next(), words.next(), words.next());
            let (Some(kind), Some(name), Some(rest)) = (kind, name, rest) else {
                return Err(refused("metadata needs a name and a text"));
            };
            if name != current {
                if !is_name(name) || families.contains_key(name) {
                    return Err(refused("the name is none, or was used before"));
                }
                families.insert(name.to_owned(), Family::default());
                name.clone_into(&mut current);
            }
            let family = families.get_mut(name).ok_or_else(|| refused("unknown family"))?;
            if !family.samples.is_empty() || !described.insert((kind.to_owned(), name.to_owned())) {
                return Err(refused("metadata behind a sample, or twice"));
            }
            match kind {
                "TYPE" if rest == "gauge" => {}
                "UNIT" if name.ends_with(&format!("_{rest}")) => family.unit = Some(rest.to_owned()),
                "HELP" => family.help = unescape(rest).ok_or_else(|| refused("a wrong escape"))?,
                _ => return Err(refused("not the metadata of a gauge")),
            }
        } else {
            let (name, labels, value) = sample(line).ok_or_else(|| refused("no sample"))?;
            if name != current || !described.contains(&("TYPE".to_owned(), name.clone())) {
                return Err(refused("a sample outside of its family"));
            }
            let family = families.get_mut(&name).ok_or_else(|| refused("unknown family"))?;
            if family.samples.insert(labels, value).is_some() {
                return Err(refused("a sample twice"));
            }
        }
    }
    Ok(families)
}

fn is_name(name: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_start) && name.chars().all(|c| is_start(c) || c.is_ascii_digit())
}

/// A name, its labels with their values, and the figure.
type Sample = (String, Vec<(String, String)>, f64);

/// `name{label="value",…} number`, with single spaces and no time stamp.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, behind) = rest.split_once("=\"")?;
            let (value, behind) = quoted(behind)?;
            let is_new = labels.iter().all(|(known, _)| known != label);
            (is_name(label) && is_new).then(|| labels.push((label.to_owned(), value)))?;
            rest = behind.strip_prefix(',').unwrap_or(behind);
        }
        rest = &rest[1..];
    }
    let value: f64 = rest.strip_prefix(' ')?.parse().ok()?;
    (is_name(name) && value.is_finite()).then(|| (name.to_owned(), labels, value))
}

/// The text up to the closing quotation mark, and what is behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut is_escaped = false;
    let end = text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })?;
    Some((unescape(&text[..end])?, &text[end + 1..]))
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        out.push(match c {
            '\\' => match rest.next()? {
                'n' => '\n',
                same @ ('\\' | '"') => same,
                _ => return None,
            },
            '"' | '\n' => return None,
            other => other,
        });
    }
    Some(out)
}

#[test]
fn the_reader_refuses_what_is_not_in_the_format() {
    let sound = "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds x \\\\ y\na_seconds{b=\"\\\"\\n\"} 1e-3\na_seconds 2\n# EOF\n";
    let families = parse(sound).unwrap();
    assert_eq!((families["a_seconds"].help.as_str(), families["a_seconds"].samples.len()), ("x \\ y", 2));
    assert_eq!(families["a_seconds"].samples[&vec![("b".to_owned(), "\"\n".to_owned())]], 0.001);
    let wrong = [
        ("# EOF\n", ""),
        ("\n# EOF", "\r\n# EOF"),
        ("seconds gauge", "seconds info"),
        ("UNIT a_seconds seconds", "UNIT a_seconds bytes"),
        ("\\n\"}", "\\t\"}"),
        ("{b=", "{b-c="),
        ("} 1e-3", "} 1e-3 1795358598"),
        ("} 1e-3", "} NaN"),
        ("a_seconds 2", "a_seconds 2\na_seconds 3"),
        ("a_seconds 2", "b_seconds 2"),
        ("# TYPE a_seconds gauge\n", ""),
        ("# HELP", "# TYPE a_seconds gauge\n# HELP"),
    ];
    for (from, to) in wrong {
        let text = sound.replacen(from, to, 1);
        assert!(parse(&text).is_err(), "{text}");
    }
}
