#!/bin/sh
# Makes the three sample apps: make-samples.sh TOOL [REPLICA]. Nothing is written when they are there already.
set -eu

tool=$1
replica=${2:-${XDG_DATA_HOME:-$HOME/.local/share}/quantatom/samples}
samples=$(CDPATH='' cd -- "$(dirname -- "$0")/../rest-gateway/samples" && pwd)

mkdir -p "$replica"
# Shows the last line of what the tool says: the summary.
run() { # COMMAND...
    if ! said=$("$tool" --replica "$replica" "$@"); then
        printf '%s\n' "$said" >&2
        return 1
    fi
    printf '  %s %s: %s\n' "$1" "$2" "$(printf '%s\n' "$said" | tail -n 1 | tr -s ' ')"
}

echo "Sample apps in $replica"
run model apply "$samples/oakland/model.json"
run load budget --map "$samples/oakland/map.json" "$samples"/oakland/*.csv.zst
run model apply "$samples/foodmart/ledger.model.json"
run load ledger --map "$samples/foodmart/expense.map.json" "$samples/foodmart/expense_fact.json.zst"
run load ledger --map "$samples/foodmart/currency.map.json" "$samples/foodmart/currency.json.zst"
run load ledger --map "$samples/foodmart/sales-ledger.map.json" "$samples/foodmart/sales_fact_1997.csv.zst"
run model apply "$samples/foodmart/sales.model.json"
run load sales --map "$samples/foodmart/sales.map.json" "$samples/foodmart/sales_fact_1997.csv.zst"
