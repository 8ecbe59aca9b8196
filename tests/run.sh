#!/bin/sh
# The test command. Without options: the quick set (dev preset: ASan and UBSan), ending in ctest's summary.
set -eu

usage() {
    cat <<'TEXT'
usage: tests/run.sh [--long] [--fuzz-seconds N] [--help]

  --long             also: the presets clang and tsan, all seeds (QA_LONG=1) in the preset release, every fuzz target with
                     libFuzzer, every planted defect, the samples from the files as published where they are
  --fuzz-seconds N   how long each fuzz target runs with --long; 60 if not given
TEXT
}

is_long=false
fuzz_seconds=60
while [ $# -gt 0 ]; do
    case $1 in
    --long) is_long=true ;;
    --fuzz-seconds) fuzz_seconds=${2:?--fuzz-seconds needs a number}; shift ;;
    --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

source_folder=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$source_folder/installers/packages.sh"
cd "$source_folder"
# Foreign programs that the driver is tried from.
clients="r-base-core r-cran-rodbc libdbd-odbc-perl libreoffice-base libreoffice-calc python3-uno"
packages="$QA_PACKAGES_BUILD $QA_PACKAGES_ODBC libcmocka-dev python3 python3-pyodbc clang-format zstd"
if $is_long; then packages="$packages clang libclang-rt-dev llvm postgresql $clients"; fi
# shellcheck disable=SC2086
qa_packages_install $packages

jobs=$(nproc)
if [ "$jobs" -lt 2 ]; then test_jobs=1; else test_jobs=2; fi

# build PRESET, then its tests; ctest's summary comes last.
run_preset() {
    if ! output=$(cmake --preset "$1" -DBUILD_TESTING=ON 2>&1); then
        printf '%s\n' "$output"
        return 1
    fi
    cmake --build --preset "$1" --parallel "$jobs" -- --quiet || return 1
    ctest --test-dir "build/$1" -j"$test_jobs" --output-on-failure
}

if ! $is_long; then
    run_preset dev
    exit 0
fi

# All seeds run in the build that is shipped; the sanitizers and the other compiler see every test with the quick seeds.
failed=
for preset in dev clang tsan; do
    echo "== preset $preset"
    run_preset "$preset" || failed="$failed $preset"
done
echo "== preset release, all seeds"
QA_LONG=1
export QA_LONG
run_preset release || failed="$failed release"
echo "== fuzz targets, $fuzz_seconds seconds each"
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "$jobs" -- --quiet
for target in build/fuzz/tests/fuzz_*; do
    if [ ! -x "$target" ] || [ -d "$target" ]; then continue; fi
    name=$(basename "$target")
    found=$(mktemp -d)
    corpus=tests/fuzz/corpus/${name#fuzz_}
    if [ ! -d "$corpus" ]; then corpus=; fi
    # New inputs go to a folder of their own, so that a run leaves the corpus in the source tree as it is.
    if "$target" -max_total_time="$fuzz_seconds" -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" \
        "$found" ${corpus:+"$corpus"} >"build/fuzz/$name.log" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log") inputs, nothing found"
    else
        tail -n 40 "build/fuzz/$name.log"
        failed="$failed $name"
    fi
    rm -rf "$found"
done
echo "== planted defects"
bash tests/recovery/planted_defects.sh || failed="$failed planted-defects"
if [ -n "$failed" ]; then
    echo "failed:$failed"
    exit 1
fi
echo "everything passed"
