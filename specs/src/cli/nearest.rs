//! The ids that a mistyped one may have meant.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How many are named.
const MOST: usize = 3;

/// How alike an id must be to be named beside the nearest, of 1000.
const ALIKE: u32 = 750;

/// The nearest ids, best first: at least one, if there is any.
pub(super) fn nearest(word: &str, ids: &[&str]) -> Vec<String> {
    let candidates: BTreeSet<String> = match word.strip_suffix("/*") {
        // A pattern for a group that is not there: name groups.
        Some(_) => ids.iter().filter_map(|id| Some(format!("{}/*", id.split_once('/')?.0))).collect(),
        None => ids.iter().map(|id| id.to_string()).collect(),
    };
    let mut ranked: Vec<(u32, String)> = candidates.into_iter().map(|id| (likeness(word, &id), id)).collect();
    ranked.sort_by_key(|(likeness, _)| Reverse(*likeness));
    let mut named = Vec::new();
    for (likeness, id) in ranked.into_iter().take(MOST) {
        if named.is_empty() || likeness >= ALIKE {
            named.push(id);
        }
    }
    named
}

/// How alike a word and an id are, of 1000: as wholes, or the word and the id's own name.
fn likeness(word: &str, id: &str) -> u32 {
    let name = id.split_once('/').map_or(id, |(_, name)| name);
    let alike = |left: &str, right: &str| (strsim::jaro_winkler(left, right) * 1000.0) as u32;
    let by_name = if word.contains('/') { 0 } else { alike(word, name) };
    alike(word, id).max(by_name)
}

/// The sentence that names them.
pub(super) fn tip(word: &str, ids: &[&str], how_to_list: &str) -> String {
    let named = nearest(word, ids);
    if named.is_empty() {
        return format!("`{how_to_list}` shows what there is");
    }
    format!("the nearest: {}; `{how_to_list}` shows all", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{nearest, tip};

    const IDS: [&str; 5] = ["stream/half-close", "stream/ordered", "tcp/nagle", "tcp/nodelay", "udp/empty"];

    #[test]
    fn slips_find_what_was_meant() {
        for (word, meant) in [
            ("tcp/nagel", "tcp/nagle"),
            ("half-close", "stream/half-close"),
            ("stream/halfclose", "stream/half-close"),
            ("tpc/*", "tcp/*"),
            ("upd/*", "udp/*"),
            ("tcp", "tcp/nagle"),
            ("TCP/nagle", "tcp/nagle"),
        ] {
            assert_eq!(nearest(word, &IDS).first().map(String::as_str), Some(meant), "{word}");
        }
    }

    #[test]
    fn something_is_always_named_but_never_many() {
        assert_eq!(nearest("zzz", &IDS).len(), 1);
        assert!(nearest("tcp/n", &IDS).len() <= 3);
        assert_eq!(tip("x", &[], "sockspec list"), "`sockspec list` shows what there is");
    }
}
