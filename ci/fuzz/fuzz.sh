#!/usr/bin/env bash
# The fuzz targets on one machine, without cargo-fuzz: `ci/fuzz/fuzz.sh build|oldest|smoke|canary|stable|image|sanitized`.
#
# `ci/check.sh` calls these; docs/fuzzing.md says how campaigns are run that take longer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly TRIPLE=$(rustc --version --verbose | sed -n 's/^host: //p')
readonly BINARIES=${SOCKSPEC_FUZZ_BINARIES:-fuzz/target/$TRIPLE/release}
readonly STATISTICS=${SOCKSPEC_FUZZ_STATISTICS:-target/sockspec/fuzz}

# What is no campaign's, so that whoever reads the statistics does not meet it.
readonly LOGS=target/sockspec/logs

# How long each target runs in the smoke, in seconds, and how many at a time.
readonly SECONDS_EACH=${SOCKSPEC_FUZZ_SECONDS:-10}
readonly AT_A_TIME=${SOCKSPEC_FUZZ_JOBS:-2}

# The canary falls after a hundred or so executions; the median of ten seeds is held to twice that.
readonly CANARY_SEEDS=10
readonly CANARY_MEDIAN=200
readonly CANARY_MOST=5000

targets() {
    local source
    for source in fuzz/fuzz_targets/*.rs; do
        basename "$source" .rs
    done
}

# The canary must fall; all the others must not.
sound_targets() {
    targets | grep -vx canary
}

build() {
    ci/fuzz/cargo-fuzz fuzz build -s none
}

# A target that is run has to be there.
is_built() {
    if [[ ! -x $BINARIES/$1 ]]; then
        printf 'there is no target %s in %s: `ci/fuzz/fuzz.sh build` builds %s\n' \
            "$1" "$BINARIES" "$(targets | paste -sd ' ')" >&2
        exit 2
    fi
}

# Runs one target for a while from its seeds; what the engine said is kept, and shown if it found something.
run() {
    is_built "$1"
    local target=$1 corpus log=$STATISTICS/$1.txt folders=() dictionary=fuzz/dict/$1.dict
    mkdir -p "$STATISTICS" "fuzz/artifacts/$target"
    # New inputs go to the first folder: never to the seeds.
    corpus=$(mktemp -d)
    folders=("$corpus" "fuzz/seeds/$target")
    [[ ! -d fuzz/regressions/$target ]] || folders+=("fuzz/regressions/$target")
    [[ -f $dictionary ]] || dictionary=fuzz/dict/plan.dict
    local code=0
    "$BINARIES/$target" "${folders[@]}" -dict="$dictionary" -max_len=4096 -max_total_time="$SECONDS_EACH" \
        -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="fuzz/artifacts/$target/" >"$log" 2>&1 || code=$?
    rm -rf "$corpus"
    if [[ $code -ne 0 ]]; then
        printf '%s found something (exit code %s), what it said is in %s:\n' "$target" "$code" "$log" >&2
        tail -n 60 "$log" >&2
        return 1
    fi
    printf '%-22s %9s executions, %7s a second, %5s MB at most\n' "$target" \
        "$(statistic number_of_executed_units "$log")" "$(statistic average_exec_per_sec "$log")" \
        "$(statistic peak_rss_mb "$log")"
}

statistic() {
    sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

# Every target but the canary finds nothing in the time that it has.
smoke() {
    sound_targets | xargs -P "$AT_A_TIME" -I '{}' ci/fuzz/fuzz.sh run '{}'
}

# The canary falls from an empty corpus: for every seed, and in the median of them within its bound.
canary() {
    local seed log=$LOGS/canary.txt folder counts=() count median
    mkdir -p "$LOGS"
    for ((seed = 1; seed <= CANARY_SEEDS; seed++)); do
        folder=$(mktemp -d)
        if "$BINARIES/canary" "$folder" -seed="$seed" -runs="$CANARY_MOST" -artifact_prefix="$folder/" \
            -print_final_stats=1 >"$log" 2>&1; then
            printf 'the canary has not fallen within %s executions of seed %s: %s\n' "$CANARY_MOST" "$seed" "$log" >&2
            return 1
        fi
        rm -rf "$folder"
        if ! grep -q 'framing/every-split on canary' "$log"; then
            printf 'the canary fell of something else than its planted bug: %s\n' "$log" >&2
            tail -n 40 "$log" >&2
            return 1
        fi
        count=$(statistic number_of_executed_units "$log")
        counts+=("$count")
    done
    mapfile -t counts < <(printf '%s\n' "${counts[@]}" | sort -n)
    median=$(((counts[(CANARY_SEEDS - 1) / 2] + counts[CANARY_SEEDS / 2]) / 2))
    printf '%-22s falls after %s executions in the median of %s\n' canary "$median" "${counts[*]}"
    if [[ $median -ge $CANARY_MEDIAN ]]; then
        printf 'wanted a median of less than %s executions\n' "$CANARY_MEDIAN" >&2
        return 1
    fi
}

# Replays a target's corpus and seeds: how much they cover, which must be the same three times.
#
# Over sockets, a kernel that delivers late adds a few edges of the waiting itself,
# so the least that was covered is what counts there, and it has to be met three times within forty.
coverage() {
    local target=$1 folders=("fuzz/seeds/$1") seen=() round most=3 least=0 count=0
    is_built "$target"
    [[ $target != stream_* && $target != datagram_* ]] || most=40
    [[ ! -d fuzz/corpus/$target ]] || folders+=("fuzz/corpus/$target")
    for ((round = 1; round <= most && count < 3; round++)); do
        # In one order: a connection that is kept remembers what went before.
        seen+=("$("$BINARIES/$target" "${folders[@]}" -seed=1 -runs=0 2>&1 \
            | sed -n 's/.*INITED cov: \([0-9]*\) .*/\1/p')")
        least=$(printf '%s\n' "${seen[@]}" | sort -n | head -n 1)
        count=$(printf '%s\n' "${seen[@]}" | grep -cx "$least")
    done
    printf '%-22s covers %s\n' "$target" "${seen[*]}"
    if [[ $count -lt 3 ]]; then
        printf 'wanted the same coverage three times\n' >&2
        return 1
    fi
}

