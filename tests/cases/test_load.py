"""`quantatom load` and `quantatom lines`, driven end to end on small files that the test writes itself.

Every test has a replica of its own. What a load must never do is tested as well as what it does: write a part,
lose a row from the counts, or let a number differ from the lines behind it.
"""
import bz2
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOOL = os.environ["QA_TOOL"]
SHARED = os.environ.get("QA_SHARED", os.path.join(os.environ.get("QA_SOURCE_DIR", "."), "..", "shared"))

MODEL = {
    "app": "plan",
    "dimensions": [
        {"name": "Account", "kind": "measure", "members": [
            {"code": "Net", "children": ["Sales", {"code": "Cost", "operator": "-"}]},
            {"code": "Count", "decimals": 0}, {"code": "Rate", "kind": "double"}]},
        {"name": "Month", "kind": "time", "calendar": {"start_month": 1, "periods": "12"}, "members": [
            {"periods": {"from": "2026", "to": "2027", "levels": ["year", "quarter", "month"]}}]},
        {"name": "Dept", "members": [{"code": "All", "children": ["Fire", "Police", "Suspense"]}]},
        {"name": "Scenario", "kind": "scenario", "members": ["Actual", "Budget"]},
    ],
}
MAP = {
    "app": "plan",
    "dimensions": {"Account": "account", "Month": "month", "Dept": "dept", "Scenario": {"constant": "Actual"}},
    "amount": "amount",
}
HEAD = "account,month,dept,amount\n"


