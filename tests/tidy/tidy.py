#!/usr/bin/env python3
"""Checks what a machine can check of the rules of this project: tidy.py [SOURCE_FOLDER].

Prints each finding as `file:line: rule: what` and exits 1 if there is one. Python's own library only. What it must
never do: change a file.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

# Each room includes only what stands left of it.
ROOMS = ("base platform kernel model log store access query spread plan reducer history script sync lattice").split()
GATEWAY_ROOMS = "model load tool".split()
ROOT_ENTRIES = set("core odbc-driver excel-xll rest-gateway sql tests installers docs CMakeLists.txt README.md "
                   "CMakePresets.json LICENSE".split())
SKIPPED_FOLDERS = {"build", ".git", "__pycache__", "node_modules"}
TEXT_SUFFIXES = {".c", ".h", ".def", ".inc", ".py", ".sh", ".md", ".txt", ".json", ".cmake", ".svg", ""}
COLUMNS_MAX = {".c": 110, ".h": 110, ".def": 140, ".py": 140, ".sh": 140}
FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 800  # a test file is a list, read one entry at a time
FUNCTION_LINES_MAX = 70
FORBIDDEN_CALLS = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|atoll|atof|gets|strtok|setlocale)\s*\(")
ALLOCATION_CALLS = re.compile(r"(?<![\w>.])(malloc|calloc|realloc|free|strdup|strndup|asprintf)\s*\(")
ALLOCATION_PLACES = ("core/src/platform/", "core/src/base/memory.c")
# The core needs the C library; the system and OpenSSL stand behind platform/.
CORE_HEADERS = set("assert.h errno.h inttypes.h limits.h math.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h "
                   "stdint.h stdio.h stdlib.h string.h immintrin.h arm_neon.h".split())
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK|T" r"BD)\b")
NAMED_PAGES = re.compile(r"\bdocs/[\w/.-]+\.md\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:work|root|home|tmp/q)/[\w.-]*")
EXAMPLE_PATHS = {"/home/ada"}  # the user of the examples in headers and pages


class Findings:
    def __init__(self, root):
        self.root, self.lines = root, []

    def add(self, path, line, rule, words):
        self.lines.append(f"{path.relative_to(self.root)}:{line}: {rule}: {words}")


def project_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            yield pathlib.Path(folder) / name


def without_comments(text):
    """Comments, strings and characters become blanks, so that lines and columns stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def matches_by_line(pattern, text):
    for number, line in enumerate(text.split("\n"), 1):
        for match in pattern.finditer(line):
            yield number, match


def check_root(root, findings):
    for entry in sorted(root.iterdir()):
        if entry.name.startswith(".") or entry.name in SKIPPED_FOLDERS or entry.name in ROOT_ENTRIES:
            continue
        findings.add(entry, 1, "root", "the root holds only: " + " ".join(sorted(ROOT_ENTRIES)))


def check_text(path, text, findings):
    limit = COLUMNS_MAX.get(path.suffix)
    for number, line in enumerate(text.split("\n"), 1):
        if limit and len(line) > limit:
            findings.add(path, number, "columns", f"{len(line)} columns, at most {limit}")
        if line.endswith((" ", "\t")) and path.suffix not in {".md", ""}:
            findings.add(path, number, "blanks", "blanks at the end of the line")
    for number, match in matches_by_line(LEFT_OVER, text):
        findings.add(path, number, "left-over", match.group())
    for number, match in matches_by_line(MACHINE_PATHS, text):
        if match.group() not in EXAMPLE_PATHS:
            findings.add(path, number, "machine-path", match.group())


