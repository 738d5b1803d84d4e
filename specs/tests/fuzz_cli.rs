//! `sockspec fuzz`, and `sockspec replay` of what a fuzzer left, as a shell sees them.

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;
use sockspec_harness::layout::Layout;
use sockspec_harness::plan::{Cut, Cuts, End, Feed, Operation, Plan, Script};

/// A folder of its own for each test, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("sockspec-fuzz-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary directory can be written to");
        Scratch(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("it can be made");
        fs::write(&path, bytes).expect("it can be written");
        path.to_str().expect("its name is UTF-8").to_owned()
    }

    fn folder(&self) -> &str {
        self.0.to_str().expect("its name is UTF-8")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn sockspec(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockspec"));
    command.args(arguments).stdin(Stdio::null());
    for variable in [
        "SOCKSPEC_SEED",
        "SOCKSPEC_RUN",
        "SOCKSPEC_TIMEOUT",
        "SOCKSPEC_REPLAY",
        "CLICOLOR_FORCE",
        "CARGO_TERM_COLOR",
    ] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        sockspec(arguments).output().expect("the program is built and can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    (status.code().expect("the program ends by itself"), text(stdout), text(stderr))
}

/// The campaign without what the clock says.
fn campaign(arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = run(&[&["fuzz", "--format=json"], arguments].concat());
    assert_eq!(code, 0, "{stderr}");
    let mut document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    document.as_object_mut().expect("it is an object").remove("measurements");
    document
}

#[test]
fn a_campaign_of_so_many_cases_is_the_same_whatever_the_number_of_jobs() {
    let arguments = ["--system", "reference-*", "length-delimited"];
    let first = campaign(&[&arguments[..], &["--cases=150", "--jobs=1"]].concat());
    assert_eq!(first["schema"], "sockspec.fuzz.v1");
    assert_eq!(first["summary"]["findings"], 0);
    assert_eq!(first["summary"]["known"], 1, "{first}");
    assert_eq!(first["findings"][0]["id"], "framing/end-after-header");
    assert_eq!(first["findings"][0]["verdict"], "known");
    let second = campaign(&[&arguments[..], &["--cases=150", "--jobs=3"]].concat());
    // What an interrupted call of a socket leaves to another turn is the kernel's choice.
    for (first, second) in
        first["systems"].as_array().unwrap().iter().zip(second["systems"].as_array().unwrap())
    {
        if !first["id"].as_str().unwrap().ends_with("-tcp") {
            assert_eq!(first, second);
        }
    }
    assert_eq!(first["findings"], second["findings"]);
}

#[test]
fn a_known_failure_that_names_nothing_fails_a_campaign_as_it_fails_a_run() {
    let scratch = Scratch::new("known");
    let list = |text: &str| format!("--known-failing={}", scratch.file("known.txt", text.as_bytes()));
    let fuzz = |list: &str, format: &str| run(&["fuzz", "--system=duplex", "--cases=5", format, list]);
    let gone = list("framing/nonexist # x");
    for format in ["--format=text", "--format=json"] {
        let (code, stdout, _) = fuzz(&gone, format);
        assert_eq!(code, 1, "{stdout}");
        assert!(stdout.contains("there is no spec framing/nonexist"), "{stdout}");
    }
    // What does exist may be found another time, or on another system.
    for entry in ["framing/every-split # x", "stream/ordered tcp-v4 # x", "stream/ordered # x"] {
        let (code, stdout, _) = fuzz(&list(entry), "--format=text");
        assert_eq!(code, 0, "{stdout}");
    }
}

#[test]
fn what_cannot_be_done_has_its_exit_code() {
    let scratch = Scratch::new("refused");
    let no_folder = scratch.file("file", b"");
    let bytes = scratch.file("artifacts/framing_refernce/crash-1", b"");
    for (arguments, code, said) in [
        (&["fuzz", "--time", "0s"][..], 2, "like 30s or 10m"),
        (&["fuzz", "--cases", "0"], 2, "wanted a whole number from 1"),
        (&["fuzz", "--system", "duplex", "--corpus", &no_folder, "--cases", "1"], 3, "cannot be written"),
        (&["fuzz", "--system", "duplexx"], 4, "duplex"),
        (&["fuzz", "--run", "tcp/nagle", "--cases", "1"], 4, "stream/ordered"),
        (&["replay", &no_folder, "--target", "token"], 0, ""),
        (&["replay", &bytes], 2, "framing_reference"),
        (&["replay", &bytes, "--target", "nothing"], 2, "there is no fuzz target `nothing`"),
        (&["replay", "nowhere/crash-1", "--target", "token"], 2, "could not be read"),
        (&["replay", scratch.folder(), "--target", "token"], 2, "could not be read"),
    ] {
        let (seen, _, stderr) = run(arguments);
        assert_eq!(seen, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_campaign_is_judged_by_the_specs_that_are_selected_and_reports_as_a_run_does() {
    let scratch = Scratch::new("selected");
    let path = scratch.0.join("report.json");
    let report = format!("--report=json={}", path.display());
    let (code, _, stderr) =
        run(&["fuzz", "--system", "duplex", "--run", "stream/ordered", "--cases", "9", &report]);
    assert_eq!(code, 0, "{stderr}");
    let bytes = fs::read(path).expect("the report is there");
    let report: Value = serde_json::from_slice(&bytes).expect("the report is JSON");
    assert_eq!(
        (&report["schema"], report["results"].as_array().map(Vec::len)),
        (&"sockspec.report.v1".into(), Some(1))
    );
    assert_eq!(
        (&report["results"][0]["id"], &report["results"][0]["cases"]),
        (&"stream/ordered".into(), &9.into())
    );
}

/// The plan by which the canary falls.
fn fatal() -> Plan {
    let layout = Layout::u32_be();
    let frame = layout.encode(&[0; 200]).expect("it fits").len() as u32;
    let mut script = Script::new();
    for _ in 0..4 {
        let payload = script.payload(End::client(0), 200);
        script = script.step(End::client(0), Operation::Frame(payload));
    }
    let cuts = Cuts::At(vec![Cut { at: 2 * frame + 2, joined: false }]);
    script.step(End::peer(0), Operation::Feed(Feed { cuts, lost: 0 })).plan()
}

#[test]
fn the_file_of_a_fuzzer_is_replayed_and_made_small() {
    let scratch = Scratch::new("crash");
    let lying = scratch.file("fuzz/artifacts/canary/crash-0a1b", &fatal().encode());
    let (code, stdout, stderr) = run(&["replay", &lying]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stdout.contains("FAIL  framing/every-split on canary"), "{stdout}");
    assert!(stdout.contains("reproduced: it fails again"), "{stdout}");
    let token = stdout.split_whitespace().find(|word| word.starts_with("sockspec1-")).expect("a token");
    assert_eq!(run(&["replay", token]).0, 1, "the token of a target's own system is replayed, too");
    let loose = scratch.file("crash", &fatal().encode());
    assert_eq!(run(&["replay", &loose, "--target", "framing_reference"]).0, 0);
    let (code, stdout, _) = run(&["replay", &loose, "--target=canary", "--as-test"]);
    assert_eq!(code, 0, "nothing is run");
    assert!(stdout.contains("sockspec::fuzz::CANARY.body(b\""), "{stdout}");
    let (code, stdout, _) = run(&["replay", &loose, "--target=framing_differential"]);
    assert_eq!(code, 3, "of codecs that this program does not have nothing can be told");
    assert!(stdout.contains("cargo fuzz run -s none framing_differential"), "{stdout}");
    let (code, stdout, _) = run(&["replay", &loose, "--target=canary", "--format=json"]);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &document["reproduced"], &document["target"]), (1, &true.into(), &"canary".into()));
    assert_eq!(document["results"][0]["id"], "framing/every-split");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_campaign_reports_and_a_killed_one_leaves_whole_files() {
    let scratch = Scratch::new("killed");
    let corpus = format!("--corpus={}", scratch.folder());
    for (signal, code) in [("-INT", Some(130)), ("-KILL", None)] {
        let arguments = ["fuzz", "--system=duplex", "--time=10m", "--format=json", &corpus];
        let mut command = sockspec(&arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_files(&scratch.0.join("stream"));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let Output { status, stdout, .. } = child.wait_with_output().unwrap();
        assert_eq!(status.code(), code);
        if code.is_some() {
            let document: Value = serde_json::from_slice(&stdout).unwrap();
            assert_eq!(document["interrupted"], true);
            assert!(document["summary"]["kept"].as_u64().unwrap() > 0);
        }
        for entry in fs::read_dir(scratch.0.join("stream")).unwrap().flatten() {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                assert!(Plan::decode_strict(&fs::read(entry.path()).unwrap()).is_ok());
            }
        }
    }
    let again = campaign(&["--system=duplex", "--cases=40", &corpus]);
    assert_eq!(again["systems"][0]["cases"], 40);
}

/// Waits until a plan has been kept.
fn wait_for_files(folder: &Path) {
    let began = Instant::now();
    let is_kept = |entry: fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    while !fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_kept)) {
        assert!(began.elapsed().as_secs() < 60, "nothing was kept");
        std::thread::yield_now();
    }
}