def merged(**changes):
    """The usual map with other keys; "dimensions" are merged by name."""
    result = json.loads(json.dumps(MAP))
    for key, value in changes.items():
        if key == "dimensions":
            result["dimensions"].update(value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="qa-load-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.replica = self.path("replica")
        self.write("model.json", json.dumps(MODEL))
        done = self.run_tool("model", "apply", self.path("model.json"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        data = content if isinstance(content, bytes) else content.encode()
        with open(self.path(name), "wb") as stream:
            stream.write(data)
        return self.path(name)

    def run_tool(self, *arguments, **options):
        return subprocess.run([TOOL, "--replica", self.replica, *arguments], capture_output=True, timeout=300, **options)

    def load(self, content, *options, map_=None, code=0, name="rows.csv", **run_options):
        """Loads one file and returns the report."""
        self.write("map.json", json.dumps(map_ or MAP))
        file = "-" if content is None else self.write(name, content)
        report = self.path("report.json")
        if os.path.exists(report):
            os.remove(report)
        done = self.run_tool("load", "--map", self.path("map.json"), "--report", report, *options, file, **run_options)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        self.stderr = done.stderr.decode()
        if not os.path.exists(report):
            return None
        with open(report, encoding="utf-8") as stream:
            result = json.load(stream)
        rows = result["rows"]
        self.assertEqual(rows["read"], rows["loaded"] + rows["missing"] + rows["rejected"])
        return result

    def lines(self, cell, *options):
        done = self.run_tool("lines", "plan", cell, "--format", "json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def value(self, account="Sales", dept="Fire", month="2026-01", scenario="Actual"):
        return self.lines("Account=%s,Month=%s,Dept=%s,Scenario=%s" % (account, month, dept, scenario))["value"]

    def log_count(self):
        done = self.run_tool("log", "plan", "--format", "csv")
        return len(done.stdout.decode().strip().splitlines()) - 1


class Loading(Case):
    def test_rows_for_one_cell_add_up_and_lead_back_to_their_lines(self):
        report = self.load(HEAD + "Sales,2026-01,Fire,10.25\nSales,2026-01,Fire,5\nCost,2026-01,Police,-3\n",
                           "--expect", "Net=18.25", "--expect", "Dept:Fire,Account:Sales=15.25")
        self.assertTrue(report["written"])
        self.assertEqual(report["atoms"]["created"], 2)
        self.assertEqual(self.value(), 15.25)
        found = self.lines("Account=Net,Month=2026-01,Dept=All,Scenario=Actual")
        self.assertTrue(found["ties"])
        self.assertEqual([line["line"] for line in found["lines"]], [2, 3, 4])
        self.assertEqual(found["sum"], 18.25)

    def test_an_unchanged_file_writes_nothing(self):
        rows = HEAD + "Sales,2026-01,Fire,10\n"
        self.load(rows)
        before = self.log_count()
        report = self.load(rows)
        self.assertFalse(report["written"])
        self.assertEqual(report["offset"], 0)
        self.assertEqual(self.log_count(), before)

    def test_replace_clears_what_the_file_does_not_name_and_writes_only_differences(self):
        self.load(HEAD + "Sales,2026-01,Fire,10\nSales,2026-01,Police,20\nSales,2026-02,Fire,30\n")
        report = self.load(HEAD + "Sales,2026-01,Fire,10\nCost,2026-01,Fire,1\n", "--replace", "Month=2026-01,Scenario=Actual")
        self.assertEqual((report["atoms"]["created"], report["atoms"]["changed"], report["atoms"]["cleared"],
                          report["atoms"]["unchanged"]), (1, 0, 1, 1))
        self.assertIsNone(self.value(dept="Police"))
        self.assertEqual(self.value(month="2026-02"), 30)
        again = self.load(HEAD + "Sales,2026-01,Fire,10\nCost,2026-01,Fire,1\n", "--replace", "Month=2026-01,Scenario=Actual")
        self.assertFalse(again["written"])

    def test_replace_of_a_parent_speaks_for_all_leaves_below(self):
        self.load(HEAD + "Sales,2026-01,Fire,10\nSales,2026-02,Police,20\nSales,2027-01,Fire,5\n")
        report = self.load(HEAD + "Sales,2026-03,Fire,1\n", "--replace", "Month=2026,Dept=All")
        self.assertEqual(report["atoms"]["cleared"], 2)
        self.assertEqual(self.value(month="2027-01"), 5)

    def test_a_row_outside_the_slice_is_rejected(self):
        report = self.load(HEAD + "Sales,2026-02,Fire,1\n", "--replace", "Month=2026-01", code=2)
        self.assertFalse(report["written"])
        self.assertIn("outside the slice", report["first_rejects"][0]["reason"])

    def test_the_same_file_after_an_edit_refers_to_its_lines(self):
        rows = HEAD + "Sales,2026-01,Fire,10\n"
        first = self.load(rows)
        self.run_tool("set", "plan", "Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual", "99")
        found = self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual")
        self.assertFalse(found["ties"])
        self.assertEqual(found["differences"][0]["atom"], 99)
        self.assertNotEqual(found["differences"][0]["actor"], "")
        report = self.load(rows)
        self.assertEqual(report["same_lines_as"], first["offset"])
        self.assertTrue(self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual")["ties"])

    def test_another_map_over_the_same_file_keeps_its_own_lines(self):
        rows = HEAD + "Sales,2026-01,Fire,10\n"
        self.load(rows)
        report = self.load(rows, map_=merged(sign=-1))
        self.assertEqual(report["same_lines_as"], 0)
        found = self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual")
        self.assertEqual((found["value"], found["sum"], found["ties"]), (-10, -10, True))

    def test_a_wrong_control_total_writes_nothing(self):
        report = self.load(HEAD + "Sales,2026-01,Fire,10\n", "--expect", "Sales=10.01", code=3)
        self.assertFalse(report["written"])
        self.assertEqual(report["control_totals"][0]["actual"], "10")
        self.assertIsNone(self.value())

    def test_an_empty_replace_is_refused(self):
        for text in ("", " "):
            self.load(HEAD + "Sales,2026-01,Fire,10\n", "--replace", text, code=1)
            self.assertIn("--replace is empty", self.stderr)
        self.assertEqual(self.log_count(), 1)

    def test_a_file_packed_again_is_the_same_file(self):
        rows = (HEAD + "Sales,2026-01,Fire,10\n").encode()
        first = self.load(rows)
        for packed in (gzip.compress(rows, 1), gzip.compress(rows, 9), bz2.compress(rows)):
            self.assertFalse(self.load(packed)["written"])
        self.run_tool("set", "plan", "Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual", "99")
        self.assertEqual(self.load(gzip.compress(rows))["same_lines_as"], first["offset"])

    def test_the_same_content_twice_in_one_run_is_refused(self):
        rows = HEAD + "Sales,2026-01,Fire,10\n"
        self.write("map.json", json.dumps(MAP))
        one, two = self.write("one.csv", rows), self.write("two.csv.gz", gzip.compress(rows.encode()))
        done = self.run_tool("load", "plan", "--map", self.path("map.json"), one, two)
        self.assertEqual(done.returncode, 1)
        for words in (b"one.csv", b"two.csv.gz", b"same content", b"QA_BAD_FILE"):
            self.assertIn(words, done.stderr)
        self.assertIsNone(self.value())

    def test_a_load_that_gives_and_clears_nothing_writes_no_intent(self):
        for options in ((), ("--replace", "Month=2026-01")):
            report = self.load(HEAD, *options)
            self.assertFalse(report["written"])
        self.load(HEAD + "Sales,2026-01,Fire,\n")
        self.assertEqual(self.log_count(), 1)

    def test_a_dry_run_writes_nothing(self):
        report = self.load(HEAD + "Sales,2026-01,Fire,10\n", "--dry-run")
        self.assertFalse(report["written"])
        self.assertEqual(report["atoms"]["created"], 1)
        self.assertIsNone(self.value())

    def test_an_undone_load_is_loaded_again(self):
        rows = HEAD + "Sales,2026-01,Fire,10\n"
        first = self.load(rows)
        self.run_tool("undo", "plan", str(first["offset"]))
        self.assertIsNone(self.value())
        self.assertTrue(self.load(rows)["written"])
        self.assertTrue(self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual")["ties"])

    def test_a_dimension_that_comes_later_keeps_the_lines(self):
        self.load(HEAD + "Sales,2026-01,Fire,10\n")
        self.load(HEAD + "Sales,2026-01,Police,7\n", "--replace", "Dept=Police")
        model = json.loads(json.dumps(MODEL))
        model["dimensions"].append({"name": "Region", "members": [{"code": "World", "children": ["None", "West"]}],
                                    "takes_existing": "None"})
        self.write("model.json", json.dumps(model))
        done = self.run_tool("model", "apply", self.path("model.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = self.lines("Account=Sales,Month=2026-01,Dept=All,Scenario=Actual,Region=World")
        self.assertEqual((found["ties"], found["lines_found"], found["value"]), (True, 2, 17))

    def test_loads_at_the_same_time_all_count(self):
        map_ = merged(dimensions={"Dept": {"column": "dept", "unknown": "create", "parent": "All"}})
        self.write("map.json", json.dumps(map_))
        running = []
        for i in range(6):
            file = self.write("rows%d.csv" % i, HEAD + "Sales,2026-01,Dept %d,1\nSales,2026-01,Shared,%d\n" % (i, i)
                              + "".join("Sales,2026-%02d,Dept %d,1\n" % (month, i) for month in range(2, 13)))
            running.append(subprocess.Popen([TOOL, "--replica", self.replica, "load", "--map", self.path("map.json"), file],
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        words = [process.communicate(timeout=120)[1] for process in running]
        self.assertEqual([process.returncode for process in running], [0] * 6, words)
        for i in range(6):
            found = self.lines("Account=Sales,Month=2026,Dept=Dept %d,Scenario=Actual" % i)
            self.assertEqual((found["value"], found["ties"], found["lines_found"]), (12, True, 12))
        self.assertTrue(self.lines("Account=Sales,Month=2026-01,Dept=Shared,Scenario=Actual")["ties"])

    def test_the_lines_listing_counts_what_it_does_not_show(self):
        self.load(HEAD + "".join("Sales,2026-01,Fire,%d\n" % i for i in range(1, 11)))
        found = self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual", "--limit", "3")
        self.assertEqual((found["lines_found"], found["lines_shown"], found["sum"]), (10, 3, 55))


class Outcomes(Case):
    """What a load prints and writes beside the app."""
    GOOD = HEAD + "Sales,2026-01,Fire,10\n"

    def run_load(self, *arguments, map_=None):
        self.write("map.json", json.dumps(map_ or MAP))
        done = self.run_tool("load", "plan", "--map", self.path("map.json"), *arguments)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_rejects_and_report_never_take_the_place_of_what_is_read_or_of_each_other(self):
        rows = self.write("rows.csv", self.GOOD)
        os.link(rows, self.path("linked.csv"))
        os.symlink(rows, self.path("symbolic.csv"))
        for option in ("--rejects", "--report"):
            for name in ("rows.csv", "linked.csv", "symbolic.csv", "./rows.csv", "map.json"):
                code, out, error = self.run_load(option, os.path.join(self.folder, name), rows)
                self.assertEqual((code, out), (1, ""), (option, name))
                self.assertIn("would write over", error)
        both = self.path("both")
        code, _, error = self.run_load("--rejects", both, "--report", os.path.join(self.folder, ".", "both"), rows)
        self.assertEqual((code, "would write over" in error, os.path.exists(both)), (1, True, False))
        with open(rows, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), self.GOOD)
        self.assertEqual(self.log_count(), 1)

    def test_a_report_or_rejects_that_cannot_be_written_stop_the_load_before_it_writes(self):
        rows = self.write("rows.csv", self.GOOD)
        for option in ("--rejects", "--report"):
            for path in (self.path("nowhere/file"), self.folder):
                code, out, error = self.run_load(option, path, rows)
                self.assertEqual((code, out), (1, ""), (option, error))
                self.assertIn("cannot be written", error)
        self.assertEqual(self.log_count(), 1)
        self.assertIsNone(self.value())

    def test_a_failed_load_keeps_the_rejects_of_the_one_before(self):
        rejects = self.write("rejects.csv", "kept")
        self.assertEqual(self.run_load("--rejects", rejects, self.path("nope.csv"))[0], 1)
        with open(rejects, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "kept")
        self.assertEqual(self.run_load("--rejects", rejects, self.write("rows.csv", self.GOOD + "X,2026-01,Fire,1\n"))[0], 2)
        with open(rejects, encoding="utf-8") as stream:
            self.assertIn("X,2026-01,Fire,1", stream.read())
        self.assertEqual([name for name in os.listdir(self.folder) if ".new-" in name], [])

    def test_the_first_three_reasons_stand_on_stderr(self):
        rows = self.write("rows.csv", HEAD + "".join("Sales,2026-01,Dept %d,1\n" % i for i in range(5)))
        code, out, error = self.run_load(rows)
        self.assertEqual(code, 2)
        for line in (2, 3, 4):
            self.assertIn("rejected rows.csv:%d: " % line, error)
        self.assertNotIn("rows.csv:5", error)
        self.assertIn("rejected 2 more rows\n--rejects FILE lists all", error)
        self.assertIn("nothing was written\nrows     5 read = 0 to load", out)
        self.assertNotIn("atoms", out)

    def test_a_load_that_failed_does_not_print_counts_as_if_it_were_done(self):
        rows = self.write("rows.csv", self.GOOD)
        code, out, error = self.run_load("--expect", "Sales=11", rows)
        self.assertEqual((code, out.splitlines()[0]), (3, "nothing was written"))
        self.assertNotIn("loaded", out)
        _, out, _ = self.run_load("--dry-run", rows)
        self.assertIn("atoms    1 named: would be 1 created", out)
        for arguments in ((rows, "--replace", "Nothing=1"), (self.path("nope.csv"),), (rows, self.path("nope.csv"))):
            code, out, error = self.run_load(*arguments)
            self.assertEqual((code, out), (1, ""), arguments)
        self.assertEqual(error.count("nope.csv"), 1, error)
        members = {"app": "plan", "kind": "members", "dimension": "Dept", "member": "id", "parent": "parent"}
        code, out, error = self.run_load("--dry-run", self.write("m.csv", "id,parent\nA,\nB,\nC,\n"), map_=members)
        self.assertIn("dry run: nothing was written", out)
        self.assertIn("members  would be 3 created", out)

    def test_a_locked_folder_is_exit_code_4(self):
        # A lock of the kind that the log takes, held by this very process, which then does nothing.
        import fcntl
        import struct
        rows = self.write("rows.csv", self.GOOD)
        with open(os.path.join(self.replica, "plan", "log", "write.lock"), "r+b") as file:
            f_ofd_setlk = 37
            fcntl.fcntl(file, f_ofd_setlk, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
            code, out, error = self.run_load(rows)
        self.assertEqual(code, 4, (out, error))
        self.assertIn("QA_LOCKED", error)
        self.assertNotIn("written at", out)
        self.assertEqual(self.run_load(rows)[0], 0)


class Drill(Case):
    def setUp(self):
        super().setUp()
        model = json.loads(json.dumps(MODEL))
        model["dimensions"][0]["members"] += [{"code": "Staff", "kind": "double", "time_balance": "last"},
                                              {"code": "Mean", "time_balance": "average"}, {"code": "Note", "kind": "text"}]
        self.write("model.json", json.dumps(model))
        done = self.run_tool("model", "apply", self.path("model.json"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def table(self, cell, *options):
        done = self.run_tool("lines", "plan", cell, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode() + done.stderr.decode()

    def test_lines_of_a_total_show_the_weight_with_which_they_count(self):
        self.load(HEAD + "Sales,2026-01,Fire,10\nCost,2026-01,Fire,4\n")
        found = self.lines("Account=Net,Month=2026-01,Dept=All,Scenario=Actual")
        self.assertEqual(found["sum"], sum(line["amount"] * line["weight"] for line in found["lines"]))
        self.assertEqual([line["weight"] for line in found["lines"]], [1, -1])
        text = self.table("Account=Net,Month=2026-01,Dept=All,Scenario=Actual")
        self.assertIn("4.00 x -1  Cost,", text)
        self.assertNotIn("10.00 x", text)
        self.assertIn("4.00,-1,", self.table("Account=Net,Month=2026-01,Dept=All,Scenario=Actual", "--format", "csv"))

    def test_a_leaf_that_differs_is_named_by_its_coordinate(self):
        self.load(HEAD + "Sales,2026-01,Fire,10\nSales,2026-02,Police,4\n")
        self.run_tool("set", "plan", "Account=Sales,Month=2026-02,Dept=Police,Scenario=Actual", "5")
        cell = "Account=Net,Month=2026,Dept=All,Scenario=Actual"
        self.assertIn("Account=Sales,Month=2026-02,Dept=Police,Scenario=Actual is 5.00, its lines give 4.00", self.table(cell))
        self.assertEqual(self.lines(cell)["differences"][0]["cell"],
                         {"Account": "Sales", "Month": "2026-02", "Dept": "Police", "Scenario": "Actual"})

    def test_a_balance_of_time_is_not_said_to_tie_to_the_sum_of_its_lines(self):
        self.load(HEAD + "Staff,2026-01,Fire,6.5\nStaff,2026-02,Fire,6.5\nMean,2026-01,Fire,2\nMean,2026-02,Fire,4\n")
        for account, word in (("Staff", "last"), ("Mean", "average")):
            cell = "Account=%s,Month=2026,Dept=All,Scenario=Actual" % account
            text = self.table(cell)
            self.assertIn("the value is no sum, the account takes the %s of its periods" % word, text)
            self.assertNotIn("tie to the value", text)
            found = self.lines(cell)
            self.assertEqual((found["ties"], found["value_is_sum"]), (True, False))
        text = self.table("Account=Staff,Month=2026-01,Dept=All,Scenario=Actual")
        self.assertIn("the lines tie to the value", text)

    def test_a_text_account_shows_its_text(self):
        cell = "Account=Note,Month=2026-01,Dept=Fire,Scenario=Actual"
        self.load(HEAD + "Note,2026-01,Fire,one more engine\n")
        text = self.table(cell)
        self.assertIn('1 line; value of the cell "one more engine"\nthe lines tie to the value', text)
        self.assertNotIn("sum", text)
        found = self.lines(cell)
        self.assertEqual((found["value"], found["sum"], found["ties"]), ("one more engine", None, True))
        self.run_tool("set", "plan", cell, "another")
        self.assertIn('is "another", its lines give "one more engine"', self.table(cell))


class Names(Case):
    def test_unknown_names_are_rejected_with_file_line_and_reason(self):
        rejects = self.path("rejects.csv")
        report = self.load(HEAD + "Sales,2026-01,Nowhere,1\nSales,2026-01,Fire,2\n", "--rejects", rejects, code=2)
        self.assertFalse(report["written"])
        with open(rejects, encoding="utf-8", newline="") as stream:
            row = stream.read().splitlines()[1]
        self.assertRegex(row, '^"rows.csv",2,".*no member ""Nowhere"".*","Sales,2026-01,Nowhere,1"$')
        report = self.load(HEAD + "Sales,2026-01,Nowhere,1\nSales,2026-01,Fire,2\n", "--max-rejects", "1", code=2)
        self.assertTrue(report["written"])
        self.assertEqual(self.value(), 2)
        report = self.load(HEAD + "Sales,2026-01,Frie,1\n", code=2)
        self.assertIn('"Fire"', report["first_rejects"][0]["reason"])

    def test_suspense_keeps_the_total_and_names_what_went_there(self):
        map_ = merged(dimensions={"Dept": {"column": "dept", "suspense": "Suspense"}})
        report = self.load(HEAD + "Sales,2026-01,Nowhere,1\nSales,2026-01,Fire,2\n", "--unknown", "suspense",
                           "--expect", "Sales=3", map_=map_, code=2)
        self.assertTrue(report["written"])
        self.assertEqual(report["rows"]["suspense"], 1)
        self.assertEqual(report["suspense"], [{"name": "Nowhere", "rows": 1}])
        self.assertEqual(self.value(dept="All"), 3)
        self.assertEqual(self.value(dept="Suspense"), 1)

    def test_members_are_created_below_a_parent_with_caption_and_attributes(self):
        map_ = merged(dimensions={"Dept": {"column": "dept", "unknown": "create", "parent_by_prefix":
                                           {"1": "Ones", "default": "All"}, "caption": "name",
                                           "attributes": {"Head": "head"}}})
        report = self.load("account,month,dept,amount,name,head\nSales,2026-01,100,1,Parks,Ann\nSales,2026-01,X,2,,\n",
                           map_=map_)
        self.assertEqual(report["members"]["created"], 3)
        shown = self.run_tool("model", "show", "plan", "--json").stdout.decode()
        self.assertIn("Parks", shown)
        self.assertIn("Ann", shown)
        self.assertEqual(self.value(dept="Ones"), 1)
        found = self.lines("Account=Sales,Month=2026-01,Dept=100,Scenario=Actual")
        self.assertTrue(found["ties"])
        self.assertEqual(found["lines_found"], 1)

    def test_create_under_of_the_command_line_wins(self):
        self.load(HEAD + "Sales,2026-01,Parks,1\n", "--unknown", "create-under=All")
        self.assertEqual(self.value(dept="Parks"), 1)
        self.assertEqual(self.value(dept="All"), 1)

    def test_aliases_empty_texts_blanks_and_case(self):
        map_ = merged(dimensions={"Dept": {"column": "dept", "aliases": {"Fire  dept.": "Fire"}, "empty": "Police"}})
        report = self.load(HEAD + "sales,2026-01, FIRE DEPT. ,1\nSALES,2026-01,,2\n", map_=map_)
        self.assertEqual(report["rows"]["loaded"], 2)
        self.assertEqual((self.value(), self.value(dept="Police")), (1, 2))

    def test_a_parent_gets_no_amounts(self):
        report = self.load(HEAD + "Sales,2026-01,All,1\n", code=2)
        self.assertIn("not a leaf", report["first_rejects"][0]["reason"])

    def test_templates_joins_constants_dates_and_file_names(self):
        map_ = merged(dimensions={
            "Month": {"template": "{y}-{m:02}"},
            "Account": {"columns": ["a", "b"], "join": "al"},
            "Scenario": {"file": "{dept}__{scenario}.csv", "case": "title"},
            "Dept": {"file": "{dept}__{scenario}.csv", "field": "dept"}})
        self.load("y,m,a,b,amount\n2026,1,S,es,7\n", map_=map_, name="Fire__budget.csv")
        self.assertEqual(self.value(scenario="Budget"), 7)
        map_ = merged(dimensions={"Month": {"date": "when", "date_format": "M/D/YYYY"}})
        self.load("account,when,dept,amount\nSales,1/31/2026 12:00:00 AM,Fire,8\n", map_=map_)
        self.assertEqual(self.value(), 8)
        report = self.load("account,when,dept,amount\nSales,31/1/2026,Fire,8\n", map_=map_, code=2)
        self.assertIn("not a date", report["first_rejects"][0]["reason"])

    def test_a_file_name_that_does_not_fit_is_an_error(self):
        map_ = merged(dimensions={"Scenario": {"file": "{y}__{scenario}.csv"}})
        self.load(HEAD + "Sales,2026-01,Fire,1\n", map_=map_, code=1)
        self.assertIn("does not fit the pattern", self.stderr)


class Amounts(Case):
    def amounts(self, rows, map_=None, code=0):
        return self.load("account,month,dept,amount\n" + rows, map_=map_, code=code)

    def test_forms_of_amounts(self):
        forms = {"1234.56-": -1234.56, '"(1,234.56)"': -1234.56, '"$1,234.56"': 1234.56, "-$5": -5, "1 234.5": 1234.5,
                 "1.5e2": 150, '"1,234"': 1234, "+7": 7, ".5": 0.5, "5.": 5}
        for text, expected in forms.items():
            self.amounts("Sales,2026-01,Fire,%s\n" % text)
            self.assertEqual(self.value(), expected, text)

    def test_what_is_not_an_amount_is_rejected(self):
        for text in ('"1,23"', "1.2.3", "abc", "-", "()", "--5", '"1,234,56"', "1e", "0x10", "NaN"):
            report = self.amounts("Sales,2026-01,Fire,%s\n" % text, code=2)
            self.assertIn("is not an amount", report["first_rejects"][0]["reason"], text)

    def test_an_amount_of_the_other_style_is_rejected_with_the_key_that_reads_it(self):
        report = self.amounts('Sales,2026-01,Fire,"1.234,56"\n', code=2)
        self.assertIn('"decimal": "european"', report["first_rejects"][0]["reason"])
        report = self.load('account;month;dept;amount\nSales;2026-01;Fire;1,234.56\n', map_=merged(decimal="european"), code=2)
        self.assertIn('"decimal": "point"', report["first_rejects"][0]["reason"])

    def test_european_style_and_named_currency(self):
        map_ = merged(decimal="european", currency=["CHF"], delimiter=";")
        self.load("account;month;dept;amount\nSales;2026-01;Fire;CHF 1.234,56\n", map_=map_)
        self.assertEqual(self.value(), 1234.56)

    def test_guessing_the_style_is_refused(self):
        self.load(HEAD, map_=merged(decimal="auto"), code=1)
        self.assertIn("guess", self.stderr)

    def test_decimals_beyond_the_account(self):
        report = self.amounts("Sales,2026-01,Fire,1.005\n", code=2)
        self.assertIn("more decimals", report["first_rejects"][0]["reason"])
        report = self.amounts("Sales,2026-01,Fire,1.005\n", map_=merged(round=True))
        self.assertEqual(report["rows"]["rounded"], 1)
        self.assertEqual(self.value(), 1.01)

    def test_empty_amounts_keep_or_clear(self):
        self.amounts("Sales,2026-01,Fire,5\n")
        report = self.amounts("Sales,2026-01,Fire,\n")
        self.assertEqual(report["rows"]["missing"], 1)
        self.assertEqual(self.value(), 5)
        report = self.amounts("Sales,2026-01,Fire, \n", map_=merged(empty_amount="clear"))
        self.assertEqual((report["rows"]["missing"], report["atoms"]["cleared"]), (1, 1))
        self.assertIsNone(self.value())

    def test_duplicates_add_last_or_are_rejected(self):
        rows = "Sales,2026-01,Fire,1\nSales,2026-01,Fire,2\n"
        cell = "Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual"
        self.amounts(rows)
        self.assertEqual(self.value(), 3)
        self.amounts(rows, map_=merged(duplicates="last"))
        found = self.lines(cell)
        self.assertEqual((found["value"], found["ties"], found["lines_found"]), (2, True, 1))
        report = self.amounts(rows, map_=merged(duplicates="reject"), code=2)
        self.assertEqual(report["rows"]["rejected"], 1)

    def test_signs_by_a_column(self):
        map_ = merged(sign={"column": "type", "Revenue": 1, "Expense": -1})
        rows = "account,month,dept,amount,type\nSales,2026-01,Fire,5,revenue\nCost,2026-01,Fire,4,Expense\n"
        self.load(rows, map_=map_)
        self.assertEqual((self.value(), self.value("Cost")), (5, -4))
        report = self.load(rows + "Sales,2026-01,Police,1,Other\n", map_=map_, code=2)
        self.assertIn("no sign", report["first_rejects"][0]["reason"])

    def test_several_amount_columns_and_a_count_of_rows(self):
        map_ = merged(amount=None, amounts=[{"column": "s", "account": "Sales"},
                                            {"column": "c", "account": "Cost", "sign": -1},
                                            {"column": "#rows", "account": "Count"}])
        del map_["dimensions"]["Account"]
        self.load("month,dept,s,c\n2026-01,Fire,5,2\n2026-01,Fire,6,\n", map_=map_)
        self.assertEqual((self.value(), self.value("Cost"), self.value("Count")), (11, -2, 2))
        self.assertTrue(self.lines("Account=Net,Month=2026-01,Dept=All,Scenario=Actual")["ties"])

    def test_year_to_date_figures_become_periods(self):
        rows = ("Sales,2026-01,Fire,10\nSales,2026-02,Fire,25\nSales,2026-04,Fire,45\nSales,2027-01,Fire,7\n"
                "Sales,2026-02,Police,4\n")
        self.amounts(rows, map_=merged(cumulative="ytd", cumulative_start="zero"))
        self.assertEqual([self.value(month=month) for month in ("2026-01", "2026-02", "2026-04", "2027-01")],
                         [10, 15, 20, 7])
        found = self.lines("Account=Sales,Month=2026-02,Dept=Fire,Scenario=Actual")
        self.assertTrue(found["ties"])
        self.assertEqual(sorted(line["amount"] for line in found["lines"]), [-10, 25])
        found = self.lines("Account=Sales,Month=2026,Dept=All,Scenario=Actual")
        self.assertEqual((found["value"], found["ties"]), (49, True))

    def test_doubles_are_summed_exactly(self):
        self.amounts("Rate,2026-01,Fire,1e16\nRate,2026-01,Fire,1\nRate,2026-01,Fire,-1e16\n")
        self.assertEqual(self.value("Rate"), 1)


class YearToDate(Case):
    """A town whose app holds one fiscal year, July to June, with quarters: the year is the only root."""
    MODEL = {"app": "plan", "dimensions": [
        {"name": "Account", "kind": "measure", "members": [{"code": "Net", "children": ["Taxes", "Fees"]},
                                                           {"code": "Rate", "kind": "double"}]},
        {"name": "Month", "kind": "time", "calendar": {"start_month": 7, "periods": "12"}, "members": [
            {"periods": {"from": "2026", "to": "2026", "levels": ["year", "quarter", "month"]}}]}]}
    MONTHS = ["2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12",
              "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    MAP = {"app": "plan", "dimensions": {"Account": "account", "Month": "month"}, "amount": "amount", "cumulative": "ytd"}
    HEAD = "account,month,amount\n"

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.replica)
        self.apply(self.MODEL)

    def apply(self, model):
        self.write("model.json", json.dumps(model))
        done = self.run_tool("model", "apply", self.path("model.json"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def ytd(self, rows, *options, code=0, **keys):
        return self.load(self.HEAD + rows, *options, map_=dict(self.MAP, **keys), code=code)

    def of(self, month, account="Taxes"):
        found = self.lines("Account=%s,Month=%s" % (account, month))
        self.assertTrue(found["ties"], found)
        return found["value"]

    def set(self, month, value, account="Taxes"):
        done = self.run_tool("set", "plan", "Account=%s,Month=%s" % (account, month), str(value))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_year_that_is_the_only_root_does_not_begin_again_every_quarter(self):
        self.ytd("".join("Taxes,%s,%d\n" % (month, 10 * i + 10) for i, month in enumerate(self.MONTHS)))
        self.assertEqual([self.of(month) for month in self.MONTHS], [10] * 12)
        self.assertEqual(self.of("FY2026"), 120)

    def test_a_file_of_one_month_subtracts_what_the_months_before_hold(self):
        self.ytd("Taxes,2025-07,10\nTaxes,2025-08,25\n")
        self.ytd("Taxes,2025-09,40\n")
        self.assertEqual([self.of(month) for month in self.MONTHS[:3]], [10, 15, 15])
        found = self.lines("Account=Taxes,Month=2025-09")
        self.assertEqual([(line["amount"], line["line"]) for line in found["lines"]], [(40, 2), (-25, 0)])
        self.assertIn("less what earlier periods hold: 2025-07 10.00, 2025-08 15.00", found["lines"][1]["text"])
        self.assertEqual(self.of("FY2026"), 40)
        self.assertFalse(self.ytd("Taxes,2025-09,40\n")["written"])

    def test_replace_of_one_month_subtracts_what_the_months_before_hold(self):
        self.ytd("Taxes,2025-07,10\nTaxes,2025-08,25\nFees,2025-07,1\nFees,2025-08,2\nFees,2025-09,7\n")
        self.ytd("Taxes,2025-09,40\n", "--replace", "Month=2025-09")
        self.assertEqual([self.of(month) for month in self.MONTHS[:3]], [10, 15, 15])
        self.assertIsNone(self.lines("Account=Fees,Month=2025-09")["value"])
        self.ytd("Taxes,2025-09,50\n", "--replace", "Month=2025-09")
        self.assertEqual(self.of("2025-09"), 25)

    def test_a_month_between_two_of_the_file_keeps_its_value_and_is_subtracted(self):
        self.ytd("Taxes,2025-07,10\nTaxes,2025-08,25\n")
        self.ytd("Taxes,2025-07,12\nTaxes,2025-09,40\nTaxes,2025-10,41\n")
        self.assertEqual([self.of(month) for month in self.MONTHS[:4]], [12, 15, 13, 1])
        self.assertEqual(self.of("FY2026"), 41)

    def test_a_slice_of_the_whole_year_clears_the_months_that_the_file_does_not_name(self):
        self.ytd("Taxes,2025-07,10\nTaxes,2025-08,25\n")
        self.ytd("Taxes,2025-09,40\n", "--replace", "Month=FY2026")
        self.assertEqual((self.of("2025-09"), self.of("FY2026")), (40, 40))

    def test_a_row_without_any_figure_before_it_is_rejected_unless_the_map_starts_from_zero(self):
        rows = "Fees,2025-07,3\nTaxes,2025-09,40\nTaxes,2025-10,50\n"
        report = self.ytd(rows, code=2)
        self.assertEqual((report["rows"]["rejected"], report["rows"]["loaded"]), (2, 1))
        self.assertIn("earlier period", report["first_rejects"][0]["reason"])
        self.assertEqual(report["first_rejects"][0]["line"], 3)
        report = self.ytd(rows, "--max-rejects", "2", code=2)
        self.assertEqual(report["atoms"]["named"], 1)
        self.assertEqual((self.of("FY2026"), self.of("FY2026", "Fees")), (None, 3))
        self.ytd(rows, cumulative_start="zero")
        self.assertEqual((self.of("2025-09"), self.of("2025-10")), (40, 10))

    def test_a_row_in_suspense_that_is_rejected_is_not_counted_as_in_suspense(self):
        map_ = dict(self.MAP, dimensions={"Month": "month", "Account": {"column": "account", "unknown": "suspense",
                                                                       "suspense": "Fees"}})
        report = self.load(self.HEAD + "Taxes,2025-07,1\nNew,2025-09,4\n", "--max-rejects", "1", map_=map_, code=2)
        self.assertEqual((report["rows"]["loaded"], report["rows"]["suspense"], report["rows"]["rejected"]), (1, 0, 1))

    def test_a_rejected_row_of_several_amounts_gives_none_of_them(self):
        map_ = {"app": "plan", "dimensions": {"Month": "month"}, "cumulative": "ytd",
                "amounts": [{"column": "t", "account": "Taxes"}, {"column": "f", "account": "Fees"}]}
        report = self.load("month,t,f\n2025-07,10,\n2025-08,25,\n2025-09,40,4\n", "--max-rejects", "1", map_=map_, code=2)
        self.assertEqual((report["rows"]["rejected"], report["rows"]["loaded"]), (1, 2))
        self.assertEqual((self.of("2025-08"), self.of("2025-09"), self.of("FY2026", "Net")), (15, None, 25))

    def test_doubles_tie_to_their_lines(self):
        self.set("2025-07", 0.1, "Rate")
        self.ytd("Rate,2025-08,0.3\nRate,2025-09,0.3\nRate,2025-09,0.3\nRate,2025-10,1e16\nRate,2025-10,1.1\n")
        for month in self.MONTHS[1:4]:
            self.of(month, "Rate")

    def test_lines_tie_when_the_same_file_comes_again_below_other_years(self):
        model = json.loads(json.dumps(self.MODEL))
        months = [{"code": month} for month in ("A", "B", "C", "D")]
        model["dimensions"][1] = {"name": "Month", "kind": "time", "members": [
            {"code": "Y1", "children": months[:2]}, {"code": "Y2", "children": months[2:]}]}
        shutil.rmtree(self.replica)
        self.apply(model)
        rows = "Taxes,A,10\nTaxes,B,25\nTaxes,C,40\nTaxes,D,60\n"
        self.ytd(rows, year=1)
        self.assertEqual([self.of(month) for month in "ABCD"], [10, 15, 40, 20])
        model["dimensions"][1]["members"] = [{"code": "Y1", "children": months[:3]}, {"code": "Y2", "children": months[3:]}]
        self.apply(model)
        report = self.ytd(rows, year=["Y1", "Y2"])
        self.assertEqual(report["same_lines_as"], 0)
        self.assertEqual([self.of(month) for month in "ABCD"], [10, 15, 15, 60])

    def test_periods_without_days_need_a_year_in_the_map(self):
        model = json.loads(json.dumps(self.MODEL))
        model["dimensions"][1] = {"name": "Month", "kind": "time", "members": [{"code": "Y1", "children": ["A", "B"]}]}
        shutil.rmtree(self.replica)
        self.apply(model)
        self.ytd("Taxes,A,10\n", code=1)
        self.assertIn('"year"', self.stderr)
        self.assertIn("QA_BAD_MAP", self.stderr)
        self.ytd("Taxes,A,10\nTaxes,B,15\n", year=1)
        self.assertEqual(self.of("B"), 5)
        for year in ({"year": 0}, {"year": "Y1"}, {"year": []}):
            self.ytd("Taxes,A,10\n", code=1, **year)
            self.assertIn("QA_BAD_MAP", self.stderr)

    def test_years_of_weeks_are_the_members_as_long_as_a_year(self):
        for periods in ("13", "4-4-5", "52/53"):
            model = json.loads(json.dumps(self.MODEL))
            level = "week" if periods == "52/53" else "period"
            model["dimensions"][1] = {"name": "Month", "kind": "time", "calendar": {"start_month": 7, "periods": periods},
                                      "members": [{"periods": {"from": "2026", "to": "2027", "levels": ["year", level]}}]}
            shutil.rmtree(self.replica)
            self.write("model.json", json.dumps(model))
            done = self.run_tool("model", "apply", self.path("model.json"))
            self.assertEqual(done.returncode, 0, (periods, done.stderr))
            shown = json.loads(self.run_tool("model", "show", "plan", "--json").stdout)
            years = [d for d in shown["dimensions"] if d["name"] == "Month"][0]["members"]
            leaves = [[child["code"] if isinstance(child, dict) else child for child in year["children"]] for year in years]
            self.assertEqual(len(leaves), 2, periods)
            rows = "".join("Taxes,%s,%d\n" % (code, 5 * (i + 1)) for year in leaves for i, code in enumerate(year))
            self.ytd(rows)
            for year in leaves:
                self.assertEqual((self.of(year[0]), self.of(year[-1])), (5, 5), periods)


class Files(Case):
    ROWS = HEAD + "Sales,2026-01,Fire,1\nSales,2026-01,Police,2\n"

    def check(self, data, name="rows.csv", map_=None):
        report = self.load(data, "--expect", "Sales=3", map_=map_, name=name)
        self.assertEqual(report["rows"]["loaded"], 2)

    def test_every_compression(self):
        self.check(gzip.compress(self.ROWS.encode()), "rows.csv.gz")
        self.check(bz2.compress(self.ROWS.encode()), "rows.csv.bz2")
        if shutil.which("zstd"):
            self.check(subprocess.run(["zstd", "-c"], input=self.ROWS.encode(), capture_output=True).stdout, "rows.csv.zst")
        half = len(self.ROWS) // 2
        self.check(gzip.compress(self.ROWS[:half].encode()) + gzip.compress(self.ROWS[half:].encode()), "two.gz")

    def test_cut_compressed_data_is_an_error(self):
        for data in (gzip.compress(self.ROWS.encode()), bz2.compress(self.ROWS.encode())):
            self.load(data[:-9], code=1)
            self.assertIn("damaged or cut", self.stderr)

    def test_every_encoding(self):
        rows = self.ROWS.replace("Police", "Überwachung")
        map_ = merged(dimensions={"Dept": {"column": "dept", "unknown": "create", "parent": "All"}})
        self.check(b"\xef\xbb\xbf" + rows.encode(), map_=map_)
        self.check(rows.encode("utf-16"), map_=map_)
        self.check(b"\xfe\xff" + rows.encode("utf-16-be"), map_=map_)
        self.check(rows.encode("utf-16-le"), map_=dict(map_, encoding="utf-16le"))
        self.check(rows.encode("cp1252"), map_=dict(map_, encoding="cp1252"))
        self.check(rows.encode("latin1"), map_=dict(map_, encoding="latin1"))
        self.assertEqual(self.value(dept="Überwachung"), 2)

    def test_line_ends_delimiters_quotes_and_blank_lines(self):
        self.check(self.ROWS.replace("\n", "\r\n"))
        self.check(self.ROWS.replace("\n", "\r"))
        self.check(self.ROWS.replace("\n", "\n\n"))
        self.check(self.ROWS.rstrip("\n"))
        for delimiter in ";\t|":
            self.check(self.ROWS.replace(",", delimiter))
        map_ = merged(dimensions={"Dept": {"column": "dept", "aliases": {'A "b"\nc, d': "Police"}}})
        self.check(self.ROWS.replace("Police", '"A ""b""\nc, d"'), map_=map_)
        found = self.lines("Account=Sales,Month=2026-01,Dept=Police,Scenario=Actual")
        self.assertEqual(found["lines"][0]["text"], 'Sales,2026-01,"A ""b""\nc, d",2')

    def test_columns_by_position_without_a_header(self):
        map_ = merged(header=False, skip_lines=1, dimensions={"Account": 1, "Month": 2, "Dept": {"column": 3}}, amount=4)
        self.check(self.ROWS, map_=map_)
        map_ = merged(header=False, skip_lines=1, columns=["account", "month", "dept", "amount"])
        self.check(self.ROWS, map_=map_)

    def test_json_lines_with_nested_fields_and_exact_numbers(self):
        map_ = merged(dimensions={"Dept": "org.dept"}, amount="v")
        rows = ('{"account":"Sales","month":"2026-01","org":{"x":[1,{"dept":2}],"dept":"\\u0046ire"},"v":1.10}\n\n'
                '{"v":12345678901234.56,"account":"Sales","month":"2026-01","org":{"dept":"Police"}}\r\n')
        self.load(rows, "--expect", "Sales=12345678901235.66", map_=map_)
        report = self.load(rows + '{"v":1,\n[1]\n{"v":01}\n', map_=map_, code=2)
        self.assertEqual(report["rows"]["rejected"], 3)
        self.load('{"account":"Sales","month":"2026-01","v":1}\n', map_=map_, code=1)
        self.assertIn("org.dept", self.stderr)

    def test_a_json_object_or_list_where_an_amount_belongs_is_rejected(self):
        row = '{"account":"Sales","month":"2026-01","dept":"Fire","amount":%s}\n'
        for value in ('{"value":5}', "[5]", "{}", "[]"):
            report = self.load(row % value, code=2)
            self.assertIn("object or a list", report["first_rejects"][0]["reason"], value)
        self.assertEqual(self.load(row % "null")["rows"]["missing"], 1)

    def test_a_json_key_that_stands_twice_is_rejected(self):
        row = '{"account":"Sales","month":"2026-01","dept":"Fire","amount":1,"amount":2}\n'
        report = self.load(row + row.replace(',"amount":2', ""), "--max-rejects", "1", code=2)
        self.assertEqual((report["rows"]["rejected"], report["rows"]["loaded"]), (1, 1))
        self.assertIn('"amount" stands twice', report["first_rejects"][0]["reason"])

    def test_broken_text_rejects_the_row_or_the_header(self):
        report = self.load(self.ROWS.encode() + b"Sales,2026-01,\xff\xfe,1\n", code=2)
        self.assertIn("UTF-8", report["first_rejects"][0]["reason"])
        self.load(b"account,month,d\xffept,amount\n", code=1)
        self.assertIn("header", self.stderr)

    def test_rows_with_too_few_or_too_many_fields_are_rejected(self):
        report = self.load(self.ROWS + "Sales,2026-01\nSales,2026-01,Fire,1,2\nSales,2026-02,Fire,1,,\n",
                           "--max-rejects", "2", code=2)
        self.assertEqual((report["rows"]["rejected"], report["rows"]["loaded"]), (2, 3))

    def test_a_missing_column_and_an_unknown_key_are_named(self):
        self.load("account,month,amount\n", code=1)
        self.assertIn('no column "dept"; it has account, month, amount', self.stderr)
        self.load(self.ROWS, map_=merged(dimension={}), code=1)
        self.assertIn('unknown key "dimension"', self.stderr)
        self.load("", code=1)
        self.assertIn("empty", self.stderr)
        self.load(HEAD)

    def test_an_endless_line_is_refused_before_memory_fills(self):
        self.write("map.json", json.dumps(MAP))
        writer = subprocess.Popen([sys.executable, "-c", "import sys\nsys.stdout.write('account,month,dept,amount\\n\"')\n"
                                   "try:\n for i in range(4096): sys.stdout.write('x' * (1 << 20))\nexcept BrokenPipeError: pass"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # The address space of sanitizers is huge, so the limit of memory is checked by the time it takes.
        begin = time.monotonic()
        done = self.run_tool("load", "--map", self.path("map.json"), "-", stdin=writer.stdout)
        writer.stdout.close()
        writer.wait()
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"line 2 is longer than 1048576 bytes", done.stderr)
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_kill_in_the_middle_writes_nothing(self):
        self.write("map.json", json.dumps(MAP))
        for number in (signal.SIGINT, signal.SIGKILL):
            process = subprocess.Popen([TOOL, "--replica", self.replica, "load", "--map", self.path("map.json"), "-"],
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            process.stdin.write((HEAD + "Sales,2026-01,Fire,1\n" * 20000).encode())
            process.stdin.flush()
            process.send_signal(number)
            try:
                process.communicate(b"Sales,2026-01,Fire,1\n" * 20000, timeout=60)
            except BrokenPipeError:
                process.wait(timeout=60)
            self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.log_count(), 1)
        self.assertIsNone(self.value())

    def test_several_files_are_one_load(self):
        self.write("map.json", json.dumps(MAP))
        one = self.write("one.csv", HEAD + "Sales,2026-01,Fire,1\n")
        two = self.write("two.csv", "amount,dept,month,account\n2,Fire,2026-01,Sales\n")
        done = self.run_tool("load", "plan", "--map", self.path("map.json"), one, two)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = self.lines("Account=Sales,Month=2026-01,Dept=Fire,Scenario=Actual")
        self.assertEqual([(line["file"], line["line"]) for line in found["lines"]], [("one.csv", 2), ("two.csv", 2)])


class Members(Case):
    MAP = {"app": "plan", "kind": "members", "dimension": "Account", "member": "id", "parent": "parent",
           "operator": "op", "caption": "name", "attributes": {"Type": "type"},
           "sense": {"column": "type", "Expense": "expense"}}
    ROWS = "id,parent,op,name,type\n10,20,-,Rent,Expense\n20,,,Total,\n30,20,~,Note,Expense\n"

    def test_members_come_with_parents_operators_and_captions(self):
        report = self.load(self.ROWS, map_=self.MAP)
        self.assertEqual(report["members"]["created"], 3)
        again = self.load(self.ROWS, map_=self.MAP)
        self.assertFalse(again["written"])
        changed = self.load(self.ROWS.replace("Rent", "Rents"), map_=self.MAP)
        self.assertEqual((changed["members"]["created"], changed["members"]["changed"]), (0, 1))
        self.load(HEAD + "10,2026-01,Fire,5\n30,2026-01,Fire,9\n", "--expect", "20=-5")
        self.assertEqual(self.value("20"), -5)

    def test_levels_make_ancestors(self):
        map_ = {"app": "plan", "kind": "members", "dimension": "Dept", "member": "store",
                "levels": ["country", {"template": "{country} {state}"}], "root": "All"}
        report = self.load("store,country,state\nS1,USA,WA\nS2,USA,OR\nS3,Mexico,\n", map_=map_)
        self.assertEqual(report["members"]["created"], 7)
        self.load(HEAD + "Sales,2026-01,S1,1\nSales,2026-01,S2,2\n", "--expect", "Dept:USA=3")

    def test_a_member_below_two_parents_is_rejected(self):
        report = self.load("id,parent,op,name,type\n10,20,,,\n10,21,,,\n", map_=self.MAP, code=2)
        self.assertIn("two parents", report["first_rejects"][0]["reason"])


class Oakland(Case):
    def test_the_city_ties_to_its_published_totals(self):
        file = os.path.join(SHARED, "data", "oakland", "FY21-22__adopted.csv")
        if not os.path.exists(file):
            self.skipTest("the Oakland files are not there: set QA_SHARED")
        map_ = merged(dimensions={
            "Account": {"column": "account_type", "aliases": {"Revenue": "Sales", "Expense": "Cost"}},
            "Month": {"constant": "2026-01"},
            "Dept": {"column": "department", "unknown": "create", "parent": "All", "empty": "Fire"}})
        with open(file, "rb") as stream:
            report = self.load(None, "--expect", "Net=-150000", "--expect", "Cost=2033463039", "--expect",
                               "Sales=2033313039", map_=map_, stdin=stream)
        self.assertTrue(report["written"])
        found = self.lines("Account=Net,Month=2026-01,Dept=All,Scenario=Actual", "--limit", "1")
        self.assertTrue(found["ties"])


if __name__ == "__main__":
    unittest.main()
