"""Foreign programs read and write through the driver as their users do: isql, iusql and pyodbc, and with QA_LONG=1 R (RODBC), Perl
(DBD::ODBC) and LibreOffice (Base's driver for ODBC, a row set, Calc). A program that is not installed is skipped by name."""
import datetime
import decimal
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import driver

IS_LONG = bool(os.environ.get("QA_LONG"))
EXPENSE = ("SELECT SUM(a.value) AS expense FROM budget.atoms a JOIN budget.Account c ON a.Account = c.member "
           "WHERE c.path LIKE 'Total/Expense/%' AND a.FiscalYear = 'FY21-22' AND a.Scenario = 'adopted'")
NET = "SELECT SUM(value) AS net FROM budget.facts WHERE FiscalYear = 'FY21-22' AND Scenario = 'adopted'"
ENDLESS = "SELECT COUNT(*) FROM sales.atoms a, sales.atoms b WHERE a.value < b.value"
INSERT = ("INSERT INTO atoms (Account, FiscalYear, Scenario, Department, Fund, value) "
          "VALUES ('Contract Services', 'FY22-23', 'Proposed', 'City Auditor', ?, ?)")
WRITTEN = ("SELECT Fund, value FROM atoms WHERE Account = 'Contract Services' AND FiscalYear = 'FY22-23' AND Scenario = 'Proposed' "
           "AND Department = 'City Auditor' ORDER BY Fund")
# (statement, SQLSTATE, a word of the message)
MISTAKES = [("SELECT * FROM nosuch", "42S02", "nosuch"),
            ("SELECT valu FROM facts", "42S22", "valu"),
            ("SELEC 1", "42000", "line 1, column 1"),
            ("SELECT value + Fund FROM facts", "42000", "CAST"),
            ("SELECT ROW_NUMBER() OVER () FROM facts", "HYC00", "not built yet"),
            ("SELECT 1 / 0", "22012", "divided by zero"),
            ("SELECT CAST('twelve' AS INTEGER)", "22018", "twelve"),
            ("DELETE FROM facts", "25006", "atoms"),
            ("UPDATE cells SET value = 1 WHERE FiscalYear = 'FY22-23' AND Account = 'Expense'", "HYC00", "Expense"),
            ("INSERT INTO atoms (Account, FiscalYear, Scenario, Department, Fund, value) SELECT Account, FiscalYear, Scenario, "
             "Department, Fund, value FROM atoms", "23000", "already")]

UNICODE_MODEL = {"app": "worte", "dimensions": [
    {"name": "Größe", "members": [{"code": "Alle", "children": ["Übergröße", "數據", "Fest 🎉"]}]},
    {"name": "Account", "kind": "measure", "members": [
        {"code": "Betrag", "caption": "Beträge 數據 🎉", "decimals": 2}, {"code": "Notiz", "kind": "text"}, {"code": "Tag", "kind": "date"},
        {"code": "Offen", "kind": "boolean"}]}]}


