"""What the tool says when the end of a log is damaged, the disk is full or the folder is refused."""
import glob
import os
import resource
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ["QA_TOOL"]
MODEL = """{ "app": "plan", "dimensions": [
  { "name": "Cell", "members": [ { "code": "All", "children": [ "C0", "C1" ] } ] },
  { "name": "Account", "kind": "measure", "members": [ "Amount" ] } ] }"""


class Damage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="qa-damage-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.replica = os.path.join(self.folder, "replica")
        self.model = os.path.join(self.folder, "model.json")
        with open(self.model, "w", encoding="utf-8") as file:
            file.write(MODEL)

    def run_tool(self, *arguments, expected=0, replica=None, before=None):
        process = subprocess.run([TOOL, "--replica", replica or self.replica, *arguments], capture_output=True, text=True,
                                 timeout=120, preexec_fn=before, check=False)
        self.assertEqual(process.returncode, expected, process.stdout + process.stderr)
        return process.stdout + process.stderr

    def make_app(self):
        self.run_tool("model", "apply", self.model)
        self.run_tool("set", "plan", "Cell=C0,Account=Amount", "1")
        self.run_tool("set", "plan", "Cell=C0,Account=Amount", "2")

    def log_folder(self, replica=None):
        return os.path.join(replica or self.replica, "plan", "log")

    def flip_the_last_byte(self):
        """Of the last intent: behind it are only zeros."""
        path = sorted(glob.glob(os.path.join(self.log_folder(), "*.log")))[-1]
        with open(path, "r+b") as file:
            data = file.read()
            at = len(data.rstrip(b"\0")) - 1
            file.seek(at)
            file.write(bytes([data[at] ^ 0x10]))

    def query(self, expected=0):
        return self.run_tool("query", "plan", "--rows", "Cell:C0", "--columns", "Account", "--format", "csv", expected=expected)

    def test_damage_of_the_last_intent_is_said_by_every_command(self):
        self.make_app()
        self.flip_the_last_byte()
        for words in (self.query(1), self.run_tool("verify", "plan", expected=1), self.run_tool("stats", "plan", expected=1),
                      self.run_tool("set", "plan", "Cell=C1,Account=Amount", "3", expected=1)):
            self.assertIn("QA_CORRUPT", words)
            self.assertRegex(words, r"0000000000000001\.log is damaged at byte \d+")
        self.assertEqual(glob.glob(os.path.join(self.log_folder(), "*.cut-*")), [])

    def test_what_is_cut_without_a_proof_of_loss_is_warned_of_counted_and_kept(self):
        self.make_app()
        os.remove(os.path.join(self.log_folder(), "write.lock"))
        self.flip_the_last_byte()
        words = self.run_tool("verify", "plan")
        self.assertRegex(words, r"warning: \d+ bytes behind offset \d+ in .*0000000000000001\.log at byte \d+ are no whole record")
        self.assertIn("all is well but for the warning", words)
        words = self.run_tool("set", "plan", "Cell=C1,Account=Amount", "3")
        self.assertRegex(words, r"quantatom: warning: \d+ bytes behind the last whole record of the log were cut")
        self.assertEqual(len(glob.glob(os.path.join(self.log_folder(), "0000000000000001.cut-*"))), 1)
        for _ in range(2):
            self.assertNotIn("warning", self.run_tool("set", "plan", "Cell=C1,Account=Amount", "4"))
            self.assertRegex(self.run_tool("stats", "plan"), r"cut_bytes +[1-9]\d+\n")
        self.assertIn("all is well\n", self.run_tool("verify", "plan"))

    def test_a_limit_on_the_size_of_files_ends_a_command_with_words(self):
        self.make_app()
        before = self.query()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
        with open(self.model, "w", encoding="utf-8") as file:
            file.write(MODEL.replace('"C1"', ", ".join('"C%d"' % i for i in range(1, 4000))))
        words = self.run_tool("model", "apply", self.model, expected=1, before=limit)
        self.assertIn("QA_DISK_FULL", words)
        self.assertIn("ulimit -f", words)
        path = os.path.join(self.log_folder(), "0000000000000001.log")
        self.assertLess(os.path.getsize(path), 65536)
        self.assertEqual(self.query(), before)
        self.run_tool("model", "apply", self.model)

    def test_a_refused_folder_is_refused_before_anything_is_made(self):
        self.make_app()
        for name in ("Dropbox/r", "Google Drive/r", "Dropbox", "Dropbox/a/b/r"):
            outer = os.path.join(self.folder, "outer-" + name.replace("/", "-"))
            os.makedirs(outer if name.count("/") == 3 else os.path.join(outer, os.path.dirname(name)))
            there = sorted(os.walk(outer))
            replica = os.path.join(outer, name)
            self.assertIn("QA_NETWORK_FOLDER", self.run_tool("model", "apply", self.model, replica=replica, expected=1))
            self.assertIn("QA_NETWORK_FOLDER", self.run_tool("backup", replica, expected=1))
            self.assertEqual(sorted(os.walk(outer)), there)

    def test_a_failed_backup_names_the_source_and_leaves_nothing(self):
        self.make_app()
        copy = os.path.join(self.folder, "copy")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))
        self.assertIn("QA_DISK_FULL", self.run_tool("backup", copy, expected=1, before=limit))
        self.assertFalse(os.path.exists(copy))
        self.run_tool("backup", copy)
        shutil.rmtree(copy)
        self.flip_the_last_byte()
        words = self.run_tool("backup", copy, expected=1)
        self.assertIn("the source is damaged", words)
        self.assertIn(os.path.join(self.replica, "plan", "log", "0000000000000001.log"), words)
        self.assertFalse(os.path.exists(copy))


if __name__ == "__main__":
    unittest.main()
