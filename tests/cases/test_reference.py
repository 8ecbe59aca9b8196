"""Runs the examples of the reference pages tool.md and query.md, each page on a replica of its own, and compares what
is printed. A line `$ …` in a block fenced as ```console is a command; what follows is its output, in which `…` stands
for any text within a line. The JSON of model-file.md is applied. Environment: QA_TOOL, QA_SOURCE_DIR."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("QA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = os.environ.get("QA_TOOL", str(SOURCE / "build/release/rest-gateway/quantatom"))


def fenced(page, language):
    """(line number, lines) of each block fenced with that language."""
    block, start = None, 0
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        if block is None and line == "```" + language:
            block, start = [], number
        elif block is not None and line == "```":
            yield start, block
            block = None
        elif block is not None:
            block.append(line)


def commands(page):
    for start, lines in fenced(page, "console"):
        found = []
        for number, line in enumerate(lines, start + 1):
            if line.startswith("$ "):
                found.append((number, line[2:], []))
            else:
                found[-1][2].append(line)
        yield from found


class Reference(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-reference-"))
        (self.folder / "docs").symlink_to(SOURCE / "docs")
        (self.folder / "bin").mkdir()
        (self.folder / "bin/quantatom").symlink_to(TOOL)
        self.environment = dict(os.environ, XDG_DATA_HOME=str(self.folder / "data"),
                                PATH=f"{self.folder}/bin:{os.environ['PATH']}")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def shell(self, command):
        run = subprocess.run(["sh", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return [line.rstrip() for line in run.stdout.decode("utf-8").rstrip("\n").split("\n")]

    def run_page(self, name, count_min):
        count = 0
        for number, command, expected in commands(SOURCE / "docs/reference" / name):
            shown = self.shell(command)
            lines = ["".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", line))
                     for line in expected]
            matches = len(lines) == len(shown) and all(re.fullmatch(a, b) for a, b in zip(lines, shown))
            if not matches:
                self.assertEqual("\n".join(shown), "\n".join(expected), f"{name}:{number}: $ {command}")
            count += 1
        self.assertGreaterEqual(count, count_min, f"{name} shows fewer examples than expected")

    def test_the_examples_of_the_tool_print_what_the_page_shows(self):
        self.run_page("tool.md", 20)

    def test_the_examples_of_queries_print_what_the_page_shows(self):
        self.run_page("query.md", 12)

    def test_the_models_of_the_page_of_the_model_file_can_be_applied(self):
        count = 0
        for number, lines in fenced(SOURCE / "docs/reference/model-file.md", "json"):
            model = json.loads("\n".join(lines))
            if "app" not in model:
                model = {"app": "example", "dimensions": [model]}
            count += 1
            path = self.folder / f"example{count}.json"
            path.write_text(json.dumps(model), encoding="utf-8")
            shown = self.shell(f"quantatom model apply {path.name} --app example{count} | tail -1")
            self.assertRegex(shown[0], r"^offset 1: 0 values changed, \d+ facts", f"model-file.md:{number}")
        self.assertGreaterEqual(count, 2)

    def test_every_command_has_its_help_and_its_place_on_the_page(self):
        page = (SOURCE / "docs/reference/tool.md").read_text(encoding="utf-8")
        overview = self.shell("quantatom --help")
        names = [re.match(r"  ([a-z]+(?: [a-z]+)?)  ", line).group(1)
                 for line in overview[overview.index("Commands:") + 1:overview.index("Options of every command:") - 1]]
        self.assertIn("model apply", names)
        for name in names:
            self.assertRegex(page, rf"(?m)^###.*\b{name}\b", f"tool.md does not explain {name}")
            self.assertTrue(self.shell(f"quantatom {name} --help")[0].startswith(f"usage: quantatom {name}"))


if __name__ == "__main__":
    unittest.main()
