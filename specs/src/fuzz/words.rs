//! The parsers of what users hand us: no text makes them panic, and what they take they say again in the same words.

use sockspec_harness::fuzz::frugally;
use sockspec_harness::layout::Layout;
use sockspec_harness::plan::{Cuts, End, Plan, Script};
use sockspec_harness::run::{Glob, KnownFailings, parse_duration};
use sockspec_harness::token::Token;

/// The text of these bytes and what a parser makes of it, in memory that their length accounts for; `None` if it is refused.
fn read<T, E>(bytes: &[u8], parse: impl FnOnce(&str) -> Result<T, E>) -> Option<(&str, T)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let parsed = frugally(bytes.len(), || parse(text)).ok()?;
    Some((text, parsed))
}

pub(super) fn token(bytes: &[u8]) {
    let Some((text, token)) = read(bytes, str::parse::<Token>) else { return };
    let again = token.to_string();
    assert_eq!(again.parse().as_ref(), Ok(&token), "a token says what it was made of");
    assert_eq!(again, text.trim(), "a token has one form");
}

pub(super) fn plan_text(bytes: &[u8]) {
    let Some((_, plan)) = read(bytes, str::parse::<Plan>) else { return };
    assert_eq!(plan.to_string().parse().as_ref(), Ok(&plan), "the text of a plan says that plan");
    assert_eq!(Plan::decode(&plan.encode()), plan, "a plan that was read is valid");
}

pub(super) fn known_failing(bytes: &[u8]) {
    let Some((text, known)) = read(bytes, |text| KnownFailings::parse("known", text)) else { return };
    let lines = text.trim_start_matches('\u{FEFF}').lines();
    let says_something = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
    assert_eq!(
        known.is_empty(),
        !lines.into_iter().any(says_something),
        "every line that says something counts"
    );
}

pub(super) fn layout_words(bytes: &[u8]) {
    let Some((_, layout)) = read(bytes, str::parse::<Layout>) else { return };
    assert_eq!(layout.to_string().parse().as_ref(), Ok(&layout), "the words of a layout say that layout");
    let payload = [b'7'; 3];
    if let Ok(wire) = layout.encode(&payload) {
        let parsed = layout.parse(&wire);
        assert_eq!(parsed.frames.len(), 1, "a layout reads the frame that it wrote");
        assert!(wire[parsed.frames[0].item.clone()].ends_with(&payload), "and finds its payload");
    }
}

pub(super) fn glob(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, id) = text.split_once('\n').unwrap_or((text, ""));
    let Some((_, glob)) = read(pattern.as_bytes(), str::parse::<Glob>) else { return };
    assert_eq!(glob.as_str(), pattern, "a pattern is the text that it was made of");
    let matches = glob.matches(id);
    if glob.is_literal() {
        assert_eq!(matches, pattern == id, "a literal pattern matches itself and nothing else");
    }
}

pub(super) fn duration(bytes: &[u8]) {
    let Some((text, duration)) = read(bytes, |text| parse_duration(text).ok_or(())) else { return };
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    assert!(digits, "{duration:?} has a number");
}

/// Plans as bytes: one of each sort of step.
pub(super) fn plans() -> Vec<(String, Vec<u8>)> {
    let numbered = samples().into_iter().enumerate();
    numbered.map(|(number, plan)| (format!("plan-{number}"), plan.encode())).collect()
}

/// Tokens of those plans.
pub(super) fn tokens() -> Vec<(String, Vec<u8>)> {
    let token = |plan: Plan| {
        let (spec, system) = ("stream/ordered".to_owned(), "tcp-v4".to_owned());
        Token { spec, system, layout: None, plans: vec![plan] }.to_string()
    };
    named("token", samples().into_iter().map(token))
}

/// Those plans as text.
pub(super) fn plan_texts() -> Vec<(String, Vec<u8>)> {
    named("plan", samples().iter().map(Plan::to_string))
}

pub(super) fn known_failings() -> Vec<(String, Vec<u8>)> {
    named(
        "list",
        [
            "stream/half-close  # it is not there".to_owned(),
            "# a remark\n\nframing/end-after-header tokio-util-*  # by design\nudp/may-lose **".to_owned(),
        ],
    )
}

pub(super) fn layouts() -> Vec<(String, Vec<u8>)> {
    named(
        "layout",
        [
            "u32be".to_owned(),
            "u16le,max-frame=1024".to_owned(),
            "u24be,offset=1,gap=6,adjustment=3".to_owned(),
            "u64be,length-includes-header,keeps-header".to_owned(),
            "varint".to_owned(),
            "netstring,max-frame=999".to_owned(),
        ],
    )
}

pub(super) fn globs() -> Vec<(String, Vec<u8>)> {
    named("glob", ["tcp/*\ntcp/nagle".to_owned(), "**/*-e?d\nstream/half-end".to_owned()])
}

pub(super) fn durations() -> Vec<(String, Vec<u8>)> {
    named("duration", ["500ms".to_owned(), "2s".to_owned(), "1m".to_owned(), "1h30m".to_owned()])
}

fn named(name: &str, texts: impl IntoIterator<Item = String>) -> Vec<(String, Vec<u8>)> {
    let numbered = texts.into_iter().enumerate();
    numbered.map(|(number, text)| (format!("{name}-{number}"), text.into_bytes())).collect()
}

/// A few plans that say much.
fn samples() -> Vec<Plan> {
    let (client, peer) = (End::client(0), End::peer(0));
    let pieces = Cuts::Every { len: 100, joined: true };
    vec![
        Script::open().cut(client, 1000, pieces, vec![7, 64]).finish_both(0).plan(),
        Script::new().listen(0).connect(1, 0).send(End::client(1), 9).receive(End::peer(1), 9, 4).plan(),
        Script::open().exchange(client, peer, 65_507).plan(),
        Script::open().send(client, 70_000).receive_to_end(peer).shut_down(client).concurrent().plan(),
    ]
}
