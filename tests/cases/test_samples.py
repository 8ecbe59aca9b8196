"""Builds the sample apps with the tool and compares every check figure with what a script of its own computed from the
published files; makes them a second time; and, where the published files are at hand, loads those too and compares.

Environment: QA_TOOL, QA_SOURCE_DIR; QA_SHARED (default: the folder `shared` beside the source folder) may hold
data/oakland and data/foodmart as published."""
import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("QA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = os.environ.get("QA_TOOL", str(SOURCE / "build/release/rest-gateway/quantatom"))
SHARED = pathlib.Path(os.environ.get("QA_SHARED", SOURCE.parent / "shared")) / "data"
SAMPLES = SOURCE / "rest-gateway/samples"
FIGURES = json.loads((SOURCE / "tests/cases/sample_figures.json").read_text(encoding="utf-8"))
APPS = ("budget", "ledger", "sales")


def tool(replica, *arguments):
    run = subprocess.run([TOOL, "--replica", str(replica), *map(str, arguments)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, universal_newlines=True)
    if run.returncode != 0:
        raise AssertionError(f"{arguments} ended with {run.returncode}: {run.stderr}{run.stdout}")
    return run.stdout


def statistics(replica, app):
    return json.loads(tool(replica, "stats", app, "--format", "json"))


def grid(replica, app, rows, columns, where=""):
    """{last row label: {column label: text}}; a cell without a value is an empty text."""
    arguments = ["query", app, "--rows", rows, "--columns", columns, "--format", "csv", "--suppress", "none"]
    if where:
        arguments += ["--where", where]
    lines = list(csv.reader(io.StringIO(tool(replica, *arguments))))
    labels = rows.count("*") + 1
    return {line[labels - 1]: dict(zip(lines[0][labels:], line[labels:])) for line in lines[1:]}


def amount(text):
    """12.50 and 12.5 are one number; compared as text of integers, never as binary fractions."""
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = str(text).partition(".")
    fraction = fraction.rstrip("0")
    return sign + whole + ("." + fraction if fraction else "")


class Samples(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-samples-"))
        cls.replica = cls.folder / "samples"
        cls.make(cls.replica)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @staticmethod
    def make(replica):
        subprocess.run(["sh", str(SOURCE / "installers/make-samples.sh"), TOOL, str(replica)], check=True,
                       stdout=subprocess.DEVNULL)

    def assert_amount(self, shown, expected, what):
        self.assertEqual(amount(shown), amount(str(expected)), what)

    def test_revenue_and_expense_of_every_budget_file_tie_to_the_dollar(self):
        for figures in FIGURES["budget"]:
            cells = grid(self.replica, "budget", "Account:{Total,Revenue,Expense}", "FiscalYear:" + figures["year"],
                         "Scenario=" + figures["scenario"])
            for account, expected in (("Revenue", figures["revenue"]), ("Expense", figures["expense"]),
                                      ("Total", figures["revenue"] - figures["expense"])):
                self.assert_amount(cells[account][figures["year"]], expected, f"{figures['file']} {account}")

    def test_the_adopted_budget_of_fy21_22_shows_its_published_total_with_cents(self):
        cells = grid(self.replica, "budget", "Account:{Total,Expense}", "FiscalYear:FY21-22")
        self.assertEqual(cells["Expense"]["FY21-22"], "2033463039.00")
        self.assertEqual(cells["Total"]["FY21-22"], "-150000.00")

    def test_a_department_that_was_renamed_is_one_row_over_the_years(self):
        cells = grid(self.replica, "budget", "Department:Fire", "FiscalYear", "Account=Expense,Scenario=Adopted")
        for year, expected in FIGURES["fire_expense_adopted"].items():
            self.assert_amount(cells["Fire"][year], expected, year)
        self.assertEqual(cells["Fire"]["FY17-18"], "", "only a proposed budget was published for that year")

    def test_fund_groups_add_up_by_the_prefix_of_the_fund(self):
        expected = FIGURES["fund_group_expense_FY21-22_adopted"]
        names = "Fund:{" + ",".join(expected) + "}"
        cells = grid(self.replica, "budget", names, "FiscalYear:FY21-22", "Account=Expense,Scenario=Adopted")
        for group, figure in expected.items():
            self.assert_amount(cells[group]["FY21-22"], figure, group)

    def test_the_ledger_ties_to_its_check_figures_with_all_currencies_added_up(self):
        for year, figures in FIGURES["ledger_added_up"].items():
            cells = grid(self.replica, "ledger",
                         "Currency@AddedUp:Local Amounts*Account:{" + ",".join(figures) + "}", "Period:" + year)
            for account, expected in figures.items():
                self.assert_amount(cells[account][year], expected, f"{year} {account}")

    def test_each_currency_has_its_own_total_and_none_has_all(self):
        expected = FIGURES["ledger_1998_expense_by_currency"]
        cells = grid(self.replica, "ledger", "Currency", "Period:1998", "Account=4000")
        self.assertEqual(set(cells), set(expected))
        for currency, figure in expected.items():
            self.assert_amount(cells[currency]["1998"], figure, currency)

    def test_exchange_rates_average_along_time(self):
        months = FIGURES["mexican_peso_rate"]
        cells = grid(self.replica, "ledger", "Account:Exchange Rate", "Period:{" + ",".join([*months, "1998-Q1"]) + "}",
                     "Currency=Mexican Peso")["Exchange Rate"]
        for month, rate in months.items():
            self.assertEqual(cells[month], rate)
        self.assertAlmostEqual(float(cells["1998-Q1"]), 0.12, delta=1e-15)

    def test_sales_add_up_by_product_family_store_and_quarter(self):
        families = "Product:{" + ",".join(FIGURES["sales"]) + "}"
        cells = grid(self.replica, "sales", families, "Account", "Period=1997")
        for family, figures in FIGURES["sales"].items():
            for account, expected in figures.items():
                self.assert_amount(cells[family][account], expected, f"{family} {account}")
        cells = grid(self.replica, "sales", "Store:USA.children", "Account:Store Sales", "Period=1997")
        for state, expected in FIGURES["sales_by_state"].items():
            self.assert_amount(cells[state]["Store Sales"], expected, state)
        cells = grid(self.replica, "sales", "Period:1997.children", "Account:Store Sales")
        for quarter, expected in FIGURES["sales_by_quarter"].items():
            self.assert_amount(cells[quarter]["Store Sales"], expected, quarter)

    def test_every_coordinate_of_the_files_is_one_atom(self):
        for app, expected in FIGURES["atoms"].items():
            self.assertEqual(statistics(self.replica, app)["atoms"], expected, app)

    def test_making_the_samples_again_changes_nothing(self):
        before = {app: statistics(self.replica, app) for app in APPS}
        self.make(self.replica)
        for app in APPS:
            after = statistics(self.replica, app)
            for key in ("offset", "state_hash", "atoms", "log_bytes_used"):
                self.assertEqual(after[key], before[app][key], f"{app} {key}")

    def test_verify_finds_every_sample_sound(self):
        for app in APPS:
            tool(self.replica, "verify", app)

    def test_the_published_files_give_the_same_atoms(self):
        if not (SHARED / "oakland").is_dir() or not (SHARED / "foodmart").is_dir():
            print(f"skipped: the published files are not at {SHARED}")
            return
        raw = self.folder / "raw"
        oakland, foodmart = SHARED / "oakland", SHARED / "foodmart"
        sales = foodmart / "sales_fact_1997_collapsed.json.bz2"
        tool(raw, "model", "apply", SAMPLES / "oakland/model.json")
        tool(raw, "load", "budget", "--map", SAMPLES / "oakland/map.json", *sorted(oakland.glob("*.csv")))
        tool(raw, "model", "apply", SAMPLES / "foodmart/ledger.model.json")
        for map_name, file in (("expense.map.json", foodmart / "expense_fact.json"),
                               ("currency.map.json", foodmart / "currency.json"), ("sales-ledger.map.json", sales)):
            tool(raw, "load", "ledger", "--map", SAMPLES / "foodmart" / map_name, file)
        tool(raw, "model", "apply", SAMPLES / "foodmart/sales.model.json")
        tool(raw, "load", "sales", "--map", SAMPLES / "foodmart/sales.map.json", sales)
        views = {"budget": [("Department.leaves*Account.leaves", "FiscalYear*Scenario"),
                            ("Fund.leaves*Account.leaves", "FiscalYear*Scenario")],
                 "ledger": [("Store.leaves*Account.leaves*Currency", "Period.leaves")],
                 "sales": [("Product.leaves", "Period.leaves*Account.leaves"),
                           ("Store.leaves*Period.leaves", "Account.leaves")]}
        for app in APPS:
            self.assertEqual(statistics(self.replica, app)["atoms"], statistics(raw, app)["atoms"], app)
            for rows, columns in views[app]:
                arguments = ["query", app, "--rows", rows, "--columns", columns, "--format", "csv"]
                self.assertEqual(tool(self.replica, *arguments), tool(raw, *arguments), f"{app} {rows}")

    def test_the_compact_copies_are_what_the_published_files_give(self):
        if "QA_LONG" not in os.environ or not SHARED.is_dir():
            print(f"skipped: only with QA_LONG, and with the published files at {SHARED}")
            return
        run = subprocess.run([sys.executable, str(SOURCE / "tests/samples/make_compact.py"), "--check", str(SHARED)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        self.assertEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    unittest.main()
