//! The command line on a machine that grants little: what cannot be tried could not be run, and nothing is a system's fault.

#![cfg(all(feature = "cli", target_os = "linux"))]

use std::process::{Command, Stdio};

/// What `script` comes to, in which `sockspec` is the program: its exit code, and what it prints.
fn shell(script: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_sockspec")]).args(arguments).stdin(Stdio::null());
    let output = command.output().expect("there is a shell");
    let text = String::from_utf8(output.stdout).expect("the program prints UTF-8");
    (output.status.code().expect("the program ends by itself"), text)
}

/// Sets `limit` to the number of descriptors under which `$wanted` can be had, the standard streams among them:
/// whoever runs the tests may hand down some of its own, which take places.
const LIMIT: &str = r#"
limit=$wanted
before=0
while [ "$limit" -ne "$before" ]; do
    before=$limit
    taken=0
    for file in /proc/$$/fd/*; do
        number=${file##*/}
        if [ -L "$file" ] && [ "$number" -gt 2 ] && [ "$number" -lt "$limit" ]; then taken=$((taken + 1)); fi
    done
    limit=$((wanted + taken))
done
"#;

/// A run of these specs on that system with so many descriptors.
fn with_descriptors(count: usize, specs: &str, system: &str) -> (i32, String) {
    let script = format!("wanted={count}\n{LIMIT}ulimit -n $limit && exec \"$0\" run --jobs 1 \"$@\"");
    shell(&script, &["--run", specs, "--skip", "tcp/sequence-wrap", "--system", system])
}

/// A run in a network of its own that `preparation` has set up; `None` where that is not permitted.
fn in_a_network(preparation: &str, arguments: &[&str]) -> Option<(i32, String)> {
    let enter = "unshare --net --map-root-user sh -c";
    if shell(&format!("{enter} '{preparation}' 2>/dev/null"), &[]).0 != 0 {
        remark("skipped: a network of its own is not to be had on this machine");
        return None;
    }
    let script = format!("{enter} '{preparation} && exec \"$0\" run --jobs 2 \"$@\"' \"$0\" \"$@\"");
    Some(shell(&script, arguments))
}

#[test]
fn without_descriptors_nothing_fails_and_nothing_is_skipped_with_an_untrue_reason() {
    let runs = [
        (6, "framing/clean-end", "reference-u32be-tcp", "1 inconclusive"),
        (10, "tcp/many-clients", "tcp-v4", "1 inconclusive"),
        (5, "tcp/*", "tcp-v4", "12 inconclusive"),
        (6, "udp/endpoints", "udp-v4", "1 inconclusive"),
    ];
    for (count, specs, system, summary) in runs {
        let (code, text) = with_descriptors(count, specs, system);
        assert_eq!(code, 3, "{count} descriptors for {specs}: {text}");
        assert!(text.contains(&format!("{summary}, 0 skipped")), "{count} descriptors for {specs}: {text}");
        assert!(text.contains("could not run: "), "{count} descriptors for {specs}: {text}");
    }
}

#[test]
fn without_ports_no_codec_fails() {
    let few = "ip link set lo up && echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range";
    let run = in_a_network(few, &["--run", "framing/*", "--system", "reference-u32be-tcp"]);
    let Some((code, text)) = run else { return };
    assert_eq!(code, 3, "{text}");
    assert!(text.contains(" 0 fail, "), "{text}");
    // A listener that finds no port says something else than a client that finds none.
    let is_told = |words: &str| text.contains(&format!("could not be opened: {words}"));
    assert!(is_told("Cannot assign requested address") || is_told("Address already in use"), "{text}");
}

#[test]
fn without_loopback_nothing_fails() {
    let specs = ["udp/connectionless", "datagram/integrity", "framing/clean-end", "tcp/connect-first"];
    let arguments: Vec<&str> = specs.iter().flat_map(|spec| ["--run", *spec]).collect();
    let Some((code, text)) = in_a_network("true", &arguments) else { return };
    assert_eq!(code, 3, "{text}");
    assert!(text.contains(" 0 fail, "), "{text}");
    assert!(text.contains("could not run: this machine lets nothing pass: Network is unreachable"), "{text}");
    assert!(text.contains("could not be opened: Network is unreachable"), "{text}");
}

#[expect(clippy::print_stderr, reason = "a test that cannot be made says why")]
fn remark(words: &str) {
    eprintln!("{words}");
}
