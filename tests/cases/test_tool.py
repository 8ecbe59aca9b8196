"""The operator's tool from end to end: models, cells, queries, history, undo, as-of, backup, and what it refuses.
Each test has a replica of its own. Environment: QA_TOOL, QA_SOURCE_DIR."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("QA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = os.environ.get("QA_TOOL", str(SOURCE / "build/release/rest-gateway/quantatom"))
MODEL = SOURCE / "docs/reference/plan.model.json"


class Tool(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-tool-"))
        self.replica = self.folder / "replica"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_tool(self, *arguments, text=None, replica=None):
        return subprocess.run([TOOL, "--replica", str(replica or self.replica), *arguments],
                              input=None if text is None else text.encode("utf-8"),
                              stdin=subprocess.DEVNULL if text is None else None,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def tool(self, *arguments, text=None, replica=None):
        run = self.run_tool(*arguments, text=text, replica=replica)
        self.assertEqual(run.returncode, 0, run.stderr.decode())
        self.assertEqual(run.stderr.decode(), "")
        return run.stdout.decode("utf-8")

    def refused(self, status, *arguments, text=None, code=1, replica=None):
        run = self.run_tool(*arguments, text=text, replica=replica)
        words = run.stderr.decode("utf-8")
        self.assertIn(f"[{status}]", words)
        self.assertEqual(run.returncode, code, words)
        return words

    def apply(self, model, *options):
        return self.tool("model", "apply", "-", *options, text=json.dumps(model))

    def stats(self, app="plan", replica=None):
        return json.loads(self.tool("stats", app, "--format", "json", replica=replica))

    def fill(self):
        self.tool("model", "apply", str(MODEL))
        for where, value in (("Account=Taxes,Month=2025-07,Department=Police", "1000"),
                             ("Account=Fees,Month=2025-08,Department=Parks", "250.5"),
                             ("Account=Salaries,Month=2025-07,Department=Fire", "400"),
                             ("Account=Salaries,Month=2025-10,Department=Parks", "120")):
            self.tool("set", "plan", where, value)

    def net(self, *options):
        answer = json.loads(self.tool("query", "plan", "--rows", "Account:Net", "--columns", "Month:FY2026", "--where",
                                      "Department=All", "--suppress", "none", "--format", "json", *options))
        return answer["rows"][0]["values"][0]


class Models(Tool):
    def test_a_model_applied_twice_does_nothing_the_second_time(self):
        self.assertIn("offset 1:", self.tool("model", "apply", str(MODEL)))
        before = self.stats()
        self.assertEqual(self.tool("model", "apply", str(MODEL)), "nothing to do\n")
        self.assertEqual(self.tool("model", "apply", str(MODEL), "--prune"), "nothing to do\n")
        self.assertEqual(self.stats(), before)

    def test_a_shown_model_makes_the_same_model_again(self):
        self.tool("model", "apply", str(MODEL))
        shown = self.tool("model", "show", "plan", "--json")
        self.tool("model", "apply", "-", "--app", "again", text=shown)
        again = self.tool("model", "show", "again", "--json")
        self.assertEqual(again.replace('"again"', '"plan"', 1), shown)
        self.assertEqual(self.tool("model", "diff", "plan", "-", text=shown), "no difference\n")
        self.assertEqual(self.tool("model", "apply", "-", "--prune", text=shown), "nothing to do\n")

    def test_a_dry_run_leaves_not_even_a_folder(self):
        self.assertIn("not made (--dry-run)", self.tool("model", "apply", str(MODEL), "--dry-run"))
        self.assertFalse(self.replica.exists())
        self.tool("model", "apply", str(MODEL))
        before = self.stats()
        model = json.loads(MODEL.read_text())
        model["title"] = "Another"
        self.assertIn('title "Plan of a small town" → "Another"',
                      self.tool("model", "apply", "-", "--dry-run", text=json.dumps(model)))
        self.assertEqual(self.stats(), before)

    def test_a_member_below_itself_is_refused_with_the_loop_in_words(self):
        def alternate(*members):
            return {"name": "D", "members": ["a"], "hierarchies": [{"name": "H", "members": list(members)}]}
        for dimension, words in (
                (alternate({"code": "g", "children": ["h"]}, {"code": "h", "children": ["i"]},
                           {"code": "i", "children": ["g"]}), '"g" stands below "i", "i" below "h", "h" below "g"'),
                (alternate({"code": "g", "children": [{"code": "h", "children": ["g"]}]}),
                 '"g" stands below "h", "h" below "g"'),
                (alternate({"code": "g", "children": ["g"]}), '"g" stands below "g"'),
                ({"name": "D", "members": [{"code": "p", "children": [{"code": "q", "children": ["P"]}]}]},
                 '$.dimensions[0].members[0].children[0]: "p" would stand below itself: "p" stands below "q", "q" below '
                 '"p"')):
            self.assertIn(words, self.refused("QA_CYCLE", "model", "apply", "-",
                                              text=json.dumps({"app": "x", "dimensions": [dimension]})))

    def test_a_level_too_many_is_refused_by_the_name_of_its_member(self):
        def deep(levels):
            members = [f"m{levels}"]
            for level in range(levels - 1, 0, -1):
                members = [{"code": f"m{level}", "children": members}]
            return {"app": "x", "dimensions": [{"name": "D", "members": members}]}
        self.assertIn('"m32" of "D" stands 32 levels deep, below "m1", and has children; a hierarchy has at most 32 levels',
                      self.refused("QA_LIMIT", "model", "apply", "-", text=json.dumps(deep(33))))
        bad = json.dumps(deep(32)).replace('"m32"', '{"code": "m32", "x": 1}')
        self.assertRegex(self.refused("QA_BAD_MODEL", "model", "apply", "-", text=bad),
                         r'-: \$\.dimensions\[0\]\.members\[0\]\.children\[0\]….*: there is no key "x"')
        self.apply(deep(32))

    def test_a_new_app_whose_file_is_refused_leaves_nothing_behind(self):
        unknown = {"app": "x", "dimensions": [{"name": "D", "members": ["a"], "hierarchies": [
            {"name": "H", "members": ["b"]}]}]}
        taken = {"app": "x", "dimensions": [{"name": "D", "members": ["a", {"code": "b", "aliases": ["A"]}]}]}
        for status, model in (("QA_BAD_MODEL", unknown), ("QA_CODE_TAKEN", taken)):
            for options in ((), ("--dry-run",)):
                self.refused(status, "model", "apply", "-", *options, text=json.dumps(model))
                self.assertFalse(self.replica.exists())
        self.tool("model", "apply", str(MODEL))
        for status, model in (("QA_BAD_MODEL", unknown), ("QA_CODE_TAKEN", taken)):
            self.refused(status, "model", "apply", "-", text=json.dumps(model))
            self.assertEqual(self.tool("apps"), "plan\n")

    def test_a_file_that_says_less_keeps_the_rest_and_prune_takes_it_away(self):
        self.tool("model", "apply", str(MODEL))
        small = {"app": "plan", "dimensions": [{"name": "Scenario", "kind": "scenario", "members": ["Plan"]}]}
        self.assertIn("nothing to do", self.apply(small))
        self.assertIn("delete  Scenario:Actual", self.apply(small, "--prune"))
        self.refused("QA_MEMBER_NOT_FOUND", "query", "plan", "--rows", "Scenario:Actual", "--columns", "Account")

    def test_prune_does_not_delete_a_member_with_values(self):
        self.fill()
        model = json.loads(MODEL.read_text())
        model["dimensions"][0]["members"][0]["children"][0]["children"].remove("Fees")
        words = self.refused("QA_HAS_ATOMS", "model", "apply", "-", "--prune", text=json.dumps(model))
        self.assertIn('"Fees"', words)

    def test_a_difference_is_told_in_words_and_by_the_exit_code(self):
        self.tool("model", "apply", str(MODEL))
        model = json.loads(MODEL.read_text())
        accounts = model["dimensions"][0]["members"]
        accounts[0]["children"][1]["operator"] = "+"
        accounts[1]["caption"] = "Heads"
        accounts.append("Extra")
        model["dimensions"][3]["members"][0]["children"].reverse()
        run = self.run_tool("model", "diff", "plan", "-", text=json.dumps(model))
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stdout.decode().splitlines(), [
            'Account:Staff: caption is nothing, in the file "Heads"',
            "Account:Extra: only in the file",
            'Account:Expense: weight is "-", in the file "+"',
            "Department:All: order of children differs"])
        self.tool("model", "apply", "-", text=json.dumps(model))
        self.assertEqual(self.tool("model", "diff", "plan", "-", text=json.dumps(model)), "no difference\n")

    def test_members_change_places_without_a_circle_on_the_way(self):
        chain = {"app": "a", "dimensions": [{"name": "D", "members": [
            {"code": "A", "children": [{"code": "B", "children": [{"code": "C", "children": ["x"]}]}]}]}]}
        turned = {"app": "a", "dimensions": [{"name": "D", "members": [
            {"code": "C", "children": [{"code": "B", "children": [{"code": "A", "children": ["x"]}]}]}]}]}
        self.apply(chain)
        self.apply(turned)
        self.assertEqual(self.apply(turned), "nothing to do\n")
        self.apply(chain)
        self.assertEqual(self.apply(chain), "nothing to do\n")

    def test_a_parent_changes_all_its_children_and_keeps_those_of_its_alternates(self):
        def model(primary, *alternates):
            return {"app": "a", "dimensions": [{"name": "D", "members": primary, "hierarchies": [
                {"name": f"H{i}", "members": members} for i, members in enumerate(alternates)]}]}
        both = [{"code": "P", "children": ["x"]}, {"code": "Q", "children": ["y"]}, "z"]
        turned = [{"code": "Q", "children": ["x"]}, {"code": "P", "children": ["y"]}, "z"]
        below = [{"code": "P", "children": [{"code": "z", "weight": "0.5"}, "y"]}, {"code": "Q", "children": ["z"]}]
        for first, second in ((model(both, below), model(turned, below)), (model(both, below, below), model(turned))):
            self.tool("model", "apply", "-", text=json.dumps(first))
            self.tool("model", "apply", "-", text=json.dumps(second))
            self.assertIn("nothing to do\n", self.apply(second))
            shown = json.loads(self.tool("model", "show", "a", "--json"))["dimensions"][0]
            self.assertEqual(shown["hierarchies"][0]["members"], below)
            self.apply(first, "--prune")
        ended = model([{"code": "Q", "children": ["x", "y", "z"]}, "P"],
                      [{"code": "Q", "children": ["z"]}])
        self.apply(model(both, below), "--prune")
        self.apply(ended, "--prune")
        self.assertEqual(self.apply(ended, "--prune"), "nothing to do\n")
        self.assertIn('"P"', self.refused("QA_HIERARCHY_INVALID", "model", "apply", "-",
                                          text=json.dumps(model(ended["dimensions"][0]["members"], below))))

    def test_random_trees_follow_their_files(self):
        seed = int(os.environ.get("QA_SEED", "20260402"))
        rng = random.Random(seed)
        for turn in range(12):
            codes = [f"m{i}" for i in range(rng.randint(1, 14))]
            rng.shuffle(codes)
            roots, places = [], []
            for code in codes:
                node = {"code": code}
                parent = rng.choice(places) if places and rng.random() < 0.7 else None
                if parent is not None:
                    node["operator"] = rng.choice("+-~^")
                    parent.setdefault("children", []).append(node)
                else:
                    roots.append(node)
                places.append(node)
            leaves = [p["code"] for p in places if "children" not in p]
            groups = [{"code": f"g{i}", "children": rng.sample(leaves, rng.randint(1, len(leaves)))} for i in range(2)]
            model = {"app": "r", "dimensions": [{"name": "D", "members": roots,
                                                 "hierarchies": [{"name": "H", "members": groups}]}]}
            with self.subTest(seed=seed, turn=turn):
                self.apply(model, "--prune")
                self.assertEqual(self.apply(model, "--prune"), "nothing to do\n")
                shown = self.tool("model", "show", "r", "--json")
                self.assertEqual(self.tool("model", "diff", "r", "-", text=shown), "no difference\n")
                self.assertEqual(self.tool("model", "diff", "r", "-", text=json.dumps(model)), "no difference\n")

    def test_a_renamed_member_keeps_its_values(self):
        self.fill()
        model = json.loads(MODEL.read_text())
        model["dimensions"][0]["members"][0]["children"][0]["children"] = [{"code": "Levies", "was": "Taxes"}, "Fees"]
        self.assertIn('change  Account:Taxes: code "Taxes" → "Levies"', self.apply(model))
        self.assertEqual(self.apply(model), "nothing to do\n")
        self.assertEqual(self.net(), 730.5)

    def test_an_alias_moves_to_another_member_in_one_file(self):
        def model(police, fire, *more):
            return {"app": "m", "dimensions": [{"name": "D", "members": [
                {"code": "Police", **police}, {"code": "Fire", **fire}, *more]}]}
        self.apply(model({}, {"aliases": ["Fire Department", "F"]}))
        moved = model({"aliases": ["Fire Department"]}, {"aliases": ["F"]})
        self.assertIn('D:Fire: alias "Fire Department" → nothing', self.apply(moved))
        self.assertEqual(self.apply(moved), "nothing to do\n")
        self.refused("QA_CODE_TAKEN", "model", "apply", "-", text=json.dumps(model({"aliases": ["F"]}, {})))
        turned = model({"aliases": ["F"]}, {"aliases": ["Fire Department"]})
        for options in ((), ("--prune",)):
            self.apply(turned, *options)
            self.assertEqual(self.apply(turned, *options), "nothing to do\n")
            self.apply(moved, *options)
        code = model({"aliases": []}, {"aliases": ["F"]}, "Fire Department")
        self.apply(code)
        self.assertEqual(self.apply(code), "nothing to do\n")
        self.apply(model({}, {}, "Gone"), "--prune")
        self.apply(model({"aliases": ["Gone"]}, {}), "--prune")
        written = model({"aliases": ["GONE"]}, {})
        self.assertIn('alias nothing → "GONE"', self.apply(written))
        self.assertEqual(self.apply(written), "nothing to do\n")

    def test_codes_move_along_a_chain_of_renames_and_an_exchange_takes_a_third_code(self):
        def members(*pairs):
            return {"app": "c", "dimensions": [{"name": "D", "members": [
                {"code": code, **({"was": was} if was else {})} for code, was in pairs]}]}
        self.apply(members(("A", None), ("B", None)))
        self.tool("set", "c", "D=A", "1")
        self.tool("set", "c", "D=B", "2")

        def values():
            return self.tool("query", "c", "--rows", "D", "--columns", "D2", "--format", "csv").split("\n")[1:-1]
        self.apply({"app": "c", "dimensions": [{"name": "D2", "members": ["x"], "takes_existing": "x"}]})
        chain = members(("B", "A"), ("C", "B"))
        self.assertIn('D:A: code "A" → "B"', self.apply(chain))
        self.assertEqual(sorted(values()), ["B,1.00", "C,2.00"])
        self.assertIn("\nnothing to do\n", self.apply(chain))
        words = self.refused("QA_BAD_MODEL", "model", "apply", "-", text=json.dumps(members(("B", "C"), ("C", "B"))))
        self.assertIn("rename one to a third code first", words)
        self.apply(members(("T", "B")))
        exchange = members(("B", "C"), ("C", "T"))
        self.apply(exchange)
        self.assertEqual(sorted(values()), ["B,2.00", "C,1.00"])
        self.assertIn("\nnothing to do\n", self.apply(exchange))
        turned = {"app": "c", "dimensions": [{"name": "D", "members": [{"code": "N", "was": "B", "aliases": ["B"]}]}]}
        self.apply(turned)
        self.apply({"app": "c", "dimensions": [{"name": "D", "members": [{"code": "B", "was": "N", "aliases": ["N"]}]}]})
        self.assertEqual(sorted(values()), ["B,2.00", "C,1.00"])

    def test_a_new_dimension_says_which_leaf_takes_the_values(self):
        self.fill()
        fund = {"app": "plan", "dimensions": [{"name": "Fund", "members": [
            {"code": "All Funds", "children": ["1010", "2010"]}]}]}
        self.assertIn("takes_existing", self.refused("QA_BAD_MODEL", "model", "apply", "-", text=json.dumps(fund)))
        fund["dimensions"][0]["takes_existing"] = "2010"
        self.apply(fund)
        self.assertEqual(self.net("--where", "Department=All,Fund=2010"), 730.5)
        self.assertIsNone(self.net("--where", "Department=All,Fund=1010"))
        self.assertEqual(self.apply(fund), self.apply(fund))

    def test_a_leaf_with_values_hands_them_to_its_data_member(self):
        self.fill()
        model = json.loads(MODEL.read_text())
        parks = model["dimensions"][3]["members"][0]["children"][1]
        parks["children"] = ["Parks North", "Parks Other"]
        self.refused("QA_HAS_ATOMS", "model", "apply", "-", text=json.dumps(model))
        parks["data_member"] = "Parks Other"
        self.apply(model)
        self.assertEqual(self.net(), 730.5)
        self.assertEqual(self.net("--where", "Department=Parks Other"), 130.5)

    def test_generated_calendars_have_every_day_once(self):
        for periods, levels, leaves in (("12", ["year", "quarter", "month", "day"], 4 * 365 + 1),
                                        ("13", ["year", "period"], 52), ("4-4-5", ["year", "quarter", "period"], 48),
                                        ("52/53", ["year", "half", "quarter", "week"], 209)):
            with self.subTest(periods=periods):
                app = "cal" + periods.replace("/", "-")
                self.apply({"app": app, "dimensions": [
                    {"name": "T", "kind": "time", "calendar": {"start_month": 2, "periods": periods}, "members": [
                        {"periods": {"from": "2023", "to": "2026", "levels": levels}}]}]})
                spans = []

                def collect(member):
                    if "children" not in member:
                        spans.append((member["first_day"], member["last_day"]))
                    for child in member.get("children", []):
                        collect(child)
                for year in json.loads(self.tool("model", "show", app, "--json"))["dimensions"][0]["members"]:
                    collect(year)
                self.assertEqual(len(spans), leaves)
                import datetime
                for before, behind in zip(spans, spans[1:]):
                    day = datetime.date.fromisoformat(before[1]) + datetime.timedelta(days=1)
                    self.assertEqual(day.isoformat(), behind[0])

    def test_a_bad_file_is_refused_with_its_place(self):
        dimension = {"name": "D", "members": ["a"]}
        for model, words in (
                ({"app": "x y", "dimensions": [dimension]}, "$.app: "),
                ({"app": "x"}, 'the key "dimensions" is missing'),
                ({"app": "x", "dimensions": []}, "0 dimensions"),
                ({"app": "x", "dimension": []}, 'there is no key "dimension"; these are known: app, title'),
                ({"app": "x", "dimensions": [{"name": "D", "members": ["a", {"code": "b", "children": ["A"]}]}]},
                 '$.dimensions[0].members[1].children[0]: "a" stands in the primary hierarchy already, at '
                 "$.dimensions[0].members[0]"),
                ({"app": "x", "dimensions": [{"name": "D", "members": [{"code": "p", "children": [
                    {"code": "b", "operator": "*"}]}]}]}, "$.dimensions[0].members[0].children[0].operator: "),
                ({"app": "x", "dimensions": [{"name": "D", "members": [{"code": "p", "children": [
                    {"code": "b", "weight": "1.2345678"}]}]}]}, "a weight has at most 6 decimals"),
                ({"app": "x", "dimensions": [{"name": "D", "members": ["a"], "hierarchies": [
                    {"name": "H", "members": [{"code": "g", "children": ["h"]}, {"code": "h", "children": ["a"]}]}]}]},
                 '$.dimensions[0].hierarchies[0].members[1]: "h" is named in two places and is a root at one of them; '
                 "a root stands nowhere else. The other place is $.dimensions[0].hierarchies[0].members[0].children[0]"),
                ({"app": "x", "dimensions": [{"name": "D", "members": ["a"], "hierarchies": [
                    {"name": "H", "members": ["a", "a"]}]}]}, "The other place is $.dimensions[0].hierarchies[0].memb"),
                ({"app": "x", "dimensions": [{"name": "D", "members": ["a"], "hierarchies": [
                    {"name": "H", "members": [{"code": "g", "children": ["a", "a"]}]}]}]}, "stands twice below one parent"),
                ({"app": "x", "dimensions": [{"name": "D", "members": ["a"], "hierarchies": [
                    {"name": "H", "members": ["b"]}]}]}, "to be a group it needs children"),
                ({"app": "x", "dimensions": [{"name": "D", "members": [{"code": "a", "kind": "text"}]}]},
                 "is not of kind measure")):
            with self.subTest(words=words):
                self.assertIn(words, self.refused("QA_BAD_MODEL", "model", "apply", "-", text=json.dumps(model)))
        for text, words in (('{ "app": "x",\n  "dimensions": [ }', "line 2, column "), ("", "the file is empty"),
                            ('{ "app": "a\\u0000b" }', "line 1, column 12: a text must not hold a zero character"),
                            ('{ "app": "x", "dimensions": [{"name": "D", "members": ["a"]}] } x', "line 1, column 65"),
                            ('{ "app": "x", "app": "y" }', 'the key "app" is there twice')):
            with self.subTest(words=words):
                self.assertIn(words, self.refused("QA_BAD_MODEL", "model", "apply", "-", text=text))


class Cells(Tool):
    def test_each_kind_is_read_as_its_account_says(self):
        self.apply({"app": "k", "dimensions": [{"name": "A", "kind": "measure", "members": [
            "dec", {"code": "num", "kind": "double"}, {"code": "txt", "kind": "text"}, {"code": "day", "kind": "date"},
            {"code": "yes", "kind": "boolean"}, {"code": "whole", "decimals": 0}]}, {"name": "D", "members": ["d"]}]})
        for account, typed, exact in (("dec", "1,234.5", "1234.50"), ("dec", "(7)", "-7.00"), ("dec", "7-", "-7.00"),
                                      ("dec", "1e2", "100.00"), ("num", "0.1", "0.1"), ("num", "1,000", "1000"),
                                      ("txt", "a, \"b\"", '"a, ""b"""'), ("txt", "日本", "日本"),
                                      ("day", "2026-02-28", "2026-02-28"), ("yes", "true", "true"),
                                      ("whole", "12", "12"), ("dec", "missing", ""), ("txt", "", "")):
            self.tool("set", "k", f"A={account}", typed)
            answer = self.tool("query", "k", "--rows", "D", "--columns", f"A:{account}", "--format", "csv",
                               "--suppress", "none")
            self.assertEqual(answer, f"D,{account}\nd,{exact}\n")
        for account, typed, status in (("dec", "1.001", "QA_TOO_MANY_DECIMALS"), ("dec", "1" * 17, "QA_OVERFLOW"),
                                       ("dec", "12,34", "QA_NOT_A_NUMBER"), ("dec", "(-5)", "QA_NOT_A_NUMBER"),
                                       ("num", "nan", "QA_NOT_A_NUMBER"), ("num", "1e999", "QA_NOT_A_NUMBER"),
                                       ("day", "2026-02-29", "QA_NOT_A_DATE"), ("yes", "ja", "QA_WRONG_KIND"),
                                       ("whole", "1.5", "QA_TOO_MANY_DECIMALS")):
            if typed == "1e999":
                status = "QA_OVERFLOW"
            self.refused(status, "set", "k", f"A={account}", typed)

    def test_a_text_too_long_and_bytes_that_are_no_text_are_refused_by_name(self):
        self.apply({"app": "k", "dimensions": [{"name": "A", "kind": "measure", "members": [
            {"code": "txt", "kind": "text"}]}]})
        self.assertIn("the text has 40000 UTF-16 units; a text value has at most 32767",
                      self.refused("QA_LIMIT", "set", "k", "A=txt", "x" * 40000))
        self.tool("set", "k", "A=txt", "\U0001F600" * 16383)
        for arguments, words in ((("set", "k", "A=txt", b"caf\xe9"), 'the value "caf\\xE9…" is not UTF-8 text: byte 4;'),
                                 (("set", "k", b"A=\xff", "x"), 'the coordinate "A=\\xFF…" is not UTF-8'),
                                 (("set", b"k\xc3", "A=txt", "x"), "the name of an app"),
                                 (("hold", "k", "A=txt", "--for", b"\xc3("), "the --for "),
                                 (("--reason", b"\x80", "set", "k", "A=txt", "x"), "the --reason "),
                                 (("query", "k", "--rows", b"A\xed\xa0\x80", "--columns", "A"), "the selection ")):
            self.assertIn(words, self.refused("QA_NOT_TEXT", *arguments))

    def test_what_a_command_lacks_is_named(self):
        self.assertIn("backup needs 1 argument behind it, not 0: quantatom backup FOLDER",
                      self.refused("QA_USAGE", "backup", code=2))
        self.assertIn("set needs 3 arguments behind it, not 1: quantatom set APP Dim=Member,... VALUE",
                      self.refused("QA_USAGE", "set", "plan", code=2))
        self.assertIn('"b" is more than restore takes: quantatom restore FOLDER',
                      self.refused("QA_USAGE", "restore", "a", "b", code=2))

    def test_names_with_commas_and_quotes_are_understood(self):
        self.apply({"app": "n", "dimensions": [{"name": "D, \"1\"", "members": ["a,b", "c=d", "e\\f"]}]})
        for member in ('"a,b"', "a\\,b", "c=d", "e\\\\f"):
            self.assertIn("offset ", self.tool("set", "n", f'D\\, \\"1\\"={member}', str(len(member))))

    def test_what_is_not_there_is_refused_with_the_nearest_names(self):
        self.fill()
        self.assertIn('did you mean "Salaries"?', self.refused(
            "QA_MEMBER_NOT_FOUND", "set", "plan", "Account=Salarie,Month=2025-07,Department=Fire", "1"))
        self.refused("QA_DIMENSION_NOT_FOUND", "set", "plan", "Acount=Fees", "1")
        self.refused("QA_MEMBER_UNNAMED", "set", "plan", "Account=Fees,Department=Fire", "1")
        self.refused("QA_NOT_LEAF", "set", "plan", "Account=Net,Month=2025-07,Department=Fire", "1")
        self.refused("QA_USAGE", "set", "plan", "Account=Fees,Account=Fees", "1", code=2)
        self.refused("QA_APP_NOT_FOUND", "stats", "plam")
        self.refused("QA_NOT_A_REPLICA", "stats", "plan", replica=self.folder / "nothing")
        self.assertIn('did you mean "query"?', self.refused("QA_USAGE", "qeury", code=2))
        self.refused("QA_USAGE", "query", "plan", "--row", "Account", code=2)

    def test_an_ambiguous_name_is_refused_with_its_unique_forms(self):
        self.apply({"app": "m", "dimensions": [{"name": "D", "members": [
            {"code": "a", "caption": "Same"}, {"code": "b", "caption": "Same"}]}]})
        self.assertIn("D:", self.refused("QA_MEMBER_AMBIGUOUS", "set", "m", "D=Same", "1"))

    def test_history_tells_who_and_what_and_undo_brings_the_hash_back(self):
        self.fill()
        before = self.stats()
        self.tool("--reason", "a cut", "set", "plan", "Account=Salaries,Month=2025-07,Department=Fire", "300")
        entries = json.loads(self.tool("history", "plan", "Account=Net,Month=FY2026,Department=All", "--format",
                                       "json"))
        self.assertEqual([(e["before"], e["behind"]) for e in entries][-2:],
                         [("850.50", "730.50"), ("730.50", "830.50")])
        self.assertEqual((entries[-1]["reason"], entries[-1]["door"]), ("a cut", "tool"))
        self.assertNotEqual(self.stats()["data_hash"], before["data_hash"])
        offset = str(entries[-1]["offset"])
        self.assertIn("300.00 → 400.00", self.tool("undo", "plan", offset, "--preview"))
        self.tool("undo", "plan", offset)
        self.assertEqual(self.stats()["data_hash"], before["data_hash"])
        self.assertEqual(self.net(), 730.5)
        log = json.loads(self.tool("log", "plan", "--from", offset, "--format", "json"))
        self.assertEqual(log[-1]["operations"], f"undo {offset}")

    def test_the_past_is_shown_as_it_was_and_todays_numbers_on_the_old_structure(self):
        self.fill()
        offset = str(self.stats()["offset"])
        model = json.loads(MODEL.read_text())
        department = model["dimensions"][3]["members"][0]["children"]
        department[0]["children"].append(department.pop())
        self.apply(model)
        self.tool("set", "plan", "Account=Fees,Month=2025-08,Department=Parks", "1250.5")
        rows = ["query", "plan", "--rows", "Department:{Safety,Parks}", "--columns", "Account:Net", "--where",
                "Month=FY2026", "--format", "csv"]
        self.assertEqual(self.tool(*rows), "Department,Net\nSafety,1730.50\nParks,1130.50\n")
        self.assertEqual(self.tool(*rows, "--as-of", offset), "Department,Net\nSafety,600.00\nParks,130.50\n")
        self.assertEqual(self.tool(*rows, "--hierarchy-as-of", offset),
                         "Department,Net\nSafety,600.00\nParks,1130.50\n")
        self.refused("QA_NO_SUCH_OFFSET", *rows, "--as-of", "99")
        self.refused("QA_NO_SUCH_OFFSET", *rows, "--as-of", "0")
        self.refused("QA_NO_SUCH_OFFSET", *rows, "--as-of", "2001-01-01")
        self.refused("QA_NOT_A_DATE", *rows, "--as-of", "yesterday")

    def test_a_log_from_behind_its_end_is_refused_with_its_end(self):
        self.fill()
        for offset in ("6", "999"):
            run = self.run_tool("log", "plan", "--from", offset)
            self.assertEqual((run.stdout, run.returncode), (b"", 1))
            self.assertIn(f"no offset {offset} yet: the log of plan ends with offset 5", run.stderr.decode())
            self.assertIn("[QA_NO_SUCH_OFFSET]", run.stderr.decode())
        self.assertEqual(len(self.tool("log", "plan", "--from", "5").splitlines()), 2)

    def test_a_table_of_the_log_names_four_kinds_and_the_exports_all(self):
        self.fill()
        line = self.tool("log", "plan").splitlines()[1]
        self.assertRegex(line, r"  [a-z ]+, [a-z ]+, [a-z ]+, [a-z ]+, …$")
        entry = json.loads(self.tool("log", "plan", "--format", "json"))[0]
        self.assertGreater(entry["operations"].count(", "), 4)
        self.assertNotIn("…", entry["operations"])

    def test_an_undo_counts_what_could_not_go_back_and_its_undo_does_it_again(self):
        self.fill()
        cell = "Account=Taxes,Month=2025-07,Department=Police"
        self.tool("set", "plan", cell, "7")
        first = str(self.stats()["offset"])
        self.tool("undo", "plan", first)
        self.assertEqual(self.net(), 730.5 + 120 - 120)
        self.tool("undo", "plan", str(self.stats()["offset"]))
        self.assertEqual(self.net(), 730.5 - 993)
        names = {"app": "plan", "title": "One", "dimensions": [{"name": "Account", "members": [
            {"code": "Staff", "caption": "Heads"}]}]}
        offset = self.apply(names).split("offset ")[1].split(":")[0]
        self.apply({"app": "plan", "title": "Two", "dimensions": [{"name": "Account"}]})
        self.assertIn("could not go back (changed since, or in use): 1", self.tool("undo", "plan", offset, "--preview"))
        self.assertIn("; 1 could not go back (changed since, or in use)\n", self.tool("undo", "plan", offset))
        self.assertIn("undoing it does the first change again", self.tool("undo", "--help"))
        self.refused("QA_NO_SUCH_OFFSET", "undo", "plan", "99")

    def test_an_undo_says_that_a_dimension_stays(self):
        self.fill()
        self.apply({"app": "plan", "dimensions": [{"name": "Fund", "takes_existing": "f1", "members": ["f1", "f2"]}]})
        offset = str(self.stats()["offset"])
        words = "  the dimension Fund stays, with its first member f1: a dimension is never taken away\n"
        self.assertIn(words, self.tool("undo", "plan", offset, "--preview"))
        self.assertIn(words, self.tool("undo", "plan", offset))
        self.assertEqual(self.net(), 730.5)
        self.assertNotIn("stays", self.tool("undo", "plan", str(int(offset) - 1), "--preview"))

    def test_holds_and_masks_are_changes_of_the_log(self):
        self.fill()
        cell = "Account=Taxes,Month=2025-07,Department=Police"
        before = self.stats()
        self.tool("hold", "plan", cell, "--for", "ada")
        self.assertEqual(self.stats()["holds"], 1)
        self.tool("release", "plan", cell, "--for", "ada")
        self.assertEqual(self.stats()["data_hash"], before["data_hash"])
        self.tool("mask", "plan", cell, "0x8000000000000001")
        self.assertNotEqual(self.stats()["data_hash"], before["data_hash"])
        self.refused("QA_USAGE", "mask", "plan", cell, "0x10000000000000000", code=2)