# The same for every target that has seeds.
stable() {
    local target
    for target in $(sound_targets); do
        coverage "$target"
    done
}

# Runs .clusterfuzzlite/build.sh as the image of OSS-Fuzz does, and looks at what it leaves.
#
# The image has cargo-fuzz and a nightly; here the same words are understood by the script beside this one, on any toolchain.
image() {
    local root complaints=0 target program
    for program in zip unzip; do
        if ! command -v "$program" >/dev/null; then
            printf 'skipped: %s is not installed, which the image has\n' "$program"
            return 0
        fi
    done
    root=$(mktemp -d)
    mkdir "$root/src" "$root/out" "$root/work"
    ln -s "$PWD" "$root/src/sockspec"
    (
        export SRC=$root/src OUT=$root/out WORK=$root/work
        export SANITIZER=none FUZZING_ENGINE=libfuzzer FUZZING_LANGUAGE=rust ARCHITECTURE=x86_64
        PATH=$PWD/ci/fuzz:$PATH .clusterfuzzlite/build.sh
    )
    for target in $(sound_targets); do
        leaves "$root/out" "$target" || complaints=$((complaints + 1))
    done
    if [[ -e $root/out/canary ]]; then
        printf 'the canary must not be among the targets of a fleet\n' >&2
        complaints=$((complaints + 1))
    fi
    printf '%s targets in $OUT, %s files\n' "$(sound_targets | wc -l)" "$(find "$root/out" -type f | wc -l)"
    rm -rf "$root"
    return $((complaints > 0))
}

