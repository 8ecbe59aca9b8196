"""Runs what the pages tell people to type, and compares what they are told to see.

A page shows a command as a line that begins with `$ ` in a block (fenced as ```console, or indented by four blanks);
the lines behind it, up to the next command or the end of the block, are what is printed. There `…` stands for any text
within a line, and a line of only `…` for any lines. Each page gets new samples, and the data source quantatom-samples.
Environment: QA_TOOL, QA_DRIVER, QA_SOURCE_DIR."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "odbc"))
import driver  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("QA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = os.environ.get("QA_TOOL", str(SOURCE / "build/release/rest-gateway/quantatom"))
SHOWN_TOOL = "build/release/rest-gateway/quantatom"


def blocks(page):
    """(line number, lines) of each block that shows commands."""
    fenced, indented, start = None, [], 0
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n") + ["the end"], 1):
        if fenced is not None:
            if line.strip() == "```":
                yield start, fenced
                fenced = None
            else:
                fenced.append(line)
        elif line.strip() == "```console":
            fenced, start = [], number
        elif line.startswith("    ") or (indented and not line.strip()):
            if not indented:
                start = number - 1
            indented.append(line[4:])
        else:
            if indented and indented[0].startswith("$ "):
                yield start, indented
            indented = []


def commands(page):
    """(line number, command, expected output) in the order of the page."""
    for start, lines in blocks(page):
        found = []
        for number, line in enumerate(lines, start + 1):
            if line.startswith("$ "):
                found.append((number, [line[2:]], []))
            elif found and not found[-1][2] and found[-1][1][-1].endswith("\\"):
                found[-1][1].append(line)
            elif found:
                found[-1][2].append(line)
        for number, command, output in found:
            yield number, "\n".join(command), "\n".join(output).rstrip()


def pattern(expected):
    parts = []
    for line in expected.split("\n"):
        parts.append(r"(?:.*\n)*?" if line.strip() == "…" else
                     ".*?".join(re.escape(piece) for piece in line.rstrip().split("…")) + r"[ \t]*\n")
    return re.compile("".join(parts) + r"\Z")


class Pages(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-pages-"))
        # The page is read in the source folder; what its commands write goes to a folder of the test.
        self.environment = dict(os.environ, XDG_DATA_HOME=str(self.folder / "data"), COLUMNS="110", TZ="UTC")
        (self.folder / SHOWN_TOOL).parent.mkdir(parents=True)
        (self.folder / SHOWN_TOOL).symlink_to(TOOL)
        (self.folder / "bin").mkdir()  # the alias of the tutorial
        (self.folder / "bin/quantatom").symlink_to(TOOL)
        self.environment["PATH"] = f"{self.folder}/bin:{os.environ['PATH']}"
        if pathlib.Path(driver.DRIVER).is_file():
            user = driver.register(self.folder / "home", self.folder / "data/quantatom/samples")
            self.environment.update({key: value for key, value in user.items() if key.startswith("ODBC") or key == "LC_ALL"})
            preload = user.get("LD_PRELOAD")
            if preload:  # the tool has the runtime in it already: only foreign programs are given it
                (self.folder / "bin/isql").write_text(f'#!/bin/sh\nLD_PRELOAD={preload} ASAN_OPTIONS=detect_leaks=0 exec '
                                                      f'{shutil.which("isql")} "$@"\n', encoding="utf-8")
                (self.folder / "bin/isql").chmod(0o755)
        for name in ("installers", "rest-gateway", "docs"):
            (self.folder / name).symlink_to(SOURCE / name)
        subprocess.run(["sh", str(SOURCE / "installers/make-samples.sh"), TOOL], check=True, env=self.environment,
                       stdout=subprocess.DEVNULL)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_page(self, name, count_min):
        count = 0
        for number, command, expected in commands(SOURCE / name):
            run = subprocess.run(["sh", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
            shown = "\n".join(line.rstrip() for line in run.stdout.rstrip().split("\n"))
            if not pattern(expected).match(shown + "\n"):
                self.assertEqual(shown, expected, f"{name}:{number}: $ {command}")
            count += 1
        self.assertGreaterEqual(count, count_min, f"{name} shows fewer commands than expected")

    def test_the_things_to_try_print_what_they_say(self):
        self.run_page("installers/things-to-try.txt", 6)

    def test_the_readme_shows_the_things_to_try(self):
        things = (SOURCE / "installers/things-to-try.txt").read_text(encoding="utf-8")
        things = things.split("\n", 2)[2]  # without its title
        self.assertIn(things, (SOURCE / "README.md").read_text(encoding="utf-8"))

    def test_the_tutorial_prints_what_it_says(self):
        self.run_page("docs/tutorials/first-budget.md", 8)


if __name__ == "__main__":
    unittest.main()
