# Shared by quickstart.sh and tests/run.sh: installs what is missing from the distribution (Debian, Ubuntu).
# Sourced, not run. It touches nothing when everything is there, so that it works without a network then.

# Prints the packages of "$@" that are not installed.
qa_packages_missing() {
    for qa_package in "$@"; do
        if ! dpkg-query -W -f='${Status}' "$qa_package" 2>/dev/null | grep -q 'install ok installed'; then
            printf '%s\n' "$qa_package"
        fi
    done
}

# Installs the missing ones of "$@"; fails with words when that is not possible.
qa_packages_install() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        echo "This is not Debian or Ubuntu: please install the counterparts of these packages yourself: $*" >&2
        return 0
    fi
    qa_missing=$(qa_packages_missing "$@" | tr '\n' ' ')
    if [ -z "$qa_missing" ]; then return 0; fi
    qa_as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "Missing: ${qa_missing}. Install them as root: apt-get install $qa_missing" >&2
            return 1
        fi
        qa_as_root=sudo
    fi
    echo "Installing from the distribution: $qa_missing"
    # Without the index of packages, or with an old one, the first try fails: then the index is fetched.
    # shellcheck disable=SC2086
    if ! $qa_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        $qa_missing >/dev/null 2>&1; then
        $qa_as_root apt-get update -q
        $qa_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $qa_missing
    fi
}

QA_PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config libssl-dev libcjson-dev libzstd-dev zlib1g-dev libbz2-dev"
QA_PACKAGES_BUILD="$QA_PACKAGES_BUILD libsqlite3-dev unixodbc-dev"
QA_PACKAGES_ODBC="unixodbc odbcinst"