class Queries(Tool):
    def test_a_table_too_wide_goes_on_below_with_its_rows(self):
        self.fill()
        wide = self.tool("query", "plan", "--rows", "Account:Net.descendants", "--columns", "Month", "--where",
                         "Department=All", "--width", "44")
        self.assertIn("columns 1 to 3 of 6, more below\n", wide)
        self.assertTrue(all(len(line) <= 44 for line in wide.split("\n")[3:-2]), wide)
        narrow = self.tool("query", "plan", "--rows", "Account:Net.descendants", "--columns", "Month", "--where",
                           "Department=All", "--width", "0")
        self.assertNotIn("more below", narrow)
        for figure in ("850.50", "-120.00", "1,250.50"):
            self.assertIn(figure, wide)
            self.assertIn(figure, narrow)

    def test_wide_characters_stand_in_their_columns(self):
        self.apply({"app": "w", "dimensions": [{"name": "D", "members": ["公園", "abcd", "ä"]},
                                               {"name": "E", "members": ["e"]}]})
        for member in ("公園", "abcd", "ä"):
            self.tool("set", "w", f"D={member}", "1")
        lines = self.tool("query", "w", "--rows", "D", "--columns", "E").split("\n")
        self.assertEqual(lines[2:7], ["D        e", "──────────", "公園  1.00", "abcd  1.00", "ä     1.00"])

    def test_numbers_of_different_decimals_stand_with_their_points_below_each_other(self):
        self.apply({"app": "p", "dimensions": [{"name": "A", "kind": "measure", "members": [
            {"code": "two"}, {"code": "four", "decimals": 4}, {"code": "none", "decimals": 0},
            {"code": "num", "kind": "double"}, {"code": "day", "kind": "date"}, {"code": "txt", "kind": "text"}]},
            {"name": "D", "members": ["d"]}]})
        for account, value in (("two", "1234.5"), ("four", "-7.1234"), ("none", "12"), ("num", "2.5"),
                               ("day", "2026-02-28"), ("txt", "yes")):
            self.tool("set", "p", f"A={account}", value)
        lines = self.tool("query", "p", "--rows", "A", "--columns", "D").split("\n")
        self.assertEqual(lines[4:10], ["two   1,234.50", "four     -7.1234", "none     12", "num       2.5",
                                       "day   2026-02-28", "txt   yes"])

    def test_suppression_and_functions_choose_what_is_shown(self):
        self.fill()

        def codes(rows, *options):
            answer = json.loads(self.tool("query", "plan", "--rows", rows, "--columns", "Month:FY2026", "--where",
                                          "Department=All", "--suppress", "none", "--format", "json", *options))
            return [row["members"][0] for row in answer["rows"]]
        self.assertEqual(codes("Account:Net.children"), ["Revenue", "Expense"])
        self.assertEqual(codes("Account:Net.leaves"), ["Taxes", "Fees", "Salaries", "Travel"])
        self.assertEqual(codes("Account:{Net,Expense.children}"), ["Net", "Salaries", "Travel"])
        self.assertEqual(codes("Account.generation(2)"), ["Revenue", "Expense"])
        self.assertEqual(codes("Account:Net.level(1)"), ["Revenue", "Expense"])
        self.assertEqual(codes("Account:Net.children.children"), ["Taxes", "Fees", "Salaries", "Travel"])
        self.assertEqual(codes("Account.children"), ["Revenue", "Expense"])
        self.assertNotIn("Travel", codes("Account", "--suppress", "missing"))
        self.tool("set", "plan", "Account=Travel,Month=2025-07,Department=Fire", "0")
        self.assertIn("Travel", codes("Account", "--suppress", "missing"))
        self.assertNotIn("Travel", codes("Account", "--suppress", "zero"))

    def test_a_query_that_cannot_be_answered_says_why(self):
        self.fill()
        for status, rows, columns, code in (("QA_USAGE", "Account:{Net", "Month", 2),
                                            ("QA_USAGE", "Account.level(x)", "Month", 2),
                                            ("QA_USAGE", "Account*", "Month", 2),
                                            ("QA_USAGE", 'Account:"Net', "Month", 2),
                                            ("QA_HIERARCHY_NOT_FOUND", "Department@By", "Month", 1),
                                            ("QA_MEMBER_NOT_FOUND", "Department@ByHall:Safety", "Month", 1),
                                            ("QA_MEMBER_NOT_FOUND", "Department[Head=Nobody]", "Month", 1),
                                            ("QA_MEMBER_UNNAMED", "Department", "Account", 1)):
            with self.subTest(rows=rows):
                self.refused(status, "query", "plan", "--rows", rows, "--columns", columns, code=code)

    def test_where_takes_a_member_of_an_alternate_hierarchy(self):
        self.fill()
        query = ["query", "plan", "--rows", "Account:Net", "--columns", "Month:FY2026"]

        def net(where):
            return json.loads(self.tool(*query, "--where", where, "--format", "json"))
        answer = net("Department@ByHall=North Hall")
        self.assertEqual(answer["rows"][0]["values"], [1065.25])
        self.assertEqual(answer["where"]["Department@ByHall"], "North Hall")
        self.assertEqual(net('"Department" @ byhall = Parks')["rows"][0]["values"], [130.5])
        self.assertIn("Department@ByHall = North Hall",
                      self.tool(*query, "--where", "Department@ByHall=North Hall"))
        self.assertIn("write Department@ByHall=…",
                      self.refused("QA_MEMBER_NOT_FOUND", *query, "--where", "Department=North Hall"))
        self.refused("QA_MEMBER_NOT_FOUND", *query, "--where", "Department@ByHall=Safety")
        self.refused("QA_HIERARCHY_NOT_FOUND", *query, "--where", "Department@By=Safety")
        self.refused("QA_DIMENSION_NOT_FOUND", *query, "--where", "Dep@ByHall=Safety")
        self.refused("QA_USAGE", *query, "--where", "Department@ByHall", code=2)
        self.refused("QA_USAGE", "set", "plan", "Account=Fees,Month=2025-07,Department@ByHall=Parks", "1", code=2)
        self.apply({"app": "at", "dimensions": [{"name": "D@H", "members": ["m"]}, {"name": "D", "members": ["n"]}]})
        self.tool("set", "at", "D@H=m,D=n", "1")

    def test_a_reader_that_goes_away_ends_the_tool_quietly(self):
        self.fill()
        process = subprocess.Popen([TOOL, "--replica", str(self.replica), "model", "show", "plan"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertNotEqual(process.wait(), -signal.SIGPIPE)


class Statements(Tool):
    def test_a_statement_keeps_the_reason_of_the_command_unless_it_gives_another(self):
        self.fill()
        write = "UPDATE atoms SET value = value + 1 WHERE Account = 'Fees'"
        newest = "SELECT reason FROM history ORDER BY offset DESC LIMIT 1"
        self.tool("--reason", "inflation", "sql", write)
        self.assertEqual(self.tool("sql", "--format", "csv", newest), "reason\ninflation\n")
        self.tool("--reason", "inflation", "sql", "BEGIN", write, "CALL set_reason('a slip')", "COMMIT")
        self.assertEqual(self.tool("sql", "--format", "csv", newest), "reason\na slip\n")
        self.refused("QA_LIMIT", "--reason", "x" * 5000, "sql", write)

    def test_json_tells_what_is_missing_and_what_is_true(self):
        self.fill()
        rows = json.loads(self.tool("sql", "--format", "json", "SELECT 1.50 AS a, NULL AS b, '' AS c, 1 = 1 AS d, NOT TRUE AS e"))
        self.assertEqual(rows, [{"a": 1.5, "b": None, "c": "", "d": True, "e": False}])

    def test_a_mistake_in_a_script_names_the_line_on_which_the_statement_begins(self):
        self.fill()
        words = self.refused("QA_COLUMN_NOT_FOUND", "sql", "-", text="SELECT 1;\n\nSELECT\n  valu FROM atoms;\n")
        self.assertIn("in the statement that begins on line 3: line 2, column 3: ", words)


class Copies(Tool):
    def test_a_restored_backup_is_equal_and_a_replica_of_its_own(self):
        self.fill()
        backup, restored = self.folder / "backup", self.folder / "deep/er/restored"
        self.assertIn("verified", self.tool("backup", str(backup)))
        self.tool("set", "plan", "Account=Taxes,Month=2025-07,Department=Police", "1")
        self.tool("restore", str(backup), replica=restored)
        mine, theirs = self.stats(), self.stats(replica=restored)
        self.assertEqual(theirs["offset"] + 1, mine["offset"])
        same = self.stats(replica=backup)
        for key in ("offset", "data_hash", "state_hash", "chain_hash", "atoms"):
            self.assertEqual(theirs[key], same[key])
        identities = {(path / "REPLICA").read_text() for path in (self.replica, backup, restored)}
        self.assertEqual(len(identities), 3)
        self.tool("set", "plan", "Account=Taxes,Month=2025-07,Department=Police", "1", replica=restored)
        self.assertEqual(self.stats(replica=restored)["data_hash"], mine["data_hash"])
        self.assertIn("all is well", self.tool("verify", "plan", replica=restored))
        self.refused("QA_EXISTS", "restore", str(backup))
        self.refused("QA_EXISTS", "backup", str(backup))
        self.refused("QA_NOT_A_REPLICA", "restore", str(self.folder / "nothing"), replica=self.folder / "new")
        self.refused("QA_APP_NOT_FOUND", "backup", str(self.folder / "other"), "--app", "nothing")

    def test_a_copy_inside_what_is_copied_is_refused_with_the_reason(self):
        self.fill()
        (self.folder / "link").symlink_to(self.replica)
        before = sorted(self.replica.rglob("*"))
        for target in (self.replica, self.replica / "backup", self.replica / "plan/deep/er", self.folder / "link/b",
                       self.replica / "../replica/b"):
            self.assertIn("is inside the folder", self.refused("QA_INVALID", "backup", str(target)))
        self.refused("QA_INVALID", "restore", str(self.replica), replica=self.replica / "again")
        self.assertEqual(sorted(self.replica.rglob("*")), before)
        self.tool("backup", str(self.folder / "replica2"))

    def test_the_apps_of_a_folder_that_is_no_replica_are_not_listed(self):
        (self.folder / "other/sub").mkdir(parents=True)
        for folder in ("other", "nothing"):
            self.refused("QA_NOT_A_REPLICA", "apps", replica=self.folder / folder)
        self.fill()
        (self.replica / "stray").mkdir()
        self.assertEqual(self.tool("apps"), "plan\n")

    def test_a_damaged_backup_is_refused(self):
        self.fill()
        self.tool("backup", str(self.folder / "backup"))
        segment = next((self.folder / "backup/plan/log").glob("*.log"))
        data = bytearray(segment.read_bytes())
        data[600] ^= 1
        segment.write_bytes(data)
        self.refused("QA_CORRUPT", "restore", str(self.folder / "backup"), replica=self.folder / "restored")


if __name__ == "__main__":
    unittest.main()
