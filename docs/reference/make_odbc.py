#!/usr/bin/env python3
"""Writes the tables in odbc-connection.md and odbc-types.md from those of odbc-driver/parts. With --check: only compares.

A table stands between `<!-- made from NAME -->` and `<!-- end -->`; the words around it are written by hand."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ROOT / "odbc-driver/parts"
PAGES = [ROOT / "docs/reference/odbc-connection.md", ROOT / "docs/reference/odbc-types.md"]
MARKED = re.compile(r"(<!-- made from (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rows(name, macro):
    """The arguments of each row of a table, quotes taken off; strings that stand side by side are one."""
    text = re.sub(r"/\*.*?\*/", "", (PARTS / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    found = []
    for body in re.findall(r"^" + macro + r'\(((?:"(?:\\.|[^"\\])*"|[^"])*?)\)$', text, re.MULTILINE):
        found.append([word.strip().strip('"') for word in re.findall(r'\s*("(?:\\.|[^"\\])*"|[^,"]+)\s*(?:,|$)', body)])
    if len(found) != text.count("\n" + macro + "("):
        raise SystemExit(f"{name}: a row does not have the form that this script knows")
    return found


def keywords():
    kinds = {"IGNORED": "", "SECRET": "", "TEXT": "text", "FLAG": "", "SECONDS": "", "CHOICE": "", "LATER": ""}
    lines = ["| keyword | also | values | without it | meaning |\n", "|---|---|---|---|---|\n"]
    for _, name, aliases, kind, values, fallback, text in rows("keywords.def", "QA_ODBC_KEYWORD"):
        also = ", ".join(f"`{alias}`" for alias in aliases.split("|") if alias)
        taken = ", ".join(f"`{value}`" for value in values.split("|") if value) or kinds[kind]
        taken = values if kind == "SECONDS" else taken
        lines.append(f"| `{name}` | {also} | {taken} | {f'`{fallback}`' if fallback else ''} | {text} |\n")
    return "".join(lines)


def types():
    lines = ["| name | SQL type | largest size | scale | default C type | parameters | literal |\n", "|---|---|---|---|---|---|---|\n"]
    for code, _, _, c_type, name, prefix, suffix, size, parameters, _, least, most, _ in rows("sql_types.def", "QA_ODBC_TYPE"):
        scale = "" if least == "NONE" else least if least == most else f"{least} to {most}"
        literal = f"`{prefix}…{suffix}`" if prefix else ""
        lines.append(f"| `{name}` | `{code}` | {size} | {scale} | `{c_type}` | {parameters} | {literal} |\n")
    return "".join(lines)


def outcomes():
    lines = ["| SQLSTATE | | when |\n", "|---|---|---|\n"]
    for name, value, sqlstate, text in rows("outcomes.def", "QA_ODBC_OUTCOME"):
        if name in ("OK", "NO_MORE", "AT_EXECUTION"):
            continue
        lines.append(f"| {sqlstate} | {'warning' if int(value) < 10 else 'error'} | {text} |\n")
    return "".join(lines)


TABLES = {"keywords.def": keywords, "sql_types.def": types, "outcomes.def": outcomes}


def main():
    status = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        made = MARKED.sub(lambda match: match.group(1) + TABLES[match.group(2)]() + match.group(3), text)
        if "--check" not in sys.argv[1:]:
            page.write_text(made, encoding="utf-8")
        elif made != text:
            print(f"{page}: is not what {pathlib.Path(__file__).name} makes; run it")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
