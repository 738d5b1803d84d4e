//! A pattern for ids: `*` within a component, `**` across components.
//!
//! Ids are paths of components joined by slashes, so a pattern is matched component by component and never as a substring:
//! `tcp/*` is every spec of that group, and `tcp` alone is none.

use std::fmt;
use std::str::FromStr;

/// A pattern that parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    components: Vec<Component>,
}

/// One component of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Component {
    /// `**`: any number of components, none included.
    Any,
    /// One component, in which `*` stands for any run of characters and `?` for one.
    One(String),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} of the pattern {text:?}: {problem}")]
pub struct GlobError {
    text: String,
    column: usize,
    problem: Problem,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("wanted a component of an id, saw none")]
    EmptyComponent,
    #[error("wanted `**` to be a whole component, saw something else beside it")]
    CrowdedAny,
    #[error("wanted letters, digits, `-`, `/`, `?`, `*` or `**`, saw {0:?}")]
    Character(char),
}

impl Glob {
    /// Whether the whole of `id` is meant.
    pub fn matches(&self, id: &str) -> bool {
        let parts: Vec<&str> = id.split('/').collect();
        components_match(&self.components, &parts)
    }

    /// Whether it names one id and no more.
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// The text it was made of.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Glob, GlobError> {
        let mut column = 1;
        let mut components = Vec::new();
        for part in text.split('/') {
            let component = component(part).map_err(|(within, problem)| GlobError {
                text: text.into(),
                column: column + within,
                problem,
            })?;
            components.push(component);
            column += part.chars().count() + 1;
        }
        Ok(Glob { text: text.into(), components })
    }
}

/// One component, or what is wrong with it and how many characters lie before the fault.
fn component(part: &str) -> Result<Component, (usize, Problem)> {
    if part.is_empty() {
        return Err((0, Problem::EmptyComponent));
    }
    let is_known = |character: char| character.is_ascii_alphanumeric() || "-_.*?".contains(character);
    if let Some((at, character)) = part.chars().enumerate().find(|(_, character)| !is_known(*character)) {
        return Err((at, Problem::Character(character)));
    }
    match part.find("**") {
        Some(_) if part == "**" => Ok(Component::Any),
        Some(at) => Err((at, Problem::CrowdedAny)),
        None => Ok(Component::One(part.into())),
    }
}

/// Whether the components match the parts: on a mismatch the last `**` takes one part more, so the time is at most the product of the lengths.
fn components_match(components: &[Component], parts: &[&str]) -> bool {
    let (mut in_components, mut in_parts) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while in_parts < parts.len() {
        match components.get(in_components) {
            Some(Component::Any) => {
                last_any = Some((in_components, in_parts));
                in_components += 1;
            }
            Some(Component::One(pattern))
                if characters_match(pattern.as_bytes(), parts[in_parts].as_bytes()) =>
            {
                in_components += 1;
                in_parts += 1;
            }
            _ => {
                let Some((any, taken_to)) = last_any else { return false };
                last_any = Some((any, taken_to + 1));
                in_components = any + 1;
                in_parts = taken_to + 1;
            }
        }
    }
    components[in_components..].iter().all(|component| *component == Component::Any)
}

/// Whether a component's pattern matches a part: on a mismatch the last `*` takes one byte more, so the time is at most the product of the lengths.
fn characters_match(pattern: &[u8], part: &[u8]) -> bool {
    let (mut in_pattern, mut in_part) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while in_part < part.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                last_star = Some((in_pattern, in_part));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == part[in_part] => {
                in_pattern += 1;
                in_part += 1;
            }
            _ => {
                let Some((star, taken_to)) = last_star else { return false };
                last_star = Some((star, taken_to + 1));
                in_pattern = star + 1;
                in_part = taken_to + 1;
            }
        }
    }
    pattern[in_pattern..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_match_by_component() {
        for (pattern, id, expected) in [
            ("tcp/nagle", "tcp/nagle", true),
            ("tcp/nagle", "tcp/nagles", false),
            ("tcp/*", "tcp/nagle", true),
            ("tcp/*", "udp/empty", false),
            ("tcp/*", "tcp", false),
            ("tcp", "tcp/nagle", false),
            ("*", "tcp/nagle", false),
            ("*", "tcp-v4", true),
            ("*/*", "tcp/nagle", true),
            ("*/*-*", "stream/half-close", true),
            ("*/*-*", "tcp/nagle", false),
            ("**", "tcp/nagle", true),
            ("**", "tcp-v4", true),
            ("**/nagle", "tcp/nagle", true),
            ("**/tcp/nagle", "tcp/nagle", true),
            ("tcp/**", "tcp/nagle", true),
            ("tcp/**/nagle", "tcp/nagle", true),
            ("tcp/**/x", "tcp/nagle", false),
            ("**/a/**/b/**", "x/a/y/a/z/b", true),
            ("**/a/**/b/**", "x/b/y/a/z", false),
            ("**/**", "x", true),
            ("tcp-v?", "tcp-v6", true),
            ("tcp-v?", "tcp-v", false),
            ("*a*b*c", "xxaybzbc", true),
            ("*a*b*c", "xxaybzbd", false),
        ] {
            let glob: Glob = pattern.parse().unwrap();
            assert_eq!(glob.matches(id), expected, "{pattern} on {id}");
        }
    }

    #[test]
    fn a_malformed_pattern_says_where() {
        for (pattern, column) in [
            ("", 1),
            ("/", 1),
            ("tcp/", 5),
            ("/tcp", 1),
            ("tcp//x", 5),
            ("tcp/a**", 6),
            ("***", 1),
            ("tcp/[ab]", 5),
            ("a b", 2),
            ("é*{x", 1),
        ] {
            let error = pattern.parse::<Glob>().unwrap_err().to_string();
            assert!(error.contains(&format!("column {column} of")), "{pattern}: {error}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob: Glob = format!("{}b", "*a".repeat(200)).parse().unwrap();
        assert!(!glob.matches(&"a".repeat(5000)));
        let glob: Glob = format!("{}b", "**/a*/".repeat(200)).parse().unwrap();
        assert!(!glob.matches(&"a/".repeat(5000)));
    }
}
