//! The command line as a shell sees it: exit codes, streams and files.

#![cfg(feature = "cli")]

mod difference;
#[cfg(target_os = "linux")]
mod ending;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use sockspec_harness::layout::Layout;
use sockspec_harness::plan::{Cuts, End, Feed, Operation, Payload, Script};
use sockspec_harness::run::DEFAULT_SEED;
use sockspec_harness::token::Token;

/// A spec that is quick, and a system that is everywhere.
const QUICK: [&str; 5] = ["run", "--run", "stream/lossless", "--system", "duplex"];

/// The program, untouched by the environment of whoever runs the tests.
fn sockspec(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockspec"));
    command.args(arguments).stdin(Stdio::null());
    for variable in [
        "SOCKSPEC_SEED",
        "SOCKSPEC_RUN",
        "SOCKSPEC_TIMEOUT",
        "SOCKSPEC_REPLAY",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "CARGO_TERM_COLOR",
    ] {
        command.env_remove(variable);
    }
    command
}

fn output(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        command.output().expect("the program is built and can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    (status.code().expect("the program ends by itself"), text(stdout), text(stderr))
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    output(&mut sockspec(arguments))
}

/// A file of its own for each test, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("sockspec-cli-{name}-{}", std::process::id())))
    }

    fn containing(name: &str, text: &str) -> Scratch {
        let scratch = Scratch::new(name);
        fs::write(&scratch.0, text).expect("the temporary directory can be written to");
        scratch
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("the temporary directory has a name in UTF-8")
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.0).expect("the program wrote the file")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn bad_input_is_answered_with_its_exit_code_a_sentence_and_a_remedy() {
    let malformed = Scratch::containing("malformed", "stream/lossless\nnot an id\n");
    let no_token = Scratch::containing("no-token", "# nothing but this\n");
    let known_failing = format!("--known-failing={}", malformed.path());
    for (arguments, code, said) in [
        // What cannot be understood.
        (&[][..], 2, "Usage: sockspec"),
        (&["server"], 2, "unrecognized subcommand 'server'"),
        (&["run", "--sped"], 2, "'--seed'"),
        (&["run", "--run", "tcp/[a"], 2, "column 5 of the pattern \"tcp/[a\""),
        (&["run", "--run", ""], 2, "wanted a component of an id"),
        (&["list", "--skip", "a**"], 2, "wanted `**` to be a whole component"),
        (&["run", "--seed", "many"], 2, "or `random`"),
        (&["run", "--timeout", "0s"], 2, "like 500ms, 2s or 1m"),
        (&["run", "--report", "html=x"], 2, "there are json, junit, markdown"),
        (&["run", "--report", "json"], 2, "wanted KIND=PATH"),
        (&["run", &known_failing], 2, "line 2: column 1: \"not\" is no id"),
        (&["run", "--known-failing", "/nowhere/known"], 2, "/nowhere/known could not be read"),
        (&["replay", "sockspec1-AAAA"], 2, "the token is malformed"),
        (&["replay", "./nowhere.txt"], 2, "there is no file ./nowhere.txt"),
        (&["replay", no_token.path()], 2, "there is no token in it"),
        // What cannot be written, seen before anything runs.
        (&["run", "--report", "json=/nowhere/at/all.json"], 3, "mkdir -p /nowhere/at"),
        (&["run", "--report", "junit=/"], 3, "name a file in that directory"),
        // What selects nothing.
        (&["run", "--run", "stream/losless"], 4, "stream/lossless"),
        (&["run", "--run", "steam/*"], 4, "stream/*"),
        (&["run", "--skip", "half-close"], 4, "stream/half-close"),
        (&["list", "--system", "duplexx"], 4, "duplex"),
        (&["explain", "stream/losless"], 4, "stream/lossless"),
        (&["run", "--run", "stream/lossless", "--skip", "stream/*"], 4, "leave nothing"),
        // Of several, what cannot be understood comes first, and then what cannot be written.
        (&["run", "--run", "nope/x", "--report", "json=/nowhere/x", &known_failing], 2, "line 2"),
        (&["run", "--run", "nope/x", "--report", "json=/nowhere/x"], 3, "mkdir -p /nowhere"),
    ] {
        let (seen, stdout, stderr) = run(arguments);
        assert_eq!(seen, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(!stderr.contains("panicked") && !stderr.contains('\u{1b}'), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_quick_run_passes_and_reports_in_every_format() {
    let [json, junit, markdown] = ["json", "junit", "markdown"].map(Scratch::new);
    let reports = [
        format!("--report=json={}", json.path()),
        format!("--report=junit={}", junit.path()),
        format!("--report=markdown={}", markdown.path()),
    ];
    let mut arguments = QUICK.to_vec();
    arguments.extend(reports.iter().map(String::as_str));
    let (code, stdout, stderr) = run(&arguments);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("1 pass, 0 fail"), "{stdout}");
    assert!(stdout.contains("(100 %)"), "{stdout}");
    let report: serde_json::Value = serde_json::from_str(&json.read()).unwrap();
    assert_eq!(report["schema"], "sockspec.report.v1");
    assert_eq!(report["results"][0]["verdict"], "pass");
    assert!(junit.read().contains("<testcase name=\"stream/lossless\" classname=\"duplex\"/>"));
    assert!(markdown.read().contains("| 1 | 0 | 0 | 0 | 0 | 0 |"));
}

#[test]
fn stdout_holds_nothing_but_the_data() {
    let mut arguments = QUICK.to_vec();
    arguments.extend(["--format", "json"]);
    let (code, stdout, stderr) = run(&arguments);
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &report["seed"]), (0, &DEFAULT_SEED.to_string().into()));
    assert!(stderr.contains("1 pass"), "{stderr}");
    arguments.push("--quiet");
    assert_eq!(run(&arguments).2, "");
}

#[test]
fn the_same_seed_gives_the_same_report_but_for_measurements() {
    let report = |jobs| {
        let (_, stdout, _) = run(&["run", "--run=stream/*", "--system=duplex", "--format=json", jobs]);
        let mut report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        report.as_object_mut().unwrap().remove("measurements").unwrap();
        report.to_string()
    };
    assert_eq!(report("--jobs=1"), report("--jobs=7"));
}

#[test]
fn the_environment_stands_in_for_options_and_empty_is_not_set() {
    let quick = |variable: &str, value: &str| {
        let mut command =
            sockspec(&["run", "--system", "duplex", "--run", "stream/lossless", "--format=json"]);
        output(command.env(variable, value))
    };
    assert!(quick("SOCKSPEC_SEED", "7").1.contains("\"seed\": \"7\""));
    assert_eq!(quick("SOCKSPEC_SEED", "").0, 0);
    assert_eq!(quick("SOCKSPEC_SEED", "seven").0, 2);
    let (code, _, stderr) = quick("SOCKSPEC_TIMEOUT", "fast");
    assert_eq!(code, 2);
    assert!(stderr.contains("SOCKSPEC_TIMEOUT in the environment"), "{stderr}");
    assert!(!run(&["run", "--timeout", "fast"]).2.contains("in the environment"));
    let (_, listed, _) = output(sockspec(&["list"]).env("SOCKSPEC_RUN", "tcp/nagle, tcp/coalesces"));
    assert!(listed.contains("tcp/nagle") && !listed.contains("tcp/half-close"), "{listed}");
    let mut command = sockspec(&["run", "--system", "duplex", "--format=json"]);
    let (code, stdout, _) = output(command.env("SOCKSPEC_RUN", "stream/lossless,stream/ordered"));
    assert_eq!((code, stdout.matches("\"verdict\": \"pass\"").count()), (0, 2), "{stdout}");
}

#[test]
fn colour_is_for_those_who_want_it() {
    let has_colour = |set_up: &dyn Fn(&mut Command) -> &mut Command| {
        output(set_up(&mut sockspec(&["list", "--systems"]))).1.contains('\u{1b}')
    };
    assert!(!has_colour(&|command| command));
    assert!(has_colour(&|command| command.arg("--color=always")));
    assert!(has_colour(&|command| command.env("CARGO_TERM_COLOR", "always")));
    assert!(has_colour(&|command| command.env("CLICOLOR_FORCE", "1")));
    assert!(!has_colour(&|command| command.env("CARGO_TERM_COLOR", "always").env("NO_COLOR", "1")));
    assert!(!has_colour(&|command| command.env("CLICOLOR_FORCE", "1").arg("--color=never")));
}

#[test]
fn an_expectation_that_is_stale_fails_the_run_and_a_flaky_one_does_not() {
    let listed = Scratch::containing("listed", "stream/lossless duplex  # it used to lose the tail\n");
    let gone = Scratch::containing("gone", "stream/no-such-spec  # renamed\n");
    let with = |option: &str, file: &Scratch| {
        let mut arguments = QUICK.to_vec();
        arguments.extend([option, file.path()]);
        run(&arguments)
    };
    let (code, stdout, _) = with("--known-failing", &listed);
    assert_eq!(code, 1);
    assert!(stdout.contains("stream/lossless is listed as failing and passed on duplex"), "{stdout}");
    let (code, stdout, _) = with("--known-failing", &gone);
    assert_eq!(code, 1);
    assert!(stdout.contains("there is no spec stream/no-such-spec"), "{stdout}");
    assert_eq!(with("--known-flaky", &listed).0, 0);
    assert_eq!(with("--known-flaky", &gone).0, 0);
}

#[test]
fn a_reader_that_goes_is_no_error() {
    let mut child = sockspec(&["list", "-v"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Closed before the program has written anything, or while it does.
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), stderr), (Some(0), Vec::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_the_results_are_not_lost() {
    let mut arguments = QUICK.to_vec();
    arguments.push("--report=json=/dev/full");
    let (code, stdout, stderr) = run(&arguments);
    assert_eq!(code, 3);
    assert!(stdout.contains("1 pass, 0 fail"), "{stdout}");
    assert!(stderr.contains("no space left"), "{stderr}");
}

#[test]
fn a_spec_is_explained_with_a_plan() {
    let (code, stdout, _) = run(&["explain", "stream/lossless"]);
    assert_eq!(code, 0);
    for word in ["rule", "clause", "level", "kills", "systems", "duplex", "client 0"] {
        assert!(stdout.contains(word), "{word} is missing: {stdout}");
    }
}

/// A token of a spec and a system that belong together, with a plan that holds.
fn token() -> Token {
    let plan = Script::open().transfer(End::client(0), 9).finish_both(0).plan();
    Token { spec: "stream/lossless".into(), system: "duplex".into(), layout: None, plans: vec![plan] }
}

#[test]
fn a_failure_that_is_gone_is_not_reproduced() {
    let token = token().to_string();
    let (code, stdout, stderr) = run(&["replay", &token]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.starts_with("pass  stream/lossless on duplex\n"), "{stdout}");
    assert!(stdout.ends_with("not reproduced: it passes\n"), "{stdout}");
    let file = Scratch::containing("token", &format!("# from the nightly run\n\n{token}\n"));
    assert_eq!(run(&["replay", file.path(), "--quiet"]).1, "not reproduced: it passes\n");
    let mut from_environment = sockspec(&["replay", "--format=json"]);
    let (code, stdout, _) = output(from_environment.env("SOCKSPEC_REPLAY", &token));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &report["results"][0]["cases"]), (0, &1.into()));
    let (code, stdout, _) = run(&["replay", &token, "--as-test"]);
    assert_eq!(code, 0);
    assert!(stdout.contains(&format!("sockspec::replay(\"{token}\")")), "{stdout}");
}

#[test]
fn a_token_of_a_users_system_is_answered_with_the_line_to_type() {
    let token = Token { system: "my-transport".into(), ..token() }.to_string();
    let (code, stdout, stderr) = run(&["replay", &token]);
    assert_eq!((code, stdout), (0, format!("SOCKSPEC_REPLAY={token} cargo test\n")));
    assert!(stderr.contains("my-transport is not shipped"), "{stderr}");
    let (code, stdout, _) = run(&["replay", &token, "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(
        (code, answer["command"].as_str()),
        (0, Some(&*format!("SOCKSPEC_REPLAY={token} cargo test")))
    );
    let file = Scratch::containing("users-token", &token);
    let (code, stdout, _) = run(&["replay", file.path()]);
    let path = std::fs::canonicalize(file.path()).unwrap();
    assert_eq!((code, stdout), (0, format!("SOCKSPEC_REPLAY={} cargo test\n", path.display())));
}

/// A token of a user's codec, with a plan that holds.
fn codec_token() -> Token {
    let payload = Payload::Pattern { key: 1, offset: 0, len: 9 };
    let script = Script::new().step(End::client(0), Operation::Encode(payload));
    let feed = Feed { cuts: Cuts::Every { len: 1, joined: false }, lost: 0 };
    let script = script.step(End::peer(0), Operation::Feed(feed)).step(End::peer(0), Operation::FeedEnd);
    Token {
        spec: "framing/round-trip".into(),
        system: "my-codec".into(),
        layout: Some(Layout::u32_be()),
        plans: vec![script.plan()],
    }
}

#[test]
fn the_test_of_a_users_codec_is_the_one_that_is_compiled_and_run() {
    let (code, stdout, _) = run(&["replay", &codec_token().to_string(), "--as-test"]);
    assert_eq!(code, 0);
    // The formatter breaks lines elsewhere.
    let bare = |text: &str| text.replace(char::is_whitespace, "");
    assert!(
        bare(include_str!("../pasted.rs")).ends_with(&bare(&stdout)),
        "specs/tests/pasted.rs is not\n{stdout}"
    );
}

#[test]
fn what_is_known_of_a_shipped_codec_does_not_fail_the_run() {
    let known = ["run", "--run", "framing/end-after-header", "--system", "length-delimited"];
    let (code, stdout, _) = run(&known);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("known  framing/end-after-header  length-delimited"), "{stdout}");
}

#[test]
fn a_token_of_another_layout_is_refused() {
    let token = Token { system: "length-delimited".into(), layout: Some(Layout::u16_be()), ..codec_token() };
    let (code, _, stderr) = run(&["replay", &token.to_string()]);
    assert_eq!(code, 2);
    assert!(stderr.contains("made with the layout u16be"), "{stderr}");
}

#[test]
fn a_token_that_names_what_is_not_there_is_refused() {
    let unfit = Token { system: "udp-v4".into(), ..token() }.to_string();
    assert_eq!(run(&["replay", &unfit]).0, 2, "a pair that does not belong together");
    let token = Token { spec: "stream/losless".into(), ..token() }.to_string();
    let (code, _, stderr) = run(&["replay", &token]);
    assert_eq!(code, 4);
    assert!(stderr.contains("stream/lossless"), "{stderr}");
}

#[test]
fn the_catalogue_is_listed() {
    let (code, stdout, stderr) = run(&["list", "--format=json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("list_json", stdout);
    let (code, stdout, _) = run(&["list"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("list_text", stdout);
}

#[test]
fn help_is_no_error_and_goes_to_stdout() {
    for arguments in [&["--help"][..], &["help", "run"], &["replay", "--help"], &["--version"]] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!stdout.is_empty(), "{arguments:?}");
    }
}