def check_c_shape(path, name, text, findings):
    lines, limit = text.count("\n"), TEST_FILE_LINES_MAX if name.startswith("tests/") else FILE_LINES_MAX
    if lines > limit:
        findings.add(path, lines, "file-length", f"{lines} lines, at most {limit}")
    if not text.startswith("/*"):
        findings.add(path, 1, "first-comment", "a file begins with a comment that says what it does")
    if path.suffix == ".h":
        guard = re.search(r"^#ifndef (\w+_H)\n#define (\w+)$", text, re.MULTILINE)
        if guard is None or guard.group(1) != guard.group(2):
            findings.add(path, 1, "guard", "no header guard")
    start = None
    for number, line in enumerate(text.split("\n"), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES_MAX:
                findings.add(path, start, "function-length",
                             f"{number - start - 1} lines, at most {FUNCTION_LINES_MAX}")
            start = None


def check_calls(path, name, text, findings):
    code = without_comments(text)
    for number, match in matches_by_line(FORBIDDEN_CALLS, code):
        findings.add(path, number, "forbidden-call", match.group(1))
    if name.startswith("core/") and not name.startswith(ALLOCATION_PLACES):
        for number, match in matches_by_line(ALLOCATION_CALLS, code):
            findings.add(path, number, "allocation", f"{match.group(1)}: memory comes from the caller's allocator")


def check_core_include(root, path, name, number, target, is_system, findings):
    is_public = name.startswith("core/include/")
    if is_system:
        if target not in CORE_HEADERS and not name.startswith("core/src/platform/"):
            findings.add(path, number, "include", f"<{target}> belongs behind platform/")
        return
    room = target.split("/")[0]
    if room == "qa":
        if not (root / "core/include" / target).exists():
            findings.add(path, number, "include", f'there is no public header "{target}"')
    elif is_public:
        findings.add(path, number, "include", f'a public header includes only public ones, not "{target}"')
    elif "/" not in target or not (root / "core/src" / target).exists():
        findings.add(path, number, "include", f'"{target}" is not room/file below core/src')
    else:
        own = name.split("/")[2]
        if own not in ROOMS or room not in ROOMS:
            findings.add(path, number, "include", f'"{room if own in ROOMS else own}" is not a room of the core')
        elif ROOMS.index(room) > ROOMS.index(own):
            findings.add(path, number, "direction", f'{own} may not include {room} ("{target}")')


def check_gateway_include(root, path, name, number, target, findings):
    room, own = target.split("/")[0], name.split("/")[1]
    if room == "qa":
        return
    if room not in GATEWAY_ROOMS or not (root / "rest-gateway" / target).exists():
        findings.add(path, number, "include", f'"{target}" is neither a public header nor a room of the gateway')
    elif own in GATEWAY_ROOMS and GATEWAY_ROOMS.index(room) > GATEWAY_ROOMS.index(own):
        findings.add(path, number, "direction", f'{own} may not include {room} ("{target}")')


def check_named_pages(root, path, text, findings):
    for number, match in matches_by_line(NAMED_PAGES, text):
        if not (root / match.group()).exists():
            findings.add(path, number, "page", f"{match.group()} does not exist")


def check_includes(root, path, name, text, findings):
    for number, match in matches_by_line(re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]'), text):
        is_system, target = match.group(1) == "<", match.group(2)
        if name.startswith("core/"):
            check_core_include(root, path, name, number, target, is_system, findings)
        elif name.startswith("rest-gateway/") and not is_system:
            check_gateway_include(root, path, name, number, target, findings)


def public_functions(text):
    """(line, name, whether a comment stands before it or before the group of lines that it belongs to)."""
    lines = text.split("\n")
    is_commented, is_comment, depth, pending = False, False, 0, ""
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if is_comment or stripped.startswith("/*"):
            is_comment = "*/" not in stripped
            if depth == 0:
                is_commented = True
            continue
        if not stripped:
            is_commented, pending = is_commented and bool(pending), pending
            continue
        if stripped.startswith("#"):
            continue
        code = re.sub(r"/\*.*?\*/", "", line)
        has_tail = "/*" in line
        is_comment = has_tail and "*/" not in line
        if depth == 0:
            pending += " " + code.strip()
        depth += code.count("{") - code.count("}")
        if depth == 0 and (";" in code or code.strip() == "}"):
            match = re.match(r"(?!typedef|static|extern)[\w\s*]+?\b(qa_\w+)\s*\(", pending.strip())
            if match and "{" not in pending.split("(")[0]:
                yield number, match.group(1), is_commented or has_tail
            pending = ""


def check_public_functions(root, findings):
    sources = "\n".join(without_comments(path.read_text(encoding="utf-8"))
                        for path in sorted((root / "core/src").rglob("*.c")))
    defined = set(re.findall(r"^(?!static)[A-Za-z][\w\s*]*?\b(qa_\w+)\s*\([^;{]*\)\s*\n\{", sources, re.MULTILINE))
    for header in sorted((root / "core/include/qa").glob("*.h")):
        for number, name, is_commented in public_functions(header.read_text(encoding="utf-8")):
            if not is_commented:
                findings.add(header, number, "undocumented", f"{name} has no comment")
            if name not in defined:
                findings.add(header, number, "undefined", f"{name} is declared but not defined")


# What the examples in the headers take as given: handles, ids and visitors of the reader's own program.
EXAMPLE_PRELUDE = """
extern qa_connection_t *connection; extern qa_lattice_options_t options; extern qa_error_t error;
extern qa_dimension_t account, period, department; extern qa_member_t all, fire, *accounts, *periods, *coordinate;
extern qa_member_t *coordinates; extern qa_value_t value, *values; extern qa_receipt_t receipt;
extern uint16_t dimension_count; extern uint32_t file; extern uint64_t line_number; extern size_t bytes;
extern char text[QA_DECIMAL_TEXT_BYTES];
qa_status_t print_change(void *context, const qa_history_entry_t *entry);
qa_status_t print_entry(void *context, const qa_history_entry_t *entry);
int example(void);
int example(void)
{
"""


def header_example(text):
    """The program in the first comment of a header: its lines that are indented by four more blanks."""
    comment = text[:text.index("*/")].split("\n")
    return [line[7:] for line in comment if line.startswith(" *     ")]


def check_examples(root, compiler, findings):
    headers = sorted((root / "core/include/qa").glob("*.h"))
    includes = "#include <stdio.h>\n" + "".join(f'#include "qa/{header.name}"\n' for header in headers)
    for header in headers:
        example = header_example(header.read_text(encoding="utf-8"))
        program = includes + EXAMPLE_PRELUDE + "\n".join(example) + "\nreturn 0;\n}\n"
        run = subprocess.run([compiler, "-std=c11", "-fsyntax-only", "-Werror=implicit-function-declaration", "-x", "c",
                              "-Werror=incompatible-pointer-types", "-Werror=int-conversion", "-I",
                              str(root / "core/include"), "-"], input=program, stderr=subprocess.PIPE,
                             universal_newlines=True)
        if run.returncode != 0:
            words = [line for line in run.stderr.split("\n") if "error:" in line]
            findings.add(header, 1, "example", words[0].split("error:")[1].strip() if words else run.stderr)


def check_headers_compile(root, findings):
    """Every public header can be included first and alone, and the example in it is a program."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return
    check_examples(root, compiler, findings)
    for header in sorted((root / "core/include/qa").glob("*.h")):
        run = subprocess.run([compiler, "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-x", "c", "-",
                              "-I", str(root / "core/include")],
                             input=f'#include "qa/{header.name}"\nint qa_tidy_unit;\n',
                             stderr=subprocess.PIPE, universal_newlines=True)
        if run.returncode != 0 or run.stderr:
            findings.add(header, 1, "header", "does not compile alone: " + run.stderr.split("\n")[0])


def check_dead_files(root, findings):
    """A header, table or generated part that nothing includes."""
    included = set()
    for folder in ("core", "rest-gateway", "tests"):
        for path in (root / folder).rglob("*"):
            if path.suffix in {".c", ".h", ".inc", ".def"}:
                included |= set(re.findall(r'#\s*include\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    names = {target.rsplit("/", 1)[-1] for target in included}
    for folder in ("core/src", "rest-gateway"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".inc", ".def"} and path.name not in names:
                findings.add(path, 1, "dead-file", "nothing includes it")


def check_generated(root, findings):
    for folder in ("core/src", "docs"):
        for script in sorted((root / folder).rglob("*.py")):
            if "--check" not in script.read_text(encoding="utf-8"):
                continue
            run = subprocess.run([sys.executable, str(script), "--check"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, universal_newlines=True)
            if run.returncode != 0:
                findings.add(script, 1, "generated", run.stdout.strip().split("\n")[-1])


def check_links(root, findings):
    """Links between pages lead somewhere."""
    for page in sorted(root.rglob("*.md")):
        if SKIPPED_FOLDERS & set(page.relative_to(root).parts):
            continue
        text = re.sub(r"```.*?```", lambda match: "\n" * match.group().count("\n"),
                      page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for number, match in matches_by_line(re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)"), text):
            if "://" not in match.group(1) and not (page.parent / match.group(1)).exists():
                findings.add(page, number, "link", f"{match.group(1)} does not exist")


def check_format(root, files, findings):
    tool = shutil.which("clang-format")
    if tool is None:
        print("tidy: clang-format is not installed, the layout was not checked")
        return
    version = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout
    if "version 14." not in version:
        print(f"tidy: another clang-format lays out otherwise than 14, the layout was not checked: {version.strip()}")
        return
    run = subprocess.run([tool, "--dry-run", "-Werror", "--ferror-limit=1", *map(str, files)], cwd=root,
                         stderr=subprocess.PIPE, universal_newlines=True)
    for match in re.finditer(r"^(.+?):(\d+):\d+: error: code should be clang-formatted", run.stderr, re.MULTILINE):
        findings.add(pathlib.Path(match.group(1)), int(match.group(2)), "layout", "run clang-format -i")


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parents[2]).resolve()
    findings, c_files = Findings(root), []
    check_root(root, findings)
    for path in project_files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix not in TEXT_SUFFIXES or name.startswith("tests/fuzz/corpus/"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            if path.suffix:
                findings.add(path, 1, "encoding", "not UTF-8")
            continue
        check_text(path, text, findings)
        if path.suffix in {".c", ".h"}:
            c_files.append(path)
            check_c_shape(path, name, text, findings)
            check_calls(path, name, text, findings)
        if path.suffix in {".c", ".h", ".def"}:
            check_includes(root, path, name, text, findings)
            check_named_pages(root, path, text, findings)
    check_public_functions(root, findings)
    check_headers_compile(root, findings)
    check_dead_files(root, findings)
    check_generated(root, findings)
    check_links(root, findings)
    check_format(root, c_files, findings)
    for line in findings.lines:
        print(line)
    print(f"tidy: {len(findings.lines)} findings in {len(c_files)} C files and headers")
    return 1 if findings.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
