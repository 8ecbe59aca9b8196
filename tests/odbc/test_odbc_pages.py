#!/usr/bin/env python3
"""Runs the Python of the reference pages on connecting and on types: each page in one process with pyodbc, over a data source
`quantatom-samples` with the budgets. The pages' own asserts say what must come out."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import driver  # noqa: E402

PAGES = ["docs/reference/odbc-connection.md", "docs/reference/odbc-types.md"]
SAMPLES = driver.SOURCE / "rest-gateway/samples/oakland"


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if subprocess.run([sys.executable, "-c", "import pyodbc"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("pyodbc is not installed")
        cls.folder = tempfile.TemporaryDirectory(prefix="qa_odbc_pages_")
        replica = pathlib.Path(cls.folder.name) / "replica"
        driver.tool(replica, "model", "apply", SAMPLES / "model.json")
        driver.tool(replica, "load", "budget", "--map", SAMPLES / "map.json", *sorted(SAMPLES.glob("*.csv.zst")))
        entry = f"[quantatom-samples]\nDriver={driver.DRIVER}\nReplica={replica}\nApp=budget\n"
        (pathlib.Path(cls.folder.name) / "odbc.ini").write_text(entry, encoding="utf-8")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_python_of_the_pages_runs(self):
        environment = dict(driver.environment(), ODBCINI=os.path.join(self.folder.name, "odbc.ini"))
        for page in PAGES:
            found = re.findall(r"^```python\n(.*?)^```", (driver.SOURCE / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
            self.assertGreaterEqual(len(found), 2, page)
            with self.subTest(page=page):
                run = subprocess.run([sys.executable, "-c", "\n".join(found)], env=environment, capture_output=True, text=True,
                                     timeout=600)
                self.assertEqual(run.returncode, 0, run.stderr[-3000:])


if __name__ == "__main__":
    unittest.main()
