#!/bin/bash -eu
# Builds every fuzz target into $OUT, each with its seeds, its dictionary and its options.
#
# The image sets SRC, OUT and WORK, and its `cargo` knows the words `cargo fuzz build`: no toolchain is named here.
# `ci/check.sh clusterfuzzlite` runs this script with the same three variables and looks at what it leaves.
cd "$SRC/sockspec"

# Debug assertions stay on: they are part of what is tried.
# Comparisons are not traced: plans are changed by what knows them, words have dictionaries, and tracing takes a third of the time.
cargo fuzz build -O --debug-assertions --no-trace-compares

triple=$(rustc --version --verbose | sed -n 's/^host: //p')
binaries=fuzz/target/$triple/release

for source in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    # The canary must fall, so it would be an endless finding here; `ci/check.sh fuzz` runs it.
    if [ "$target" = canary ]; then
        continue
    fi
    cp "$binaries/$target" "$OUT/$target"

    # Bugs that were found once are the best seeds of all; their names are kept apart from those of the seeds.
    seeds=$WORK/seeds/$target
    rm -rf "$seeds"
    mkdir -p "$seeds"
    cp "fuzz/seeds/$target"/* "$seeds/"
    for regression in "fuzz/regressions/$target"/*; do
        if [ -f "$regression" ]; then
            cp "$regression" "$seeds/regression-$(basename "$regression")"
        fi
    done
    rm -f "$OUT/${target}_seed_corpus.zip"
    zip -q -j "$OUT/${target}_seed_corpus.zip" "$seeds"/*

    # Targets that take plans share the dictionary of plans, and plans are short; words are shorter.
    dictionary=fuzz/dict/$target.dict
    longest=1024
    if [ ! -f "$dictionary" ]; then
        dictionary=fuzz/dict/plan.dict
        longest=4096
    fi
    cp "$dictionary" "$OUT/$target.dict"
    printf '[libfuzzer]\nmax_len = %s\ndict = %s.dict\n' "$longest" "$target" > "$OUT/$target.options"
done
