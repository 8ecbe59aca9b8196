"""Many processes on one replica folder: nothing acknowledged is lost, killed writers block nobody, and a hung one is named."""
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

TOOL = os.environ["QA_TOOL"]
MODEL = """{ "app": "plan", "dimensions": [
  { "name": "Cell", "members": [ { "code": "All", "children": [ %s ] } ] },
  { "name": "Account", "kind": "measure", "members": [ "Amount" ] } ] }"""


class Processes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="qa-processes-")
        self.replica = os.path.join(self.folder, "replica")
        model = os.path.join(self.folder, "model.json")
        with open(model, "w", encoding="utf-8") as file:
            file.write(MODEL % ", ".join('"C%d"' % i for i in range(8)))
        self.run_tool("model", "apply", model)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def start(self, *arguments):
        return subprocess.Popen([TOOL, "--replica", self.replica, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_tool(self, *arguments, expected=0):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, expected, out + err)
        return out + err

    def stats(self):
        return dict(line.split(None, 1) for line in self.run_tool("stats", "plan").splitlines() if " " in line)

    def test_writers_of_many_processes_lose_nothing(self):
        rounds, writers = 12, 6
        for value in range(1, rounds + 1):
            running = [self.start("set", "plan", "Cell=C%d,Account=Amount" % i, str(value * 100 + i)) for i in range(writers)]
            for process in running:
                out, err = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 0, out + err)
        self.assertEqual(int(self.stats()["offset"]), 1 + rounds * writers)
        table = self.run_tool("query", "plan", "--rows", "Cell.leaves", "--columns", "Account", "--format", "csv")
        for i in range(writers):
            self.assertIn("%d.00" % (rounds * 100 + i), table)
        self.run_tool("verify", "plan")

    def test_a_killed_writer_loses_nothing_acknowledged_and_blocks_nobody(self):
        seeded = random.Random(20260101)
        acknowledged = 1
        began = time.monotonic()
        self.run_tool("set", "plan", "Cell=C0,Account=Amount", "1")
        usual = time.monotonic() - began
        for value in range(2, 61):
            process = self.start("set", "plan", "Cell=C0,Account=Amount", str(value))
            time.sleep(seeded.random() * 1.3 * usual)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if process.returncode == 0:
                acknowledged = value
        began = time.monotonic()
        out = self.run_tool("query", "plan", "--rows", "Cell:C0", "--columns", "Account", "--format", "csv")
        self.run_tool("set", "plan", "Cell=C1,Account=Amount", "1")
        self.assertLess(time.monotonic() - began, 2.0)
        value = float(out.strip().splitlines()[-1].split(",")[-1])
        self.assertGreaterEqual(value, acknowledged)
        self.run_tool("verify", "plan")

    def test_a_hung_process_that_keeps_the_lock_is_named(self):
        # A lock of the kind that the log takes, held by this very process, which then does nothing.
        import fcntl
        import struct
        path = os.path.join(self.replica, "plan", "log", "write.lock")
        with open(path, "r+b") as file:
            f_ofd_setlk = 37
            fcntl.fcntl(file, f_ofd_setlk, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
            words = self.run_tool("set", "plan", "Cell=C0,Account=Amount", "1", expected=1)
        self.assertIn("QA_LOCKED", words)
        self.assertRegex(words, r"(held|kept|keeps|locked|since|process)")
        self.run_tool("set", "plan", "Cell=C0,Account=Amount", "1")


if __name__ == "__main__":
    unittest.main()
