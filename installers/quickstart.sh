#!/bin/sh
# Builds the tool and the ODBC driver, makes the three sample apps and registers the driver. Installs what is missing from
# the distribution, and nothing else outside the source folder but the samples' folder and the user's two files of ODBC
# entries. Running it again changes nothing.
set -eu

usage() {
    cat <<'TEXT'
usage: quickstart.sh [--no-serve] [--help]

Installs the missing packages (Debian, Ubuntu), builds build/release, makes the sample apps budget, ledger and
sales in ${XDG_DATA_HOME:-$HOME/.local/share}/quantatom/samples, registers the ODBC driver Quantatom and the data source
quantatom-samples for the user (~/.odbcinst.ini, ~/.odbc.ini) and prints things to try.

  --no-odbc    do not register the driver

  --no-serve   do not start a server at the end. None is started so far: this version has no server
TEXT
}

registers=true
for argument in "$@"; do
    case $argument in
    --no-odbc) registers=false ;;
    --no-serve) ;;
    --help) usage; exit 0 ;;
    *) echo "quickstart.sh: unknown option $argument" >&2; usage >&2; exit 2 ;;
    esac
done

source_folder=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$source_folder/installers/packages.sh"
# shellcheck disable=SC2086
qa_packages_install $QA_PACKAGES_BUILD $QA_PACKAGES_ODBC

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_quietly() {
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "quickstart.sh: this failed: $*" >&2
        exit 1
    fi
}

cd "$source_folder"
echo "Building build/release ..."
run_quietly cmake --preset release -DBUILD_TESTING=OFF -DQA_WARNINGS_AS_ERRORS=OFF
run_quietly cmake --build --preset release --target quantatom quantatom_odbc --parallel "$(nproc)"

sh installers/make-samples.sh build/release/rest-gateway/quantatom
if $registers; then
    sh installers/register-odbc.sh "$source_folder/build/release/odbc-driver/libquantatom_odbc.so" \
        "${XDG_DATA_HOME:-$HOME/.local/share}/quantatom/samples"
fi
echo
cat installers/things-to-try.txt
