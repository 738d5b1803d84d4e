//! A failure as a Rust test, ready to paste.

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
        let (door, factory) = match spec.needs.kind {
            Kind::Datagram => ("datagram", "tokio::net::UnixDatagram::pair()"),
            _ => ("stream", "Ok(tokio::io::duplex(4096))"),
        };
        format!(
            "    // Put the factory of {system} in place of this one.\n    \
             sockspec::{door}(\"{system}\", || async {{ {factory} }})\n        \
             .replay(\"{token}\")\n        \
             .run()\n        \
             .assert_conformant();\n"
        )
    };
    format!("/// {id} on {system}: {rule}.\n#[test]\nfn {name}() {{\n{body}}}\n")
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_test_is_ready_to_paste() {
        let token =
            Token { spec: SPEC.id.into(), system: "my-pipe".into(), layout: Vec::new(), plans: Vec::new() };
        insta::assert_snapshot!("test_of_a_users_system", test(&token, &SPEC, false));
        insta::assert_snapshot!("test_of_a_shipped_system", test(&token, &SPEC, true));
    }
}
