"""Runs the SQL, Python and shell examples of the pages on SQL and ODBC, each page on samples of its own.

A block fenced as ```sql holds statements, each ending with ; at the end of a line or with the block. The blocks of a page run in the
order of the page in one session of `quantatom sql -`. Behind the word sql may stand
  app=NAME           another app than budget for names without one: a session beside the first
  error=QA_STATUS    the last statement of the block is refused with that status
  parameters=A,B     texts for the ? of its only statement, which then runs through pyodbc
A block fenced as ```text right behind is what is printed; … in it stands for any text within a line, a line of only … for any lines.
Blocks fenced as ```python run in one process with pyodbc, the lines with `$ ` of those fenced as ```console in a shell; both see the
data source quantatom-samples. Environment: QA_TOOL, QA_DRIVER, QA_SOURCE_DIR."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "odbc"))
import driver  # noqa: E402
from test_pages import commands, pattern  # noqa: E402

SOURCE = driver.SOURCE
MARK = "end of block"
PAGES = sorted(str(page.relative_to(SOURCE)) for folder, names in (("docs/reference", "sql-*.md"), ("docs/reference", "odbc-*.md"),
                                                                   ("docs/how-to", "*.md")) for page in (SOURCE / folder).glob(names))


class Block:
    def __init__(self, number, fence):
        self.number, self.lines, self.output = number, [], None
        self.language, _, more = fence.partition(" ")
        self.options = dict(word.split("=", 1) for word in more.split()) if self.language == "sql" else {}

    @property
    def text(self):
        return "\n".join(self.lines)


def blocks(page):
    """The fenced blocks of a page; what a block prints stands in a ```text block behind it, with nothing between them."""
    block, last = None, None
    for number, line in enumerate((SOURCE / page).read_text(encoding="utf-8").split("\n"), 1):
        if block is None and line.startswith("```"):
            block = Block(number, line[3:].strip())
        elif block is not None and line == "```":
            if block.language == "text" and last is not None:
                last.output, last = block.text, None
            else:
                last = block
                yield block
            block = None
        elif block is not None:
            block.lines.append(line)
        elif line.strip():
            last = None


