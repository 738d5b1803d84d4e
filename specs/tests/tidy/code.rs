//! Reading Rust just well enough: code without its comments and literals, and the paths that it names.
//!
//! Why not a parser: the questions are about words and paths, and a dependency for them would be larger than the answers.

/// One path that a source names, like `std::net::TcpStream`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The path, with `crate`, `self` and `super` replaced by the module they stand for.
    pub(crate) path: String,
    /// Whether it stands in the tests at the end of the source.
    pub(crate) in_tests: bool,
}

impl Named {
    /// Whether the path is `other`, or lies below it.
    pub(crate) fn is_within(&self, other: &str) -> bool {
        self.path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// Every path that the source at `path` names: those of `use` with their braces multiplied out, and those in the code.
pub(crate) fn named(path: &str, text: &str) -> Vec<Named> {
    let tokens = tokens(&blank(text));
    let tests_begin = text.find("#[cfg(test)]\nmod tests {");
    let last_line = tests_begin.map_or(usize::MAX, |at| text[..at].lines().count());
    let module = module_of(path);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let line = tokens[at].line;
        let mut paths = Vec::new();
        let captures = tokens.get(at + 1).is_some_and(|next| next.text == "<");
        if tokens[at].text == "use" && !captures {
            at = use_tree(&tokens, at + 1, "", &mut paths);
        } else {
            at = plain_path(&tokens, at, &mut paths);
        }
        let in_tests = line > last_line;
        let mut place = module.clone();
        if in_tests {
            place.push("tests".to_owned());
        }
        let paths = paths.into_iter().map(|path| resolve(&place, &path));
        found.extend(paths.map(|path| Named { line, path, in_tests }));
    }
    found
}

/// The text with every character inside comments, strings and character literals made a space.
pub(crate) fn blank(text: &str) -> String {
    let source: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < source.len() {
        let end = literal_end(&source, at);
        if end > at {
            out.extend(source[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(source[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` itself if none begins there.
fn literal_end(source: &[char], at: usize) -> usize {
    let rest = &source[at..];
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => at + block_comment(rest),
        ['"', ..] => at + quoted(rest, '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => at + quoted(rest, '\''),
        ['r', '"' | '#', ..] if at == 0 || !is_word(source[at - 1]) || source[at - 1] == 'b' => {
            at + raw_string(rest)
        }
        _ => at,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a raw string; 0 for a raw identifier, which is code.
fn raw_string(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = 2 + hashes;
    let end = rest[body..].windows(closing.len()).position(|window| window == closing);
    end.map_or(rest.len(), |end| body + end + closing.len())
}

/// A word or a mark of the code.
struct Token {
    line: usize,
    text: String,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token { line: index + 1, text: rest[..len].to_owned() });
            rest = rest[len..].trim_start();
        }
    }
    tokens
}

/// Reads one tree of a `use` from `at` on, adds its paths, and says where it ends.
fn use_tree(tokens: &[Token], mut at: usize, prefix: &str, paths: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "::" if path.is_empty() => {}
            "::" => path.push_str("::"),
            "{" => {
                while at < tokens.len() && tokens[at].text != "}" {
                    at = use_tree(tokens, at + 1, &path, paths);
                }
                return at + 1;
            }
            "as" => at += 1,
            "," | ";" | "}" => break,
            word => path.push_str(word),
        }
        at += 1;
    }
    if !path.is_empty() && path != prefix {
        paths.push(path);
    }
    if tokens.get(at).is_some_and(|token| token.text == ";") { at + 1 } else { at }
}

/// Reads the path that begins at `at`, if one does, and says where to go on.
fn plain_path(tokens: &[Token], mut at: usize, paths: &mut Vec<String>) -> usize {
    if !tokens[at].text.starts_with(is_word) {
        return at + 1;
    }
    let mut path = tokens[at].text.clone();
    at += 1;
    while at + 1 < tokens.len() && tokens[at].text == "::" && tokens[at + 1].text.starts_with(is_word) {
        path.push_str("::");
        path.push_str(&tokens[at + 1].text);
        at += 2;
    }
    paths.push(path);
    at
}

/// The module that a source is, from its crate's root on: `harness/src/plan/draw.rs` is `crate`, `plan`, `draw`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("/src/").map_or("", |(_, inside)| inside);
    let stem = inside.trim_end_matches(".rs").trim_end_matches("/mod");
    let parts = stem.split('/').filter(|part| !["", "lib", "main", "mod"].contains(part));
    std::iter::once("crate").chain(parts).map(str::to_owned).collect()
}

fn resolve(module: &[String], path: &str) -> String {
    let mut place: Vec<&str> = module.iter().map(String::as_str).collect();
    let mut rest = path;
    let mut is_relative = false;
    while let Some((head, tail)) = rest.split_once("::") {
        match head {
            "self" => {}
            "super" => {
                place.pop();
            }
            "sockspec_harness" | "sockspec" => return format!("crate::{tail}"),
            _ => break,
        }
        is_relative = true;
        rest = tail;
    }
    if is_relative { format!("{}::{rest}", place.join("::")) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{blank, named};

    fn paths(path: &str, text: &str) -> Vec<String> {
        named(path, text).into_iter().map(|named| named.path).collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = "a // b\n/* c /* d */ e */ f \"g\\\"h\" 'i' '\\'' r#\"j\"k\"# br\"l\" 'm: n r#type";
        let words: Vec<String> = blank(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["a", "f", "b", "'m:", "n", "r#type"]);
        assert_eq!(blank(text).lines().count(), text.lines().count());
    }

    #[test]
    fn braces_of_a_use_are_multiplied_out() {
        let text = "use std::{net::{TcpStream, UdpSocket as U}, io::{self, Read}, time};\nuse crate::link;";
        let expected = [
            "std::net::TcpStream",
            "std::net::UdpSocketU",
            "std::io::self",
            "std::io::Read",
            "std::time",
            "crate::link",
        ];
        let found = paths("harness/src/plan/mod.rs", text);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(expected.starts_with(found.as_str()), "{found} for {expected}");
        }
    }

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(paths("harness/src/plan/draw.rs", "use super::super::link::X;"), ["crate::link::X"]);
        assert_eq!(paths("harness/src/plan/mod.rs", "use super::link;"), ["crate::link"]);
        let tests = "#[cfg(test)]\nmod tests {\n    use super::run;\n}";
        assert_eq!(paths("harness/src/plan.rs", tests).last().map(String::as_str), Some("crate::plan::run"));
        assert_eq!(paths("specs/src/udp/x.rs", "use sockspec_harness::link::L;"), ["crate::link::L"]);
    }

    #[test]
    fn paths_in_code_are_found_with_their_line() {
        let found = named("harness/src/plan.rs", "fn f() {\n    std::time::Instant::now();\n}\n");
        let instant = found.iter().find(|named| named.is_within("std::time::Instant")).expect("it is named");
        assert_eq!((instant.line, instant.is_within("std::tim")), (2, false));
    }
}
