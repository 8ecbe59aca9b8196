#!/usr/bin/env python3
"""Makes docs/limits.md from core/include/qa/limits.h. With --check: only compares."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "core/include/qa/limits.h"
PAGE = ROOT / "docs/limits.md"

HEAD = """# Limits

Made from `core/include/qa/limits.h` by `docs/reference/make_limits.py`; do not edit it here.

A limit that is met is an error that names the thing and the limit; nothing is cut silently.

| name | value | why |
|---|---|---|
"""


def readable(number):
    for factor, unit in ((1 << 30, "Gi"), (1 << 20, "Mi")):
        if number >= factor and number % factor == 0:
            return f"{number:,} ({number // factor} {unit})"
    return f"{number:,}"


def page():
    text = HEADER.read_text(encoding="utf-8")
    body = text[text.index("enum {") + 6:text.rindex("};")]
    # A comment speaks for the constants that follow it until the next comment.
    rows, known, why = [], {}, ""
    for comment, name, expression in re.findall(r"/\*(.*?)\*/|(QA_\w+)\s*=\s*([^,\n]+)", body, re.DOTALL):
        if comment:
            why = " ".join(re.sub(r"\n\s*\*", " ", comment).replace("|", "\\|").split())
            continue
        value = eval(expression, {"__builtins__": {}}, dict(known))  # integers and operators of our own header
        known[name] = value
        rows.append(f"| `{name}` | {readable(value)} | {why} |\n")
    return HEAD + "".join(rows)


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