class Clients(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="qa-odbc-clients-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.replica = str(cls.folder / "samples")
        values = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        subprocess.run(["sh", str(driver.SOURCE / "installers/make-samples.sh"), driver.TOOL, cls.replica], check=True, env=values,
                       stdout=subprocess.DEVNULL)
        model = cls.folder / "model.json"
        model.write_text(json.dumps(UNICODE_MODEL), encoding="utf-8")
        cls.words = str(cls.folder / "words")
        driver.tool(cls.words, "model", "apply", model)
        cls.home = cls.folder / "home"
        cls.user = driver.register(cls.home, cls.replica)
        with open(cls.home / ".odbc.ini", "a", encoding="utf-8") as entries:
            entries.write(f"\n[words]\nDriver={driver.DRIVER}\nReplica={cls.words}\n")

    def run_program(self, arguments, text=""):
        if shutil.which(arguments[0]) is None:
            self.skipTest(f"{arguments[0]} is not installed")
        run = subprocess.run(arguments, input=text, capture_output=True, text=True, env=self.user, cwd=self.folder, timeout=600)
        return run.returncode, run.stdout + run.stderr


class Isql(Clients):
    def isql(self, statements, *options, program="isql", source="quantatom-samples"):
        code, shown = self.run_program([program, source, "-b", "-v", *options], statements + "\n")
        return code, shown

    def test_isql_and_iusql_read_the_figures(self):
        # iusql has no -k: it connects to data sources only.
        for arguments in (["isql", "quantatom-samples"], ["iusql", "quantatom-samples"],
                          ["isql", "-k", f"Driver=Quantatom;Replica={self.replica};App=budget"],
                          ["isql", "-k", f"Driver={driver.DRIVER};Replica={self.replica}"]):
            code, shown = self.run_program([*arguments, "-b", "-v"], f"{EXPENSE}\n{NET}\n")
            self.assertEqual(code, 0, shown)
            self.assertIn("| 2033463039.00 ", shown)
            self.assertIn("| -150000.00 ", shown)

    def test_isql_writes_a_separated_file(self):
        code, shown = self.isql("SELECT FiscalYear, SUM(value) AS net FROM facts WHERE Scenario = 'adopted' GROUP BY FiscalYear "
                                "ORDER BY 1", "-d,", "-c")
        self.assertEqual((code, shown.split()[:2], len(shown.split())), (0, ["FiscalYear,net", "FY13-14,-11218.00"], 9))

    def test_the_help_of_isql_lists_tables_and_columns(self):
        for program in ("isql", "iusql"):
            _, shown = self.isql("help", program=program)
            for name in ("atoms", "facts", "members_changed", "Currency@AddedUp"):
                self.assertRegex(shown, rf"\| {name} +\|")
            _, shown = self.isql("help history", program=program)
            self.assertRegex(shown, r"\| history +\|")

    def test_isql_shows_letters_of_every_script(self):
        _, shown = self.run_program(["isql", "words", "-b"], "SELECT member FROM worte.Größe WHERE member LIKE 'ü%'\n"
                                    "SELECT member FROM Größe WHERE ordinal > 2\n")
        for name in ("Übergröße", "數據", "Fest 🎉"):
            self.assertIn(f"| {name}", shown)

    def test_isql_shows_what_was_wrong(self):
        # isql speaks ODBC 2 and shows the states of that time; -3 makes it speak ODBC 3.
        for statement, state, word in MISTAKES:
            code, shown = self.isql(statement, "-3")
            self.assertIn(f"[{state}][Quantatom][ODBC Driver]", shown, statement)
            self.assertIn(word, shown, statement)
        for string, state, word in [("Driver=Quantatom", "08001", "Replica="),
                                    ("Driver=Quantatom;Replica=/nonexistent", "08001", "/nonexistent"),
                                    (f"Driver=Quantatom;Replica={self.replica};App=bugdet", "3D000", "budget, ledger, sales"),
                                    (f"Driver=Quantatom;Replica={self.replica};Mode=remote", "C00", "Mode")]:
            code, shown = self.run_program(["isql", "-3", "-v", "-b", "-k", string])
            self.assertNotEqual(code, 0, string)
            self.assertIn(f"{state}][Quantatom]", shown, string)
            self.assertIn(word, shown, string)


class Pyodbc(Clients):
    def setUp(self):
        try:
            import pyodbc
        except ImportError:
            self.skipTest("python3-pyodbc is not installed")
        pyodbc.pooling = False
        self.pyodbc = pyodbc
        self.open = []

    def tearDown(self):
        for connection in self.open:
            connection.close()

    def connect(self, replica=None, autocommit=False, **more):
        connection = self.pyodbc.connect(driver.connection_string(replica or self.replica, **more), autocommit=autocommit)
        self.open.append(connection)
        return connection

    def budget(self, **more):
        return self.connect(App="budget", **more)

    def error_of(self, call, *arguments):
        with self.assertRaises(self.pyodbc.Error) as caught:
            call(*arguments)
        return caught.exception.args

    def test_the_figures_are_decimals(self):
        cursor = self.budget().cursor()
        self.assertEqual(str(cursor.execute(EXPENSE).fetchval()), "2033463039.00")
        self.assertEqual(cursor.description[0][:2] + cursor.description[0][4:], ("expense", decimal.Decimal, 38, 2, True))
        self.assertEqual(str(cursor.execute(NET).fetchval()), "-150000.00")
        cursor.execute(NET.replace("'FY21-22'", "?").replace("'adopted'", "?"), "fy21-22", "ADOPTED")
        self.assertEqual(str(cursor.fetchval()), "-150000.00")

    def test_tables_and_columns_are_listed(self):
        cursor = self.budget().cursor()
        names = {(row.table_schem, row.table_name): row.table_type for row in cursor.tables()}
        self.assertEqual({app for app, _ in names}, {"budget", "ledger", "sales"})
        self.assertEqual((names["budget", "atoms"], names["budget", "facts"], names["sales", "cells"]), ("TABLE", "VIEW", "VIEW"))
        self.assertEqual([row.table_name for row in cursor.tables(schema="ledger", table="Currency%", tableType="TABLE")],
                         ["Currency", "Currency@AddedUp"])
        columns = [(row.column_name, row.type_name, row.column_size, row.decimal_digits, row.ordinal_position, row.is_nullable)
                   for row in cursor.columns(schema="budget", table="atoms")]
        self.assertEqual([column[0] for column in columns[:6]], ["Account", "FiscalYear", "Scenario", "Department", "Fund", "value"])
        self.assertEqual([column[4] for column in columns], list(range(1, len(columns) + 1)))
        self.assertEqual(columns[5], ("value", "DECIMAL", 18, 2, 6, "YES"))
        described = cursor.execute("SELECT * FROM atoms").description
        self.assertEqual([column[0] for column in columns], [column[0] for column in described])
        self.assertEqual([(row.column_name, row.key_seq) for row in cursor.primaryKeys("atoms", schema="budget")],
                         [(name, position) for position, name in enumerate(["Account", "FiscalYear", "Scenario", "Department", "Fund"], 1)])
        keys = cursor.foreignKeys(foreignTable="facts", foreignSchema="budget").fetchall()
        self.assertEqual({(row.fkcolumn_name, row.pktable_name, row.pkcolumn_name) for row in keys},
                         {(name, name, "member") for name in ("Account", "FiscalYear", "Scenario", "Department", "Fund")})
        found = cursor.statistics("atoms", schema="budget", unique=True).fetchall()
        self.assertIn(("PK_atoms", 1, "Account"), [(row.index_name, row.ordinal_position, row.column_name) for row in found])
        self.assertEqual([row.type_name for row in cursor.getTypeInfo(self.pyodbc.SQL_DECIMAL)], ["DECIMAL"])
        codes = [row.data_type for row in cursor.getTypeInfo()]
        self.assertEqual(codes, sorted(codes))
        self.assertTrue(cursor.procedures().fetchall())

    def test_every_type_arrives_as_what_it_is(self):
        cursor = self.budget().cursor()
        row = cursor.execute("SELECT TRUE, 7, CAST(9000000000000000000 AS BIGINT), 1.50, -0.05, 2.5e0, 'Grüße 🎉', X'00FF', "
                             "DATE '2026-02-28', TIME '10:11:12', TIMESTAMP '2026-02-28 10:11:12.5', CAST(NULL AS DECIMAL(9,2)), "
                             "CAST(NULL AS DATE), NULL").fetchone()
        self.assertEqual(tuple(row), (True, 7, 9000000000000000000, decimal.Decimal("1.50"), decimal.Decimal("-0.05"), 2.5, "Grüße 🎉",
                                      b"\0\xff", datetime.date(2026, 2, 28), datetime.time(10, 11, 12),
                                      datetime.datetime(2026, 2, 28, 10, 11, 12, 500000), None, None, None))
        given = (True, 7, 9000000000000000000, decimal.Decimal("12345678901234.5678"), 2.5, "Grüße 🎉" * 100, b"\0\xff",
                 datetime.date(2026, 2, 28), datetime.time(10, 11, 12), datetime.datetime(2026, 2, 28, 10, 11, 12, 500000), None)
        types = ("BOOLEAN", "INTEGER", "BIGINT", "DECIMAL(18,4)", "DOUBLE", "VARCHAR(2000)", "VARBINARY(9)", "DATE", "TIME", "TIMESTAMP",
                 "DATE")
        row = cursor.execute("SELECT " + ", ".join(f"CAST(? AS {name})" for name in types), given).fetchone()
        self.assertEqual(tuple(row), given)

    def test_many_rows_add_up(self):
        cursor = self.connect(App="sales").cursor()
        total, count = cursor.execute("SELECT SUM(value), COUNT(*) FROM atoms").fetchone()
        got, rows = 0, 0
        cursor.execute("SELECT value FROM atoms")
        while True:
            part = cursor.fetchmany(4096)
            if not part:
                break
            got += sum(decimal.Decimal(str(row[0])) for row in part)
            rows += len(part)
        self.assertEqual((rows, round(got, 4)), (count, round(decimal.Decimal(str(total)), 4)))

    def test_texts_dates_and_truths_are_written_and_read(self):
        connection = self.connect(self.words)
        cursor = connection.cursor()
        for account, column, value in (("Betrag", "value", decimal.Decimal("-0.01")), ("Notiz", "text_value", "Grüße 🎉 數據"),
                                       ("Tag", "date_value", datetime.date(2024, 2, 29)), ("Offen", "boolean_value", True)):
            cursor.execute(f'INSERT INTO atoms ("Größe", Account, {column}) VALUES (?, ?, ?)', "fest 🎉", account, value)
            found = cursor.execute(f"SELECT Größe, {column} FROM atoms WHERE Größe = ? AND Account = ?", "FEST 🎉", account).fetchall()
            self.assertEqual([tuple(row) for row in found], [("Fest 🎉", value)])
        row = cursor.execute("SELECT value, text_value, date_value, boolean_value FROM atoms WHERE Account = 'Notiz'").fetchone()
        self.assertEqual(tuple(row), (None, "Grüße 🎉 數據", None, None))
        state, words = self.error_of(cursor.execute, "INSERT INTO atoms (Größe, Account, value) VALUES ('Grösse', 'Betrag', 1)")
        self.assertIn("Grösse", words)
        connection.rollback()

    def test_own_writes_are_seen_before_commit_and_taken_back(self):
        connection, other = self.budget(), self.budget(autocommit=True)
        cursor = connection.cursor()
        self.assertEqual(cursor.execute(INSERT, "1010", 12.345).rowcount, 1)
        self.assertEqual([tuple(row) for row in cursor.execute(WRITTEN)], [("1010", decimal.Decimal("12.35"))])
        cursor.execute("UPDATE atoms SET value = value * 2 WHERE Account = 'Contract Services' AND Scenario = 'Proposed' AND "
                       "FiscalYear = 'FY22-23'")
        self.assertEqual(str(cursor.execute(WRITTEN).fetchone()[1]), "24.70")
        self.assertEqual(self.error_of(cursor.execute, INSERT, "1010", 1)[0], "23000")
        self.assertEqual(str(cursor.execute(WRITTEN).fetchone()[1]), "24.70")
        self.assertEqual(other.execute(WRITTEN).fetchall(), [])
        connection.rollback()
        self.assertEqual(cursor.execute(WRITTEN).fetchall(), [])
        cursor.execute(INSERT, "1020", decimal.Decimal("7.5"))
        connection.commit()
        self.assertEqual([tuple(row) for row in other.execute(WRITTEN)], [("1020", decimal.Decimal("7.50"))])
        self.assertEqual(other.execute("DELETE FROM atoms WHERE Account = 'Contract Services' AND Scenario = 'Proposed' AND "
                                       "FiscalYear = 'FY22-23' AND Department = 'City Auditor'").rowcount, 1)

    def test_an_array_of_rows_is_written(self):
        connection = self.budget()
        for is_fast in (False, True):
            cursor = connection.cursor()
            cursor.fast_executemany = is_fast
            rows = [(fund, decimal.Decimal(number) / 4) for number, fund in enumerate(("1010", "1020", "1030"), 1)]
            cursor.executemany(INSERT, rows)
            self.assertEqual([(row[0], float(row[1])) for row in connection.execute(WRITTEN)], [(f, float(v)) for f, v in rows])
            state, words = self.error_of(cursor.executemany, INSERT, [("1100", 1), ("1010", 2)])
            self.assertEqual(state, "23000", words)
            connection.rollback()
            self.assertEqual(connection.execute(WRITTEN).fetchall(), [], is_fast)

    def test_ten_thousand_rows_go_into_a_scratch_table(self):
        connection = self.budget()
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE plan (line INTEGER PRIMARY KEY, note VARCHAR(40), amount DECIMAL(12,2), day DATE)")
        cursor.fast_executemany = True
        first = datetime.date(2026, 1, 1)
        rows = [(line, None if line % 7 == 0 else f"Zeile {line} 🎉", decimal.Decimal(line) / 100, first + datetime.timedelta(line % 365))
                for line in range(10000)]
        cursor.executemany("INSERT INTO plan VALUES (?, ?, ?, ?)", rows)
        self.assertEqual([tuple(row) for row in cursor.execute("SELECT * FROM plan ORDER BY line")], rows)
        self.assertEqual(tuple(cursor.execute("SELECT COUNT(*), COUNT(note), SUM(amount), MAX(day) FROM plan").fetchone()),
                         (10000, 10000 - 1429, decimal.Decimal("499950.00"), datetime.date(2026, 12, 31)))

    def test_mistakes_have_their_states_and_words(self):
        connection = self.budget()
        for statement, state, word in MISTAKES:
            got, words = self.error_of(connection.execute, statement)
            self.assertEqual(got, state, words)
            self.assertIn(word, words)
            self.assertEqual(connection.execute("SELECT 1").fetchval(), 1)
        connection.rollback()
        earlier = self.budget(AsOf="2")
        self.assertEqual(self.error_of(earlier.execute, INSERT, "1010", 1)[0], "25006")
        reader = self.budget(ReadOnly="1")
        self.assertEqual(self.error_of(reader.execute, INSERT, "1010", 1)[0], "25006")

    def test_another_thread_cancels_and_time_runs_out(self):
        connection = self.budget()
        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) FROM sales.atoms").fetchall()  # opens the app
        is_over = threading.Event()

        def cancel():
            while not is_over.wait(0.5):
                cursor.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        began = datetime.datetime.now()
        try:
            state, words = self.error_of(lambda: cursor.execute(ENDLESS).fetchall())
        finally:
            is_over.set()
            thread.join()
        self.assertEqual(state, "HY008", words)
        connection.timeout = 1
        cursor = connection.cursor()
        state, words = self.error_of(lambda: cursor.execute(ENDLESS).fetchall())
        self.assertEqual(state, "HYT00", words)
        self.assertLess((datetime.datetime.now() - began).total_seconds(), 20)
        connection.timeout = 0
        self.assertEqual(connection.execute("SELECT 1").fetchval(), 1)

    def test_what_the_driver_says_of_itself(self):
        connection = self.budget()
        info = {name: connection.getinfo(getattr(self.pyodbc, name)) for name in
                ("SQL_DBMS_NAME", "SQL_DRIVER_ODBC_VER", "SQL_IDENTIFIER_QUOTE_CHAR", "SQL_DATA_SOURCE_READ_ONLY", "SQL_SCHEMA_TERM")}
        self.assertEqual(info["SQL_DBMS_NAME"], "Quantatom")
        self.assertEqual(info["SQL_DRIVER_ODBC_VER"], "03.80")
        self.assertEqual(info["SQL_IDENTIFIER_QUOTE_CHAR"], '"')
        self.assertIn(info["SQL_DATA_SOURCE_READ_ONLY"], (False, "N"))
        self.assertTrue(info["SQL_SCHEMA_TERM"])


