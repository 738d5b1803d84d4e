//! A failure as a Rust test, ready to paste.

use sockspec_harness::layout::Layout;
use sockspec_harness::spec::Spec;
use sockspec_harness::subject::Kind;
use sockspec_harness::token::Token;

/// The test that repeats what the token says.
///
/// A system that is shipped is made by its name; of any other only the user's own factory can make one.
pub(super) fn test(token: &Token, spec: &Spec, is_shipped: bool) -> String {
    let name = format!("{} on {}", token.spec, token.system).replace(['/', '-', ' '], "_");
    let (id, system, rule) = (spec.id, &token.system, spec.rule);
    let body = if is_shipped {
        format!("    sockspec::replay(\"{token}\").assert_conformant();\n")
    } else {
        let (door, argument) = door(token, spec.needs.kind);
        // A codec is two systems, of which the check has the name of the first.
        let made = if door == "framing" { system.strip_suffix("-tcp").unwrap_or(system) } else { system };
        format!(
            "    // Put the factory of {made} in place of this one.\n    \
             sockspec::{door}(\"{made}\", {argument})\n        \
             .replay(\"{token}\")\n        \
             .run()\n        \
             .assert_conformant();\n"
        )
    };
    format!("/// {id} on {system}: {rule}.\n#[test]\nfn {name}() {{\n{body}}}\n")
}

/// The front door of a user's system, and what stands behind its name.
fn door(token: &Token, kind: Kind) -> (&'static str, String) {
    match kind {
        Kind::Datagram => ("datagram", "|| async { tokio::net::UnixDatagram::pair() }".to_owned()),
        Kind::Framing => {
            let words = token.layout.as_ref().map(Layout::to_string).unwrap_or_default();
            let layout = format!("\"{words}\".parse().expect(\"it is a layout\")");
            let factory = "|| {\n        tokio_util::codec::LengthDelimitedCodec::new()\n    }";
            ("framing", format!("{layout}, {factory}"))
        }
        _ => ("stream", "|| async { Ok(tokio::io::duplex(4096)) }".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use sockspec_harness::layout::Layout;
    use sockspec_harness::spec::{Needs, Spec};
    use sockspec_harness::token::Token;
    use sockspec_harness::verdict::{Level, Verdict};

    use super::test;

    const SPEC: Spec = Spec {
        id: "stream/half-close",
        level: Level::Must,
        level_elsewhere: Level::Must,
        rule: "the other direction goes on after a half-close",
        clause: "",
        needs: Needs::STREAM,
        kills: &[],
        experiments: |_, _| Vec::new(),
        judge: |_, _, _| Verdict::Pass,
    };

    fn token(spec: &Spec, system: &str, layout: Option<Layout>) -> Token {
        Token { spec: spec.id.into(), system: system.into(), layout, plans: Vec::new() }
    }

    #[test]
    fn a_test_is_ready_to_paste() {
        let token = token(&SPEC, "my-pipe", None);
        insta::assert_snapshot!("test_of_a_users_system", test(&token, &SPEC, false));
        insta::assert_snapshot!("test_of_a_shipped_system", test(&token, &SPEC, true));
    }

    #[test]
    fn a_test_of_a_codec_is_ready_to_paste() {
        const FRAMING: Spec = Spec {
            id: "framing/round-trip",
            rule: "what is encoded is decoded again",
            needs: Needs::DECODER,
            ..SPEC
        };
        let token = token(&FRAMING, "my-codec-tcp", Some(Layout::u16_le().max_frame(1024)));
        insta::assert_snapshot!("test_of_a_users_codec", test(&token, &FRAMING, false));
    }
}
