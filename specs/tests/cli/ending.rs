//! How the program ends that is told to end, or cannot say what it has to say: nothing is lost of what it knows.

use std::fs::{self, OpenOptions};
use std::process::{Child, Command, Output, Stdio};

use super::{QUICK, Scratch, sockspec};

#[test]
fn a_run_that_is_told_to_end_reports_what_ran() {
    let signals = ["-INT", "-TERM", "-HUP"];
    // Under nohup, whoever is started here ignores a hangup as well.
    let ignores = ignores_hangup("self");
    for signal in signals.into_iter().filter(|signal| *signal != "-HUP" || !ignores) {
        let file = Scratch::new(&format!("ended{signal}"));
        let report = format!("--report=json={}", file.path());
        let mut command = sockspec(&["run", "--run=tcp/sequence-wrap", "--format=json", &report]);
        let (code, printed) = ended(command.stderr(Stdio::piped()), signal);
        assert_eq!(code, Some(130), "{signal}");
        assert_eq!(printed["interrupted"], true, "{signal}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&file.read()).unwrap(), printed);
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let mut command = sockspec(&["run", "--run=tcp/sequence-wrap", "--format=json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it can be started");
    wait_for_workers(child.id());
    let pid = child.id().to_string();
    // As timeout(1) does it: kill(1) sends one to each that it is given.
    let sent = Command::new("kill").args(["-TERM", &pid, &pid]).status().expect("coreutils");
    assert!(sent.success());
    let Output { status, stdout, .. } = child.wait_with_output().expect("it ends by itself");
    let printed: serde_json::Value = serde_json::from_slice(&stdout).expect("nothing of the report is lost");
    assert_eq!((status.code(), &printed["interrupted"]), (Some(130), &true.into()));
}

#[test]
fn whoever_ignores_a_hangup_goes_on_ignoring_it() {
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_sockspec")).args(["run", "--run=tcp/sequence-wrap", "--format=json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("coreutils");
    wait_for_workers(child.id());
    let ignores = ignores_hangup(&child.id().to_string());
    send(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(ignores, "it was told to");
}

/// Whether a process that is running ignores SIGHUP.
fn ignores_hangup(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it is still running");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("Linux says it");
    let ignored = u64::from_str_radix(ignored.trim(), 16).expect("a mask of signals");
    // SIGHUP is the first of them.
    ignored & 1 == 1
}

#[test]
fn an_interrupted_matrix_says_nothing_of_what_was_not_run() {
    let mut command = sockspec(&["mutants", "--jobs=1", "--format=json"]);
    let (code, printed) = ended(command.stderr(Stdio::null()), "-INT");
    assert_eq!(code, Some(130));
    assert_eq!(printed["interrupted"], true);
    assert_eq!(printed["survivors"], serde_json::json!([]));
    assert_eq!(printed["idle_specs"], serde_json::json!([]));
}

#[test]
fn a_departure_is_told_by_the_exit_code_though_nothing_can_be_printed() {
    let known = Scratch::containing("full", "stream/lossless  # it does not fail");
    let stale = [&QUICK[..], &["--known-failing", known.path()]].concat();
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    for (arguments, code) in [(&QUICK[..], 3), (&stale, 1)] {
        let mut command = sockspec(arguments);
        let Output { status, stderr, .. } =
            command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(status.code(), Some(code));
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(stderr.contains("standard output could not be written: no space left"), "{stderr}");
    }
}

/// Starts the command, sends it the signal once it is under way, and answers how it ended and what it printed.
fn ended(command: &mut Command, signal: &str) -> (Option<i32>, serde_json::Value) {
    let child = command.stdout(Stdio::piped()).spawn().expect("the program can be started");
    wait_for_workers(child.id());
    send(&child, signal);
    let Output { status, stdout, .. } = child.wait_with_output().expect("it ends by itself");
    (status.code(), serde_json::from_slice(&stdout).expect("it prints JSON"))
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("coreutils");
    assert!(sent.success());
}

/// Waits until the run is under way, which the names of its threads show; by then it listens for signals.
fn wait_for_workers(process: u32) {
    let began = std::time::Instant::now();
    let is_worker = |thread: fs::DirEntry| {
        fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.starts_with("sockspec worker"))
    };
    loop {
        let threads = fs::read_dir(format!("/proc/{process}/task")).expect("the program is still running");
        if threads.flatten().any(is_worker) {
            return;
        }
        assert!(began.elapsed().as_secs() < 60, "no worker was started");
        std::thread::yield_now();
    }
}
