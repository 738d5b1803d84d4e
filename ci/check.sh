#!/usr/bin/env bash
# What CI checks, stage by stage: `ci/check.sh STAGE ...` runs those, `ci/check.sh` lists them, `.ci/run` runs them all.
#
# The order of the stages saves time: what fails fastest comes first, and neighbours share what they have built
# (clippy and doc the metadata of the dependencies, test and fuzz the debug build, run, mutants and benches the release build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A snapshot that differs fails the test, and is never written over the accepted one.
export INSTA_UPDATE=no

# The lock files say exactly what is built: nothing in the manifests asks for more.
# What a build needs from the registry is fetched here, so that later stages fail for reasons of their own.
stage_locked() {
    local host
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    cargo fetch --locked --target "$host"
    cargo fetch --locked --target "$host" --manifest-path fuzz/Cargo.toml
}

stage_format() {
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
}

# Warnings are errors here, so they need not be anywhere else; `incompatible_msrv` keeps the promise of the minimal Rust.
stage_clippy() {
    cargo clippy --workspace --all-targets -- -D warnings
}

# The command of the README, as it stands there.
# It includes the tidy test, which rejects snapshots that no assertion refers to.
stage_test() {
    cargo test --workspace
}

stage_doc() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
}

# A user's tests pull in the machine and the rules, and nothing of the command line.
stage_slim() {
    cargo clippy -p sockspec-harness --no-default-features -- -D warnings
    cargo clippy -p sockspec --no-default-features -- -D warnings
    local tree extra
    tree=$(cargo tree --locked -p sockspec --no-default-features -e normal --prefix none)
    extra=$(grep -E '^(clap|anstream|indicatif|serde_json|quick-junit|strsim|ctrlc) ' <<<"$tree" || true)
    if [[ -n $extra ]]; then
        printf 'without default features sockspec must not depend on:\n%s\n' "$extra" >&2
        return 1
    fi
}

# What a user would paste still does what it says: each example ends with success only then.
# They are built with the features of the test command, which has built them already, and called by their path: `cargo run -p` would build all of it anew.
stage_examples() {
    cargo build --workspace --examples
    local example
    for example in specs/examples/*.rs; do
        printf 'example %s\n' "$(basename "$example" .rs)"
        "${CARGO_TARGET_DIR:-target}/debug/examples/$(basename "$example" .rs)"
    done
}

# Every fuzz target is built on stable as cargo-fuzz builds it, without a sanitizer, and finds nothing in ten seconds;
# the canary, which has a planted bug, falls within its bound.
stage_fuzz() {
    ci/fuzz/fuzz.sh oldest
    cargo clippy --locked --manifest-path fuzz/Cargo.toml --target-dir target --all-targets -- -D warnings
    ci/fuzz/fuzz.sh build
    ci/fuzz/fuzz.sh canary
    ci/fuzz/fuzz.sh stable
    ci/fuzz/fuzz.sh smoke
}

# What a fleet of ClusterFuzz machines would be given, built as their image builds it; it shares the build of the smoke.
stage_clusterfuzzlite() {
    ci/fuzz/fuzz.sh image
}

# The targets again under the address sanitizer, where a nightly toolchain is installed.
stage_sanitized() {
    ci/fuzz/fuzz.sh sanitized
}

# The other command of the README, as it stands there.
stage_run() {
    cargo run --release -- run
}

# Every fault is caught, every spec catches one, and every spec catches what it says.
stage_mutants() {
    cargo run --release -- mutants
}

# One seed, one report: all but the measurements is the same byte for byte, however many jobs there are.
stage_repeatable() {
    local first second
    first=$(report_without_measurements 1)
    second=$(report_without_measurements 3)
    diff <(printf '%s\n' "$first") <(printf '%s\n' "$second")
}

report_without_measurements() {
    cargo run --release --quiet -- run --format json --jobs "$1" --quiet | sed '/^  "measurements": {$/,/^  }/d'
}

# A machine that grants little: what cannot be tried is skipped with its reason, and nothing fails.
stage_frugal() {
    (
        ulimit -n 64
        cargo run --release -- run
    )
}

# Each bench once, to see that it works; with the features and the profile of the test command, which has built most of it.
stage_benches() {
    cargo test --workspace --bench driving --bench cutting --bench parts --bench growth --bench codecs --bench ratios
}

# How many instructions the pure parts take, where the two programs that count them are installed.
stage_instructions() {
    local program
    for program in valgrind gungraun-runner; do
        if ! command -v "$program" >/dev/null; then
            printf 'skipped: %s is not installed\n' "$program"
            return 0
        fi
    done
    cargo bench --package sockspec-benches --bench instructions
}

# Everything that dashboards read, and the page, from files as the tools write them.
stage_dashboard() {
    local out=${CARGO_TARGET_DIR:-target}/sockspec/check-dashboard
    rm -rf "$out"
    ci/export.sh export --target-dir ci/dashboard/tests/fixtures/run --out "$out" --history "$out/history.jsonl" --commit checked
    ci/export.sh page --history "$out/history.jsonl" --out "$out/index.html"
    local file
    for file in bmf.json smaller.json bigger.json metrics.txt history.jsonl index.html; do
        if [[ ! -s $out/$file ]]; then
            printf 'the export has not written %s\n' "$out/$file" >&2
            return 1
        fi
    done
    tail -n 1 "$out/metrics.txt" | grep -qx '# EOF'
    grep -q '<svg' "$out/index.html"
    ci/export.sh codecs --target-dir ci/dashboard/tests/fixtures/run > "$out/codecs.md"
    grep -q '^| tokio-util-u32-be | ' "$out/codecs.md"
}

readonly STAGES=(locked format clippy doc slim test examples fuzz clusterfuzzlite sanitized run repeatable frugal mutants benches instructions dashboard)

main() {
    if [[ $# -eq 0 ]]; then
        printf 'usage: ci/check.sh STAGE ...\nstages, in the order in which CI runs them: %s\n' "${STAGES[*]}" >&2
        return 2
    fi
    local stage
    for stage in "$@"; do
        if [[ " ${STAGES[*]} " != *" $stage "* ]]; then
            printf 'no stage is called %s; there are: %s\n' "$stage" "${STAGES[*]}" >&2
            return 2
        fi
    done
    for stage in "$@"; do
        printf '\n==== %s ====\n' "$stage"
        local began=$SECONDS
        "stage_$stage"
        printf '==== %s passed in %s s ====\n' "$stage" "$((SECONDS - began))"
    done
}

# `.ci/run` reads the list of stages from here.
if [[ ${1-} == --list ]]; then
    printf '%s\n' "${STAGES[@]}"
else
    main "$@"
fi
