#!/usr/bin/env bash
# What was measured, for dashboards: without arguments everything that target/ has, in every format and as a page.
#
# `ci/export.sh --help` says what it reads and writes, and `ci/export.sh export …` and `ci/export.sh page …` do one of the two.
# `ci/export.sh codecs` prints the comparison of codecs as Markdown, and writes nothing.
# Paths are taken from where it is called; cargo finds its manifest from here.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

dashboard() {
    cargo run --quiet --release --manifest-path "$root/Cargo.toml" --package sockspec-dashboard -- "$@"
}

if [[ $# -gt 0 ]]; then
    dashboard "$@"
else
    cd "$root"
    target=${CARGO_TARGET_DIR:-target}
    dashboard export --history "$target/sockspec/history.jsonl"
    dashboard page --history "$target/sockspec/history.jsonl" --out "$target/sockspec/dashboard/index.html"
fi