@unittest.skipUnless(IS_LONG, "R, Perl and LibreOffice run with QA_LONG=1")
class Others(Clients):
    def run_script(self, program, name, *arguments):
        script = driver.SOURCE / "tests/odbc" / name
        code, shown = self.run_program([*program, str(script), *arguments])
        if code == 77:
            self.skipTest(shown.strip().splitlines()[-1])
        self.assertEqual(code, 0, shown)
        lines = dict(line.split(": ", 1) for line in shown.splitlines() if ": " in line)
        self.assertEqual(lines.get("expense"), "2033463039.00", shown)
        self.assertEqual(lines.get("net"), "-150000.00", shown)
        self.assertEqual(lines.get("tables"), "16", shown)
        self.assertEqual(lines.get("columns"), "Account FiscalYear Scenario Department Fund value", shown)
        self.assertEqual(lines.get("values"), "Übergröße, NULL, 2026-02-28, 1.50", shown)
        self.assertEqual(lines.get("parameters"), "-150000.00", shown)
        self.assertEqual(lines.get("mistake"), "42S02", shown)
        self.assertEqual(lines.get("written"), "1010=12.50", shown)
        self.assertEqual(lines.get("taken back"), "0", shown)
        return lines

    def test_r_reads_and_writes(self):
        if driver.runtime():
            self.skipTest("RODBC counts rows in 4 bytes where ODBC writes 8: a sanitizer stops it")
        lines = self.run_script(["Rscript"], "client_rodbc.R")
        self.assertEqual(lines["frame"], "A=1.5 B=7 ä=3")

    def test_perl_reads_and_writes(self):
        lines = self.run_script(["perl"], "client_dbd.pl")
        self.assertEqual(lines["array"], "1010=1.25 1020=2.00 1030=3.50")

    def test_libreoffice_reads_and_writes(self):
        if shutil.which("soffice") is None:
            self.skipTest("LibreOffice is not installed")
        if driver.runtime():
            self.skipTest("LibreOffice does not start with the runtime of a sanitizer")
        lines = self.run_script([sys.executable], "client_office.py")
        self.assertEqual(lines["table"], "13575")
        self.assertEqual(lines["sheet"], "FY21-22=-150000.0")


if __name__ == "__main__":
    driver.reexec()
    unittest.main()
