#!/usr/bin/env bash
# Shows that the recovery test of the log can fail: builds it once with each planted defect and once without, and expects
# failure, failure, … and success. Long: run by tests/run.sh --long. Usage: planted_defects.sh [build folder]
set -eu
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
build_folder=${1:-$source_folder/build/planted}
defects="NO_EPOCH ACK_BEFORE_SYNC RETRY_SYNC NO_CRC"
failures=0

build_and_run() { # <defect or nothing>
    local folder=$build_folder/${1:-NONE}
    cmake -S "$source_folder" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DQA_BENCH=OFF \
        -DQA_PLANTED_DEFECT="${1:-}" >"$build_folder/${1:-NONE}.log" 2>&1
    cmake --build "$folder" --target recovery_log_recovery >>"$build_folder/${1:-NONE}.log" 2>&1 || {
        echo "cannot build with ${1:-no defect}; see $build_folder/${1:-NONE}.log" >&2
        exit 2
    }
    "$folder/tests/recovery_log_recovery" >>"$build_folder/${1:-NONE}.log" 2>&1
}

mkdir -p "$build_folder"
for defect in $defects; do
    if build_and_run "$defect"; then
        echo "NOT CAUGHT: $defect"
        failures=$((failures + 1))
    else
        echo "caught: $defect: $(grep -m 1 '^seed\|^ERROR' "$build_folder/$defect.log" || echo 'see the log')"
    fi
done
if build_and_run ""; then
    echo "without a defect the test passes"
else
    echo "FAILS WITHOUT A DEFECT: see $build_folder/NONE.log"
    failures=$((failures + 1))
fi
exit "$((failures > 0))"