class SqlPages(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.samples = pathlib.Path(tempfile.mkdtemp(prefix="qa-sql-pages-"))
        subprocess.run(["sh", str(SOURCE / "installers/make-samples.sh"), driver.TOOL, str(cls.samples / "samples")], check=True,
                       stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.samples)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-sql-page-"))
        self.replica_count = 0
        self.replica = self.new_replica()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def new_replica(self):
        self.replica_count += 1
        return shutil.copytree(self.samples / "samples", self.folder / f"replica{self.replica_count}")

    def session(self, replica, app, statements):
        return subprocess.run([driver.TOOL, "--replica", str(replica), "sql", "--app", app, "-"], input=statements, capture_output=True,
                              text=True, timeout=600)

    def check_output(self, shown, expected, where):
        shown = "\n".join(line.rstrip() for line in shown.rstrip().split("\n"))
        if not pattern(expected.rstrip()).match(shown + "\n"):
            self.assertEqual(shown, expected, where)

    @staticmethod
    def script(done):
        return "".join(f"{block.text.rstrip().rstrip(';')};\nSELECT '{MARK} {block.number}' AS mark;\n" for block in done)

    def run_session(self, page, app, found):
        """The blocks that succeed in one session; each that fails behind those before it, in samples of its own."""
        fine = [block for block in found if "error" not in block.options]
        run = self.session(self.replica, app, self.script(fine))
        rest = run.stdout
        for block in fine:
            shown, mark, rest = rest.partition(f"mark\n{MARK} {block.number}\n")
            self.assertTrue(mark, f"{page}:{block.number}: {block.text}\n{run.stderr}{shown}")
            if block.output is not None:
                self.check_output(shown, block.output, f"{page}:{block.number}")
        self.assertEqual(run.returncode, 0, f"{page}: {run.stderr}")
        for block in found:
            if "error" not in block.options:
                continue
            before = [other for other in fine if other.number < block.number]
            run = self.session(self.new_replica(), app, self.script(before) + block.text.rstrip().rstrip(";") + ";\n")
            where = f"{page}:{block.number}: {block.text}"
            if before:
                self.assertIn(f"{MARK} {before[-1].number}\n", run.stdout, where)
            self.assertEqual((run.returncode, re.findall(r"\[(QA_\w+)\]$", run.stderr.rstrip())), (1, [block.options["error"]]),
                             f"{where}\n{run.stderr}")
            if block.output is not None:
                self.check_output(run.stderr.replace("quantatom: ", ""), block.output, where)

    def run_with_parameters(self, page, app, block):
        values = block.options["parameters"].split(",")
        lines = ["import pyodbc", f"c = pyodbc.connect({driver.connection_string(str(self.replica), App=app)!r}, autocommit=True)",
                 f"cursor = c.execute({block.text.rstrip().rstrip(';')!r}, {values!r})",
                 "if cursor.description:", "    for row in cursor.fetchall():", "        print(*row, sep='  ')"]
        run = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, env=driver.environment(),
                             timeout=600)
        self.assertEqual(run.returncode, 0, f"{page}:{block.number}: {run.stderr}")
        if block.output is not None:
            self.check_output(run.stdout, block.output, f"{page}:{block.number}")

    def run_page(self, page):
        apps = {}
        for block in blocks(page):
            if block.language != "sql":
                continue
            app = block.options.get("app", "budget")
            if "parameters" in block.options:
                self.run_with_parameters(page, app, block)
            else:
                apps.setdefault(app, []).append(block)
        for app, found in apps.items():
            self.run_session(page, app, found)
        return sum(len(found) for found in apps.values())

    def test_the_sql_of_every_page_runs(self):
        counts = {}
        for page in PAGES:
            with self.subTest(page=page):
                self.tearDown()
                self.setUp()
                counts[page] = self.run_page(page)
        self.assertGreaterEqual(sum(counts.values()), 12, counts)

    # The page on connecting: a user's shell and Python, with the driver and the data source registered by our script.

    def environment_of_user(self):
        home = self.folder / "home"
        environment = dict(driver.register(home, self.replica), TZ="UTC", COLUMNS="110")
        (home / "bin/quantatom").symlink_to(driver.TOOL)
        (home / ".local/share/quantatom").mkdir(parents=True)
        (home / ".local/share/quantatom/samples").symlink_to(self.replica)
        return environment

    def test_what_the_page_on_connecting_types_in_a_shell_prints_what_it_says(self):
        page, count = "docs/how-to/connect-odbc.md", 0
        environment = self.environment_of_user()
        if shutil.which("isql") is None:
            self.skipTest("isql is not installed")
        for number, command, expected in commands(SOURCE / page):
            run = subprocess.run(["sh", "-c", command], cwd=environment["HOME"], env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=600)
            self.check_output(run.stdout, expected, f"{page}:{number}: $ {command}")
            count += 1
        self.assertGreaterEqual(count, 5)

    def test_the_python_of_the_page_on_connecting_prints_what_it_says(self):
        page = "docs/how-to/connect-odbc.md"
        environment = self.environment_of_user()
        if subprocess.run([sys.executable, "-c", "import pyodbc"], capture_output=True).returncode != 0:
            self.skipTest("pyodbc is not installed")
        found = [block for block in blocks(page) if block.language == "python"]
        script = "\n".join(f"{block.text}\nprint('{MARK} {block.number}')" for block in found)
        run = subprocess.run([sys.executable, "-c", script], cwd=environment["HOME"], env=environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=600)
        rest = run.stdout
        for block in found:
            shown, mark, rest = rest.partition(f"{MARK} {block.number}\n")
            self.assertTrue(mark, f"{page}:{block.number}\n{run.stderr[-3000:]}{shown}")
            self.check_output(shown, block.output or "", f"{page}:{block.number}")
        self.assertEqual(run.returncode, 0, run.stderr[-3000:])
        self.assertGreaterEqual(len(found), 4)


if __name__ == "__main__":
    unittest.main()
