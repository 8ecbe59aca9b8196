#!/usr/bin/env python3
"""Makes docs/reference/errors.md from core/include/qa/status_codes.def. With --check: only compares."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "core/include/qa/status_codes.def"
PAGE = ROOT / "docs/reference/errors.md"
ROW = re.compile(r'^QA_STATUS\((\w+),\s*(\d+),\s*"(\w{5})",\s*(\d+),\s*"([^"]*)",\s*"([^"]*)"\)', re.MULTILINE)

HEAD = """# Errors

Made from `core/include/qa/status_codes.def` by `docs/reference/make_errors.py`; do not edit it here.

Every fallible call returns one of these. The words that come with it name the thing, the limit and the next step;
the tool prints them with the name in brackets, as in `quantatom: there is no app "budgte" … [QA_APP_NOT_FOUND]`.
Numbers are stable: they are only appended. SQLSTATE is what the ODBC driver answers, with the number as the native
code; HTTP and Excel are for the gateway and the add-in, which are not built yet.

| name | number | SQLSTATE | HTTP | Excel | meaning |
|---|---|---|---|---|---|
"""


def page():
    rows = ROW.findall(TABLE.read_text(encoding="utf-8"))
    if len(rows) != TABLE.read_text(encoding="utf-8").count("\nQA_STATUS("):
        raise SystemExit(f"{TABLE}: a row does not have the form that this script knows")
    lines = []
    for name, number, sqlstate, http, excel, text in rows:
        shown = f"`{excel}`" if excel else ""
        lines.append(f"| `QA_{name}` | {number} | {sqlstate} | {http} | {shown} | {text} |\n")
    return HEAD + "".join(lines)


def main():
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            print(f"{PAGE}: is not what {pathlib.Path(__file__).name} makes; run it")
            return 1
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
