#!/bin/sh
# Plants each known defect of the log into the product (QA_PLANTED_DEFECT), one by one, and runs the tests of the log
# and of recovery: they must fail. Exit code 1 names the defects that nothing noticed. Takes minutes.
set -eu

source_folder=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$source_folder"
jobs=$(nproc)
unnoticed=
defects=$(grep -rhoE 'QA_PLANTED_[A-Z_]+' core/src --include='*.c' --include='*.h' | sed 's/^QA_PLANTED_//' | sort -u)
for defect in $defects; do
    cmake --preset dev -B build/planted -DQA_PLANTED_DEFECT="$defect" -DQA_WARNINGS_AS_ERRORS=OFF >/dev/null
    cmake --build build/planted --parallel "$jobs" -- --quiet
    log=build/planted/planted.log
    if ctest --test-dir build/planted -R '^(recovery\.|unit\.(log|lattice|sync|fold))' -j2 >$log 2>&1; then
        echo "planted defect $defect: NOT noticed"
        unnoticed="$unnoticed $defect"
    else
        echo "planted defect $defect: noticed by $(sed -n 's/^.*- \([a-z]*\.[a-z_]*\) (.*$/\1/p' $log | tr '\n' ' ')"
    fi
done
rm -rf build/planted
if [ -n "$unnoticed" ]; then exit 1; fi
