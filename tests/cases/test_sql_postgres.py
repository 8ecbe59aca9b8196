"""Standard SQL against PostgreSQL: random tables and random SELECTs, run on scratch tables by the tool and on a
private cluster of PostgreSQL in a temporary folder. Both answer the same rows, or this test shows the statement.

What the dialects define differently is not asked: NULLs are always ordered FIRST or LAST, averages are compared
to six decimals. QA_SEED and QA_COUNT set another seed and another number of statements. Skipped, with words,
where PostgreSQL is not installed.
"""
import csv
import decimal
import glob
import io
import json
import os
import pwd
import random
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ.get("QA_TOOL", "")
SEED = int(os.environ.get("QA_SEED", "20260402"))
COUNT = int(os.environ.get("QA_COUNT", "400"))
STATEMENTS_PER_RUN = 100
MARK = "SELECT '###' AS mark"

COLUMNS = [("a", "i", "INTEGER"), ("b", "i", "INTEGER"), ("t", "t", "VARCHAR(12)"), ("d", "d", "DECIMAL(10,2)"),
           ("k", "b", "BOOLEAN"), ("m", "m", "DATE")]
TABLES = ["p", "q", "r"]
MODEL = {"app": "plan", "dimensions": [
    {"name": "Account", "kind": "measure", "members": ["Sales"]},
    {"name": "Month", "kind": "time", "calendar": {"start_month": 1, "periods": "12"}, "members": [
        {"periods": {"from": "2026", "to": "2026", "levels": ["year", "month"]}}]}]}
WORDS = ["ab", "abc", "b", "Ba", "c", "cab", "x%", "a_"]
DAYS = ["2024-01-05", "2024-02-29", "2025-12-31"]