# The image's nightly is as old as the minimal Rust: no package in the lock file may ask for a newer one.
oldest() {
    local most packages wanted package complaints=0
    packages=$(cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml)
    most=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' fuzz/Cargo.toml)
    while read -r wanted package; do
        if [[ $(printf '%s\n%s\n' "$most" "$wanted" | sort -V | tail -n 1) != "$most" && $wanted != "$most".* ]]; then
            printf 'wanted every package of fuzz/ to build with Rust %s, saw that %s asks for %s\n' \
                "$most" "$package" "$wanted" >&2
            complaints=$((complaints + 1))
        fi
    done < <(grep -oE '\{"name":"[^"]*","version":"[^"]*","id"|"rust_version":"[^"]*"' <<<"$packages" \
        | awk -F '"' '$2 == "name" { package = $4 " " $8 } $2 == "rust_version" { print $4, package }' | sort -Vu)
    [[ $complaints -eq 0 ]] || return 1
    printf 'no package of fuzz/ asks for a newer Rust than %s\n' "$most"
}

# What has to lie in $OUT for one target: each missing thing is named.
leaves() {
    local out=$1 target=$2 seeds
    if [[ ! $target =~ ^[A-Za-z0-9_-]+$ ]]; then
        printf '%s: no name that ClusterFuzz takes\n' "$target" >&2
        return 1
    fi
    # It must be the engine's binary.
    local help
    help=$("$out/$target" -help=1 2>&1) || true
    if [[ $help != *max_total_time* ]]; then
        printf '%s: no binary of libFuzzer\n' "$target" >&2
        return 1
    fi
    seeds=$(unzip -Z1 "$out/${target}_seed_corpus.zip" | wc -l) || seeds=0
    if [[ $seeds -lt 2 ]]; then
        printf '%s: no zip of seeds\n' "$target" >&2
        return 1
    fi
    if ! grep -qx "dict = $target.dict" "$out/$target.options" || ! grep -q '^max_len = ' "$out/$target.options"; then
        printf '%s: no options\n' "$target" >&2
        return 1
    fi
    # libFuzzer refuses a dictionary that it cannot read.
    if ! "$out/$target" -dict="$out/$target.dict" -runs=0 >/dev/null 2>&1; then
        printf '%s: no dictionary that libFuzzer reads\n' "$target" >&2
        return 1
    fi
}

# The same with the address sanitizer, where a nightly toolchain has what that needs.
sanitized() {
    local nightly
    nightly=$(rustup toolchain list 2>/dev/null | sed -n 's/^\(nightly[^ ]*\).*/\1/p' | head -n 1)
    if [[ -z $nightly ]]; then
        printf 'skipped: the address sanitizer needs a nightly toolchain, and none is installed\n'
        return 0
    fi
    if ! compgen -G "$(rustc "+$nightly" --print target-libdir)/librustc*_rt.asan.a" >/dev/null; then
        printf 'skipped: %s comes without the runtime of the address sanitizer\n' "$nightly"
        return 0
    fi
    export RUSTUP_TOOLCHAIN=$nightly CARGO_TARGET_DIR=$PWD/fuzz/target/sanitized
    ci/fuzz/cargo-fuzz fuzz build -s address
    export SOCKSPEC_FUZZ_BINARIES=$CARGO_TARGET_DIR/$TRIPLE/release
    export SOCKSPEC_FUZZ_STATISTICS=target/sockspec/fuzz-sanitized SOCKSPEC_FUZZ_SECONDS=2
    ci/fuzz/fuzz.sh canary
    ci/fuzz/fuzz.sh smoke
}

case ${1-} in
    build | oldest | smoke | canary | stable | image | sanitized) "$1" ;;
    run | coverage)
        if [[ $# -lt 2 ]]; then
            printf 'wanted a target: %s\n' "$(targets | paste -sd ' ')" >&2
            exit 2
        fi
        "$1" "$2"
        ;;
    *)
        printf 'usage: ci/fuzz/fuzz.sh build|oldest|smoke|canary|stable|image|sanitized|{run|coverage} TARGET\n' >&2
        exit 2
        ;;
esac
