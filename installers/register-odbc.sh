#!/bin/sh
# Registers the ODBC driver Quantatom and the data source quantatom-samples for the user; other entries stay as they are.
# Running it again changes nothing.
set -eu

usage() {
    cat <<'TEXT'
usage: register-odbc.sh DRIVER REPLICA    the library libquantatom_odbc.so and the folder of the samples
       register-odbc.sh --remove          takes both entries away again

Writes [Quantatom] to ~/.odbcinst.ini and [quantatom-samples] to ~/.odbc.ini. unixODBC finds the drivers' file by $HOME and
the data sources' file by the home of the password file: where the two differ, both places get both files.
TEXT
}

case ${1:-} in
--help) usage; exit 0 ;;
--remove) driver=; replica= ;;
"" | -*) usage >&2; exit 2 ;;
*) driver=$1; replica=${2:?register-odbc.sh needs the folder of the samples} ;;
esac

# Prints FILE without the section NAME and without blank lines at its end.
without_section() { # FILE NAME
    [ -f "$1" ] || return 0
    awk -v name="[$2]" '
        /^[ \t]*\[/ { line = $0; gsub(/^[ \t]+|[ \t\r]+$/, "", line); is_ours = line == name }
        !is_ours { if ($0 ~ /^[ \t\r]*$/) { blank = blank $0 "\n" } else { printf "%s%s\n", blank, $0; blank = "" } }' "$1"
}

# Puts the section read from standard input into FILE in place of the one there.
put_section() { # FILE NAME
    kept=$(without_section "$1" "$2")
    section=$(cat)
    new=$kept
    if [ -n "$section" ]; then
        if [ -n "$kept" ]; then new=$(printf '%s\n\n%s' "$kept" "$section"); else new=$section; fi
    fi
    old=$(cat "$1" 2>/dev/null || true)
    if [ "$new" = "$old" ]; then return 0; fi
    written=$(mktemp "$1.XXXXXX")
    if [ -n "$new" ]; then printf '%s\n' "$new" >"$written"; fi
    chmod 0644 "$written"
    if [ -f "$1" ]; then chmod --reference="$1" "$written"; fi
    mv "$written" "$1"
}

register_in() { # HOME_FOLDER
    if [ ! -d "$1" ] || [ ! -w "$1" ]; then
        echo "register-odbc.sh: cannot write in $1, no entries there" >&2
        return 0
    fi
    if [ -z "$driver" ]; then
        put_section "$1/.odbcinst.ini" Quantatom </dev/null
        put_section "$1/.odbc.ini" quantatom-samples </dev/null
        return 0
    fi
    put_section "$1/.odbcinst.ini" Quantatom <<TEXT
[Quantatom]
Description=Quantatom planning and analytics
Driver=$driver
Threading=0
TEXT
    # The library itself, not the driver's name: so the data source works where .odbcinst.ini is not looked at.
    put_section "$1/.odbc.ini" quantatom-samples <<TEXT
[quantatom-samples]
Description=Quantatom sample apps: budget, ledger, sales
Driver=$driver
Replica=$replica
App=budget
TEXT
}

home_of_user=$(getent passwd "$(id -u)" | cut -d: -f6)
home=${HOME:-$home_of_user}
register_in "$home"
if [ -n "$home_of_user" ] && [ "$home_of_user" != "$home" ]; then register_in "$home_of_user"; fi
if [ -n "$driver" ]; then
    echo "ODBC driver Quantatom and data source quantatom-samples are registered for this user"
fi