class Maker:
    """Random statements. A scope is a list of (text, type); types are i, t, d, b, m (date), v (an average)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.alias_count = 0

    def pick(self, things):
        return self.random.choice(things)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def alias(self):
        self.alias_count += 1
        return "x%d" % self.alias_count

    def literal(self, kind):
        if kind == "i":
            return str(self.random.randrange(0, 6))
        if kind == "t":
            return "'%s'" % self.pick(WORDS)
        if kind == "d":
            return "%d.%02d" % (self.random.randrange(0, 6), self.random.randrange(0, 100))
        if kind == "b":
            return self.pick(["TRUE", "FALSE"])
        return "DATE '%s'" % self.pick(DAYS)

    def null(self, kind):
        return "CAST(NULL AS %s)" % {"i": "INTEGER", "t": "VARCHAR(12)", "d": "DECIMAL(10,2)", "b": "BOOLEAN",
                                     "m": "DATE"}[kind]

    def row(self):
        values = [self.literal(kind) if not self.chance(18) else "NULL" for _, kind, _ in COLUMNS]
        return "(%s)" % ", ".join(values)

    # --- expressions ---

    def leaf(self, kind, scope):
        columns = [text for text, own in scope if own == kind]
        if columns and self.chance(80):
            return self.pick(columns)
        return self.literal(kind) if self.chance(92) else self.null(kind)

    def expression(self, kind, scope, depth):
        if depth <= 0 or self.chance(35):
            return self.leaf(kind, scope)
        down = lambda own: self.expression(own, scope, depth - 1)
        common = [lambda: "CASE WHEN %s THEN %s ELSE %s END" % (down("b"), down(kind), down(kind)),
                  lambda: "COALESCE(%s, %s)" % (down(kind), down(kind)),
                  lambda: "NULLIF(%s, %s)" % (down(kind), self.leaf(kind, scope)),
                  lambda: self.scalar_query(kind, scope, depth - 1)]
        own = {
            "i": [lambda: "(%s + %s)" % (down("i"), down("i")), lambda: "(%s - %s)" % (down("i"), down("i")),
                  lambda: "(%s * %s)" % (self.leaf("i", scope), down("i")), lambda: "ABS(%s)" % down("i"),
                  lambda: "(- %s)" % down("i"), lambda: "CHAR_LENGTH(%s)" % down("t"),
                  lambda: "(%s / NULLIF(%s, 0))" % (down("i"), self.leaf("i", scope))],
            "t": [lambda: "(%s || %s)" % (self.leaf("t", scope), self.leaf("t", scope)),
                  lambda: "UPPER(%s)" % down("t"), lambda: "LOWER(%s)" % down("t"),
                  lambda: "SUBSTRING(%s, 1, 2)" % down("t")],
            "d": [lambda: "(%s + %s)" % (down("d"), down("d")), lambda: "(%s - %s)" % (down("d"), down("d")),
                  lambda: "(%s * %s)" % (self.leaf("d", scope), self.leaf("d", scope)),
                  lambda: "ABS(%s)" % down("d"), lambda: "CAST(%s AS DECIMAL(12,2))" % self.leaf("i", scope)],
            "b": [lambda: self.condition(scope, depth - 1)] * 4,
            "m": [],
        }[kind]
        return self.pick(common + own * 2)()

    def condition(self, scope, depth):
        kind = self.pick(["i", "i", "t", "d", "m"])
        down = lambda own: self.expression(own, scope, depth - 1)
        compare = lambda: "%s %s %s" % (down(kind), self.pick(["=", "=", "<>", "<", "<=", ">", ">="]), down(kind))
        forms = [compare, compare, compare,
                 lambda: "%s IS %sNULL" % (down(kind), self.pick(["", "NOT "])),
                 lambda: "%s %sBETWEEN %s AND %s" % (down(kind), self.pick(["", "NOT "]), down(kind), down(kind)),
                 lambda: "%s %sIN (%s)" % (down(kind), self.pick(["", "NOT "]), ", ".join(
                     self.leaf(kind, scope) for _ in range(self.random.randrange(1, 4)))),
                 lambda: "%s %sLIKE '%s'" % (down("t"), self.pick(["", "NOT "]), self.pick(["a%", "%b%", "_b%", "c__"])),
                 lambda: self.leaf("b", scope)]
        if depth > 0:
            forms += [lambda: "(%s AND %s)" % (down("b"), down("b")), lambda: "(%s OR %s)" % (down("b"), down("b")),
                      lambda: "(NOT %s)" % down("b"),
                      lambda: "%sEXISTS (%s)" % (self.pick(["", "NOT "]), self.block(scope, ["i"], depth - 1)[0]),
                      lambda: "%s %sIN (%s)" % (self.leaf(kind, scope), self.pick(["", "NOT "]),
                                                self.query(scope, [kind], depth - 1))]
        return "(%s)" % self.pick(forms)()

    def scalar_query(self, kind, scope, depth):
        table, own = self.relation(scope, 0)
        where = " WHERE %s" % self.condition(own + scope, depth) if self.chance(75) else ""
        argument = self.expression(kind if kind != "b" else "i", own + scope[:2], max(0, depth - 1))
        if kind == "i" and self.chance(40):
            return "(SELECT COUNT(*) FROM %s%s)" % (table, where)
        if kind == "b":
            return "(SELECT MIN(%s) > 1 FROM %s%s)" % (self.pick([c for c, o in own if o == "i"]), table, where)
        column = self.pick([c for c, o in own if o == kind] or [argument])
        return "(SELECT %s(%s) FROM %s%s)" % (self.pick(["MIN", "MAX"]), column, table, where)

    # --- FROM ---

    def relation(self, outer, depth):
        name = self.alias()
        if depth > 0 and self.chance(30):
            kinds = ["i", self.pick("itdbm"), self.pick("itd")]
            names = ["c%d" % i for i in range(len(kinds))]
            text = "(%s) AS %s (%s)" % (self.query([], kinds, depth - 1), name, ", ".join(names))
            return text, [("%s.%s" % (name, own), kind) for own, kind in zip(names, kinds)]
        return "%s AS %s" % (self.pick(TABLES), name), [("%s.%s" % (name, c), kind) for c, kind, _ in COLUMNS]

    def joined(self, outer, depth, width):
        if width == 1:
            return self.relation(outer, depth)
        left_width = self.random.randrange(1, width)
        if self.chance(70):
            left_width = width - 1
        left, left_scope = self.joined(outer, depth, left_width)
        right, right_scope = self.joined(outer, depth, width - left_width)
        scope = left_scope + right_scope
        if width - left_width > 1:
            right = "(%s)" % right
        join = self.pick(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"])
        if join == "CROSS JOIN":
            return "%s CROSS JOIN %s" % (left, right), scope
        kind = self.pick(["i", "i", "i", "t", "d", "m"])
        sides = [[c for c, own in side if own == kind] for side in (left_scope, right_scope)]
        if not sides[0] or not sides[1]:
            kind = "i"
            sides = [[c for c, own in side if own == kind] for side in (left_scope, right_scope)]
        condition = "%s = %s" % (self.pick(sides[0]), self.pick(sides[1]))
        if join != "FULL JOIN" and self.chance(40):
            condition += " %s %s" % (self.pick(["AND", "AND", "OR"]), self.condition(scope, depth))
        return "%s %s %s ON %s" % (left, join, right, condition), scope

    # --- queries ---

    def block(self, outer, kinds, depth):
        text, own = self.joined(outer, depth, self.pick([1, 1, 2, 2, 3]))
        scope = own + self.random.sample(outer, min(len(outer), 2))
        where = " WHERE %s" % self.condition(scope, depth) if self.chance(60) else ""
        if self.chance(30):
            return self.grouped(text, own, where, kinds, depth)
        outputs = [self.expression(kind if kind != "v" else "d", scope, depth) for kind in kinds]
        distinct = "DISTINCT " if self.chance(15) else ""
        return "SELECT %s%s FROM %s%s" % (distinct, ", ".join(outputs), text, where), outputs

    def aggregate(self, kind, own, depth):
        columns = {k: [c for c, o in own if o == k] for k in "itdbm"}
        if kind == "b":
            return "MIN(%s) > 2" % self.pick(columns["i"])
        if kind == "v":
            return "AVG(%s%s)" % (self.pick(["", "DISTINCT "]), self.pick(columns["i"] + columns["d"]))
        forms = ["MIN", "MAX"]
        if kind in "id" and columns[kind]:
            forms += ["SUM", "SUM DISTINCT"]
        argument = self.expression(kind, own, min(depth, 1)) if self.chance(40) or not columns[kind] \
            else self.pick(columns[kind])
        if "SELECT" in argument:
            argument = self.pick(columns[kind]) if columns[kind] else self.literal(kind)
        if kind == "i" and self.chance(50):
            return self.pick(["COUNT(*)", "COUNT(%s)" % argument, "COUNT(DISTINCT %s)" % argument])
        form = self.pick(forms)
        text = "SUM(DISTINCT %s)" % argument if form == "SUM DISTINCT" else "%s(%s)" % (form, argument)
        # A sum of integers is a DECIMAL here and a BIGINT there, which divide differently.
        return "CAST(%s AS INTEGER)" % text if kind == "i" and form.startswith("SUM") else text

    def grouped(self, text, own, where, kinds, depth):
        columns = [(c, k) for c, k in own]
        keys = self.random.sample(columns, min(len(columns), self.pick([0, 1, 1, 2])))
        outputs = []
        for kind in kinds:
            of_kind = [c for c, k in keys if k == kind]
            if of_kind and self.chance(50):
                outputs.append(self.pick(of_kind))
            else:
                outputs.append(self.aggregate(kind, own, depth))
        group = " GROUP BY %s" % ", ".join(c for c, _ in keys) if keys else ""
        having = ""
        if self.chance(25):  # an aggregate must not get into a sub-query of the condition
            having = " HAVING %s" % self.pick([self.condition(keys, 1), self.condition(keys + [("COUNT(*)", "i")], 0)])
        if not keys and not any("(" in output for output in outputs):
            outputs = [self.aggregate(kind, own, depth) for kind in kinds]
        return "SELECT %s FROM %s%s%s%s" % (", ".join(outputs), text, where, group, having), outputs

    def query(self, outer, kinds, depth):
        text, _ = self.block(outer, kinds, depth)
        if self.chance(20) and "v" not in kinds:
            operator = self.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
            other, _ = self.block(outer, kinds, depth - 1)
            text = "%s %s %s" % (text, operator, other)
            if self.chance(30):
                third, _ = self.block(outer, kinds, depth - 1)
                text = "(%s) %s %s" % (text, self.pick(["UNION", "UNION ALL", "EXCEPT"]), third)
        if self.chance(12) and "v" not in kinds:
            orders = ["%d %s NULLS %s" % (i + 1, self.pick(["ASC", "DESC"]), self.pick(["FIRST", "LAST"]))
                      for i in range(len(kinds))]
            text += " ORDER BY %s LIMIT %d OFFSET %d" % (", ".join(orders), self.random.randrange(0, 9),
                                                         self.random.randrange(0, 3))
        return text

    def statement(self):
        self.alias_count = 0
        kinds = [self.pick("itdbmv") for _ in range(self.random.randrange(1, 4))]
        if self.chance(15):
            inner = [self.pick("itd"), "i"]
            name = self.alias()
            body = self.query([], inner, 1)
            one, two = self.alias(), self.alias()
            text = ("WITH %s (c0, c1) AS (%s) SELECT %s.c0, %s.c1 FROM %s AS %s JOIN %s AS %s ON %s.c1 = %s.c1"
                    % (name, body, one, two, name, one, name, two, one, two))
            return text, inner
        return self.query([], kinds, 2), kinds


def normal(rows, kinds):
    """Rows as sorted lists that are equal where the values are."""
    result = []
    for row in rows:
        values = []
        for text, kind in zip(row, kinds):
            if text == "":
                values.append("NULL")
            elif kind == "b":
                values.append({"t": "true", "f": "false"}.get(text, text))
            elif kind in "id":
                values.append(str(decimal.Decimal(text).normalize() + 0))
            elif kind == "v":
                values.append(str(decimal.Decimal(text).quantize(decimal.Decimal("0.000001"), decimal.ROUND_HALF_UP) + 0))
            else:
                values.append(text)
        result.append(values)
    return sorted(result)


def chunks(text, has_head):
    """The rows of each statement, between the marks."""
    found, rows = [], []
    for row in csv.reader(io.StringIO(text)):
        if row in (["###"], ["mark"]):
            if row == ["###"]:
                found.append(rows)
                rows = []
            continue
        rows.append(row)
    return [part[1:] if has_head else part for part in found]


class Postgres:
    """A cluster of its own, reached by a socket in its folder."""

    def __init__(self):
        places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True) + [""]
        self.bin = next((p for p in places if shutil.which(os.path.join(p, "initdb"))), None)
        self.folder = None
        self.user = None
        if self.bin is None or shutil.which("psql") is None:
            raise unittest.SkipTest("PostgreSQL (initdb, pg_ctl, psql) is not installed")
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            names = [entry.pw_name for entry in pwd.getpwall()]
            self.user = next((name for name in ("postgres", "nobody") if name in names), None)
            if self.user is None:
                raise unittest.SkipTest("PostgreSQL does not run as root, and there is no user postgres or nobody")

    def call(self, *command, **options):
        return subprocess.run(command, user=self.user, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=True, timeout=300, **options).stdout

    def start(self):
        self.folder = tempfile.mkdtemp(prefix="qa-pg-", dir="/tmp")  # a socket's path is short
        if self.user is not None:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        data = os.path.join(self.folder, "data")
        self.call(os.path.join(self.bin, "initdb"), "-D", data, "-U", "qa", "--no-locale", "-E", "UTF8", "-A", "trust",
                  "-N")
        self.call(os.path.join(self.bin, "pg_ctl"), "-D", data, "-w", "-l", os.path.join(self.folder, "log"), "-o",
                  "-k %s -c listen_addresses='' -c fsync=off" % self.folder, "start")

    def stop(self):
        if self.folder is not None:
            subprocess.run([os.path.join(self.bin, "pg_ctl"), "-D", os.path.join(self.folder, "data"), "-m",
                            "immediate", "stop"], user=self.user, cwd="/", stdout=subprocess.DEVNULL)
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, statements):
        text = "".join("%s;\n%s;\n" % (s, MARK) for s in statements)
        output = self.call("psql", "-X", "-q", "-h", self.folder, "-U", "qa", "-d", "postgres", "--csv", "-t",
                           input="SET client_min_messages = error;\n" + text)
        return chunks(output, False)


class Tool:
    """A replica of its own; scratch tables live in the session of one call."""

    def __init__(self, folder):
        self.replica = os.path.join(folder, "replica")
        model = os.path.join(folder, "model.json")
        with open(model, "w", encoding="utf-8") as file:
            json.dump(MODEL, file)
        subprocess.run([TOOL, "--replica", self.replica, "model", "apply", model], check=True, timeout=60,
                       stdout=subprocess.DEVNULL)

    def run(self, statements):
        text = "".join("%s;\n%s;\n" % (s, MARK) for s in statements)
        done = subprocess.run([TOOL, "--replica", self.replica, "sql", "--format", "csv", "-"], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        if done.returncode != 0:
            return chunks(done.stdout, True) + [done.stderr]
        return chunks(done.stdout, True)


def tables(maker):
    """Statements that drop, make and fill the tables."""
    made = []
    for name in TABLES:
        made.append("DROP TABLE IF EXISTS %s" % name)
        made.append("CREATE TABLE %s (%s)" % (name, ", ".join("%s %s" % (c, t) for c, _, t in COLUMNS)))
        rows = [maker.row() for _ in range(maker.pick([0, 1, 6, 10, 14]))]
        if rows:
            made.append("INSERT INTO %s VALUES %s" % (name, ", ".join(rows)))
    return made


class Differences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        folder = tempfile.mkdtemp(prefix="qa-sql-postgres-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.addClassCleanup(cls.postgres.stop)
        cls.postgres.start()
        cls.tool = Tool(folder)

    def test_random_selects_answer_the_rows_that_postgresql_answers(self):
        for run in range((COUNT + STATEMENTS_PER_RUN - 1) // STATEMENTS_PER_RUN):
            seed = SEED + run
            maker = Maker(seed)
            made = tables(maker)
            asked = [maker.statement() for _ in range(STATEMENTS_PER_RUN)]
            statements = made + [text for text, _ in asked]
            theirs = self.postgres.run(statements)[len(made):]
            ours = self.tool.run(statements)[len(made):]
            for (text, kinds), left, right in zip(asked, theirs, ours):
                words = "seed %d\n%s\n%s" % (seed, ";\n".join(made), text)
                self.assertNotIsInstance(right, str, "%s\n%s" % (words, right))
                self.assertEqual(normal(left, kinds), normal(right, kinds), words)
            self.assertEqual(len(theirs), len(asked), "seed %d" % seed)
            self.assertEqual(len(ours), len(asked), "seed %d" % seed)


if __name__ == "__main__":
    unittest.main()
