#!/usr/bin/env python3
"""Every bit that SQLGetInfo claims about the dialect is one statement here, with its answer: a bit in info.def without a
statement fails, and so does a statement that does not run. Clients build their SQL from these bits."""
import datetime
import decimal
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import driver  # noqa: E402

driver.reexec()
import pyodbc  # noqa: E402

DEFINITIONS = driver.SOURCE / "odbc-driver/parts/info.def"
GROUPS = driver.SOURCE / "odbc-driver/parts/info.c"
ROW = re.compile(r"^INFO_U32\((\w+),\s*([^)]*)\)", re.MULTILINE)
MOMENT = "TIMESTAMP '2026-04-02 09:30:15'"
VALUES = "(SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y' UNION ALL SELECT NULL, 'z') v"
ANY = object()  # any answer, as of the clock

# An answer is the first value of the first row.
STATEMENTS = {
    "SQL_AGGREGATE_FUNCTIONS": {
        "SQL_AF_AVG": (f"SELECT AVG(a) FROM {VALUES}", decimal.Decimal("1.5")),
        "SQL_AF_COUNT": (f"SELECT COUNT(a) FROM {VALUES}", 2),
        "SQL_AF_MAX": (f"SELECT MAX(b) FROM {VALUES}", "z"),
        "SQL_AF_MIN": (f"SELECT MIN(a) FROM {VALUES}", 1),
        "SQL_AF_SUM": (f"SELECT SUM(a) FROM {VALUES}", 3),
        "SQL_AF_DISTINCT": (f"SELECT COUNT(DISTINCT b) + SUM(DISTINCT a) FROM {VALUES}", 6),
        "SQL_AF_ALL": (f"SELECT COUNT(ALL a) FROM {VALUES}", 2)},
    "SQL_OJ_CAPABILITIES": {
        "SQL_OJ_LEFT": (f"SELECT COUNT(*) FROM {{oj {VALUES} LEFT OUTER JOIN (SELECT 1 AS c) w ON v.a = w.c}}", 3),
        "SQL_OJ_RIGHT": (f"SELECT COUNT(*) FROM (SELECT 1 AS c) w RIGHT OUTER JOIN {VALUES} ON v.a = w.c", 3),
        "SQL_OJ_FULL": (f"SELECT COUNT(*) FROM {VALUES} FULL OUTER JOIN (SELECT 7 AS c) w ON v.a = w.c", 4),
        "SQL_OJ_NESTED": (f"SELECT COUNT(*) FROM {VALUES} LEFT JOIN (SELECT 1 AS c) w LEFT JOIN (SELECT 1 AS d) x ON w.c = x.d "
                          "ON v.a = w.c", 3),
        "SQL_OJ_NOT_ORDERED": (f"SELECT COUNT(*) FROM {VALUES} LEFT JOIN (SELECT 1 AS c) w ON w.c = v.a", 3),
        "SQL_OJ_INNER": (f"SELECT COUNT(*) FROM {VALUES} INNER JOIN (SELECT 1 AS c) w ON v.a = w.c LEFT JOIN (SELECT 2 AS d) x "
                         "ON x.d = w.c", 1),
        "SQL_OJ_ALL_COMPARISON_OPS": (f"SELECT COUNT(*) FROM {VALUES} LEFT JOIN (SELECT 1 AS c) w ON v.a > w.c", 3)},
    "SQL_SQL92_RELATIONAL_JOIN_OPERATORS": {
        "SQL_SRJO_CROSS_JOIN": (f"SELECT COUNT(*) FROM {VALUES} CROSS JOIN (SELECT 1 AS c UNION ALL SELECT 2) w", 6),
        "SQL_SRJO_FULL_OUTER_JOIN": (f"SELECT COUNT(*) FROM {VALUES} FULL JOIN (SELECT 1 AS c) w ON v.a = w.c", 3),
        "SQL_SRJO_INNER_JOIN": (f"SELECT COUNT(*) FROM {VALUES} JOIN (SELECT 1 AS c) w ON v.a = w.c", 1),
        "SQL_SRJO_LEFT_OUTER_JOIN": (f"SELECT COUNT(w.c) FROM {VALUES} LEFT JOIN (SELECT 1 AS c) w ON v.a = w.c", 1),
        "SQL_SRJO_NATURAL_JOIN": (f"SELECT COUNT(*) FROM {VALUES} NATURAL JOIN (SELECT 2 AS a) w", 1),
        "SQL_SRJO_RIGHT_OUTER_JOIN": (f"SELECT COUNT(*) FROM {VALUES} RIGHT JOIN (SELECT 7 AS c) w ON v.a = w.c", 1)},
    "SQL_SUBQUERIES": {
        "SQL_SQ_COMPARISON": (f"SELECT b FROM {VALUES} WHERE a = (SELECT MAX(c) FROM (SELECT 2 AS c) w)", "y"),
        "SQL_SQ_EXISTS": (f"SELECT COUNT(*) FROM {VALUES} WHERE EXISTS (SELECT 1)", 3),
        "SQL_SQ_IN": (f"SELECT COUNT(*) FROM {VALUES} WHERE a IN (SELECT 1 UNION SELECT 2)", 2),
        "SQL_SQ_CORRELATED_SUBQUERIES": (f"SELECT b FROM {VALUES} WHERE EXISTS (SELECT 1 FROM (SELECT 2 AS c) w WHERE w.c = v.a)",
                                         "y")},
    "SQL_UNION": {
        "SQL_U_UNION": ("SELECT COUNT(*) FROM (SELECT 1 AS a UNION SELECT 1) v", 1),
        "SQL_U_UNION_ALL": ("SELECT COUNT(*) FROM (SELECT 1 AS a UNION ALL SELECT 1) v", 2)},
    "SQL_SQL92_PREDICATES": {
        "SQL_SP_EXISTS": ("SELECT 1 WHERE EXISTS (SELECT 1)", 1),
        "SQL_SP_ISNOTNULL": (f"SELECT COUNT(*) FROM {VALUES} WHERE a IS NOT NULL", 2),
        "SQL_SP_ISNULL": (f"SELECT COUNT(*) FROM {VALUES} WHERE a IS NULL", 1),
        "SQL_SP_LIKE": (f"SELECT COUNT(*) FROM {VALUES} WHERE b LIKE '_' AND 'a%' LIKE 'a\\%' ESCAPE '\\'", 3),
        "SQL_SP_IN": (f"SELECT COUNT(*) FROM {VALUES} WHERE b IN ('x', 'z')", 2),
        "SQL_SP_BETWEEN": (f"SELECT COUNT(*) FROM {VALUES} WHERE a BETWEEN 1 AND 2", 2),
        "SQL_SP_COMPARISON": (f"SELECT COUNT(*) FROM {VALUES} WHERE a < 2 OR b >= 'z' OR a <> 1", 3)},
    "SQL_SQL92_VALUE_EXPRESSIONS": {
        "SQL_SVE_CASE": (f"SELECT SUM(CASE WHEN a = 1 THEN 10 ELSE 0 END) FROM {VALUES}", 10),
        "SQL_SVE_CAST": ("SELECT CAST('42' AS INTEGER)", 42),
        "SQL_SVE_COALESCE": (f"SELECT SUM(COALESCE(a, 7)) FROM {VALUES}", 10),
        "SQL_SVE_NULLIF": (f"SELECT SUM(NULLIF(a, 1)) FROM {VALUES}", 2)},
    "SQL_DATETIME_LITERALS": {
        "SQL_DL_SQL92_DATE": ("SELECT DATE '2026-04-02'", datetime.date(2026, 4, 2)),
        "SQL_DL_SQL92_TIME": ("SELECT TIME '09:30:15'", datetime.time(9, 30, 15)),
        "SQL_DL_SQL92_TIMESTAMP": (f"SELECT {MOMENT}", datetime.datetime(2026, 4, 2, 9, 30, 15))},
    "SQL_SYSTEM_FUNCTIONS": {
        "SQL_FN_SYS_USERNAME": ("SELECT {fn USER()}", ANY),
        "SQL_FN_SYS_DBNAME": ("SELECT {fn DATABASE()}", "claims"),
        "SQL_FN_SYS_IFNULL": ("SELECT {fn IFNULL(NULL, 3)}", 3)},
    "SQL_SQL92_STRING_FUNCTIONS": {
        "SQL_SSF_LOWER": ("SELECT LOWER('AbC')", "abc"), "SQL_SSF_UPPER": ("SELECT UPPER('AbC')", "ABC"),
        "SQL_SSF_SUBSTRING": ("SELECT SUBSTRING('abcdef' FROM 2 FOR 3)", "bcd"),
        "SQL_SSF_TRIM_BOTH": ("SELECT TRIM(BOTH ' ' FROM '  a ')", "a"),
        "SQL_SSF_TRIM_LEADING": ("SELECT TRIM(LEADING 'x' FROM 'xxax')", "ax"),
        "SQL_SSF_TRIM_TRAILING": ("SELECT TRIM(TRAILING FROM 'a  ')", "a")},
    "SQL_SQL92_NUMERIC_VALUE_FUNCTIONS": {
        "SQL_SNVF_BIT_LENGTH": ("SELECT BIT_LENGTH('ab')", 16), "SQL_SNVF_CHAR_LENGTH": ("SELECT CHAR_LENGTH('aé')", 2),
        "SQL_SNVF_CHARACTER_LENGTH": ("SELECT CHARACTER_LENGTH('aé')", 2),
        "SQL_SNVF_EXTRACT": (f"SELECT EXTRACT(MONTH FROM {MOMENT})", 4),
        "SQL_SNVF_OCTET_LENGTH": ("SELECT OCTET_LENGTH('aé')", 3), "SQL_SNVF_POSITION": ("SELECT POSITION('c' IN 'abc')", 3)},
    "SQL_SQL92_DATETIME_FUNCTIONS": {
        "SQL_SDF_CURRENT_DATE": ("SELECT CURRENT_DATE", ANY), "SQL_SDF_CURRENT_TIME": ("SELECT CURRENT_TIME", ANY),
        "SQL_SDF_CURRENT_TIMESTAMP": ("SELECT CURRENT_TIMESTAMP", ANY)},
    "SQL_CONVERT_FUNCTIONS": {"SQL_FN_CVT_CAST": ("SELECT CAST(1.5 AS VARCHAR(10))", "1.5")},
    "SQL_INSERT_STATEMENT": {
        "SQL_IS_INSERT_LITERALS": (["CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (5)", "SELECT a FROM t"], 5),
        "SQL_IS_INSERT_SEARCHED": (["CREATE TABLE t (a INTEGER)", "INSERT INTO t SELECT 6", "SELECT a FROM t"], 6)},
    "SQL_CREATE_TABLE": {
        "SQL_CT_CREATE_TABLE": (["CREATE TABLE t (a INTEGER, b VARCHAR(10))", "SELECT COUNT(*) FROM t"], 0),
        "SQL_CT_LOCAL_TEMPORARY": (["CREATE LOCAL TEMPORARY TABLE t (a INTEGER)", "SELECT COUNT(*) FROM t"], 0),
        "SQL_CT_COLUMN_CONSTRAINT": (["CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY)", "SELECT COUNT(*) FROM t"], 0),
        "SQL_CT_TABLE_CONSTRAINT": (["CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b))",
                                     "SELECT COUNT(*) FROM t"], 0)},
    "SQL_DROP_TABLE": {"SQL_DT_DROP_TABLE": (["CREATE TABLE t (a INTEGER)", "DROP TABLE t", "CREATE TABLE t (a DATE)",
                                              "SELECT COUNT(*) FROM t"], 0)},
}
FUNCTIONS = {
    "SQL_STRING_FUNCTIONS": ("SQL_FN_STR_", {
        "CONCAT": ("CONCAT('a', 'b')", "ab"), "INSERT": ("INSERT('abcd', 2, 2, 'X')", "aXd"), "LEFT": ("LEFT('abc', 2)", "ab"),
        "LTRIM": ("LTRIM('  a')", "a"), "LENGTH": ("LENGTH('abc')", 3), "LOCATE": ("LOCATE('b', 'abc')", 2),
        "LCASE": ("LCASE('ÄB')", "äb"), "REPEAT": ("REPEAT('ab', 2)", "abab"), "REPLACE": ("REPLACE('abc', 'b', 'x')", "axc"),
        "RIGHT": ("RIGHT('abc', 2)", "bc"), "RTRIM": ("RTRIM('a  ')", "a"), "SUBSTRING": ("SUBSTRING('abc', 2, 1)", "b"),
        "UCASE": ("UCASE('ab')", "AB"), "ASCII": ("ASCII('A')", 65), "CHAR": ("CHAR(65)", "A"),
        "LOCATE_2": ("LOCATE('a', 'aba', 2)", 3), "SPACE": ("SPACE(2)", "  "), "BIT_LENGTH": ("BIT_LENGTH('a')", 8),
        "CHAR_LENGTH": ("CHAR_LENGTH('ab')", 2), "CHARACTER_LENGTH": ("CHARACTER_LENGTH('ab')", 2),
        "OCTET_LENGTH": ("OCTET_LENGTH('é')", 2), "POSITION": ("POSITION('b' IN 'ab')", 2)}),
    "SQL_NUMERIC_FUNCTIONS": ("SQL_FN_NUM_", {
        "ABS": ("ABS(-3)", 3), "ACOS": ("ACOS(1)", 0.0), "ASIN": ("ASIN(0)", 0.0), "ATAN": ("ATAN(0)", 0.0),
        "ATAN2": ("ATAN2(0, 1)", 0.0), "CEILING": ("CEILING(1.2)", 2), "COS": ("COS(0)", 1.0), "COT": ("ROUND(COT(1), 3)", 0.642),
        "EXP": ("EXP(0)", 1.0), "FLOOR": ("FLOOR(-1.2)", -2), "LOG": ("LOG(1)", 0.0), "MOD": ("MOD(7, 3)", 1),
        "SIGN": ("SIGN(-5)", -1), "SIN": ("SIN(0)", 0.0), "SQRT": ("SQRT(16)", 4.0), "TAN": ("TAN(0)", 0.0),
        "PI": ("ROUND(PI(), 4)", 3.1416), "DEGREES": ("ROUND(DEGREES(PI()), 6)", 180.0), "LOG10": ("LOG10(100)", 2.0),
        "POWER": ("POWER(2, 10)", 1024.0), "RADIANS": ("RADIANS(0)", 0.0), "ROUND": ("ROUND(1.25, 1)", decimal.Decimal("1.3")),
        "TRUNCATE": ("TRUNCATE(1.29, 1)", decimal.Decimal("1.2"))}),
    "SQL_TIMEDATE_FUNCTIONS": ("SQL_FN_TD_", {
        "NOW": ("NOW()", ANY), "CURDATE": ("CURDATE()", ANY), "CURTIME": ("CURTIME()", ANY),
        "CURRENT_DATE": ("CURRENT_DATE()", ANY), "CURRENT_TIME": ("CURRENT_TIME()", ANY),
        "CURRENT_TIMESTAMP": ("CURRENT_TIMESTAMP()", ANY), "DAYOFMONTH": (f"DAYOFMONTH({MOMENT})", 2),
        "DAYOFWEEK": (f"DAYOFWEEK({MOMENT})", 5), "DAYOFYEAR": (f"DAYOFYEAR({MOMENT})", 92), "MONTH": (f"MONTH({MOMENT})", 4),
        "QUARTER": (f"QUARTER({MOMENT})", 2), "WEEK": (f"WEEK({MOMENT})", 14), "YEAR": (f"YEAR({MOMENT})", 2026),
        "HOUR": (f"HOUR({MOMENT})", 9), "MINUTE": (f"MINUTE({MOMENT})", 30), "SECOND": (f"SECOND({MOMENT})", 15),
        "TIMESTAMPADD": (f"TIMESTAMPADD(SQL_TSI_DAY, 1, {MOMENT})", datetime.datetime(2026, 4, 3, 9, 30, 15)),
        "TIMESTAMPDIFF": (f"TIMESTAMPDIFF(SQL_TSI_DAY, {MOMENT}, TIMESTAMP '2026-04-12 09:30:15')", 10),
        "DAYNAME": (f"DAYNAME({MOMENT})", "Thursday"), "MONTHNAME": (f"MONTHNAME({MOMENT})", "April"),
        "EXTRACT": (f"EXTRACT(YEAR FROM {MOMENT})", 2026)}),
    "SQL_TIMEDATE_ADD_INTERVALS": ("SQL_FN_TSI_", {
        name: (f"YEAR(TIMESTAMPADD(SQL_TSI_{name}, 2, {MOMENT}))", 2028 if name == "YEAR" else 2026) for name in
        ("FRAC_SECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")}),
    "SQL_TIMEDATE_DIFF_INTERVALS": ("SQL_FN_TSI_", {
        name: (f"TIMESTAMPDIFF(SQL_TSI_{name}, {MOMENT}, {MOMENT})", 0) for name in
        ("FRAC_SECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")}),
}
# A value of each type that can be turned into the others, as SQL writes it.
LITERALS = {"BIGINT": "CAST(1 AS BIGINT)", "BIT": "CAST(1 AS BIT)", "DECIMAL": "1.0", "NUMERIC": "CAST(1 AS NUMERIC(5,1))",
            "DOUBLE": "1e0", "FLOAT": "CAST(1 AS FLOAT)", "REAL": "CAST(1 AS REAL)", "INTEGER": "1", "SMALLINT": "CAST(1 AS SMALLINT)",
            "TINYINT": "CAST(1 AS TINYINT)", "CHAR": "CAST({} AS CHAR(30))", "VARCHAR": "{}", "LONGVARCHAR": "CAST({} AS LONGVARCHAR)",
            "WCHAR": "{}", "WVARCHAR": "{}", "WLONGVARCHAR": "{}", "DATE": "DATE '2026-04-02'", "TIME": "TIME '09:30:00'",
            "TIMESTAMP": MOMENT, "BINARY": "CAST(X'00FF' AS BINARY(2))", "VARBINARY": "X'00FF'", "LONGVARBINARY": "X'00FF'"}
# The text that the target type reads.
TEXTS = {"DATE": "'2026-04-02'", "TIME": "'09:30:00'", "TIMESTAMP": "'2026-04-02 09:30:00'"}
# Rows of info.def that promise no statement.
NO_STATEMENT = re.compile(r"SQL_(ODBC|STANDARD|SQL_CONF|ASYNC|MAX_|DRIVER|DTC|BATCH|PARAM|INFO|SCHEMA|TXN|DEFAULT_TXN|CURSOR|SCROLL|"
                          r"FETCH|FORWARD|LOCK|POS_|GETDATA|INDEX_KEYWORDS)")


def claimed():
    """Information type → the names of its bits, groups resolved."""
    groups = {name: re.findall(r"SQL_CVT_\w+", body) for name, body in
              re.findall(r"#define (TEXTS|NUMBERS|MOMENTS|BYTES)\s(.*?)\n(?!\s)", GROUPS.read_text(encoding="utf-8"), re.DOTALL)}
    result = {}
    for name, expression in ROW.findall(DEFINITIONS.read_text(encoding="utf-8")):
        bits = [word for word in re.findall(r"\w+", expression) if word != "0"]
        result[name] = [bit for word in bits for bit in groups.get(word, [word])]
    return result


class Claims(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="qa_claims_")
        cls.replica = driver.make_app(cls.folder.name, "claims", 3)
        cls.claims = claimed()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.connection = pyodbc.connect(driver.connection_string(self.replica, App="claims"))

    def tearDown(self):
        self.connection.close()

    def check(self, name, statements, expected):
        with self.subTest(name):
            connection = pyodbc.connect(driver.connection_string(self.replica, App="claims"))
            try:
                for statement in [statements] if isinstance(statements, str) else statements:
                    cursor = connection.execute(statement)
                value = cursor.fetchone()[0]
                if expected is not ANY:
                    self.assertEqual(value, expected)
            finally:
                connection.close()

    def test_each_claimed_bit_is_a_statement_that_runs(self):
        for info_type, bits in self.claims.items():
            if info_type in FUNCTIONS or info_type.startswith("SQL_CONVERT_") and info_type != "SQL_CONVERT_FUNCTIONS":
                continue
            if NO_STATEMENT.match(info_type) or not bits:
                continue
            self.assertEqual(sorted(bits), sorted(STATEMENTS[info_type]), info_type)
            for bit, (statements, expected) in STATEMENTS[info_type].items():
                self.check(bit, statements, expected)

    def test_each_claimed_function_gives_its_value(self):
        for info_type, (prefix, functions) in FUNCTIONS.items():
            self.assertEqual(sorted(self.claims[info_type]), sorted(prefix + name for name in functions), info_type)
            for name, (call, expected) in functions.items():
                self.check(prefix + name, f"SELECT {{fn {call}}}", expected)

    def test_each_claimed_conversion_is_cast(self):
        for source, literal in LITERALS.items():
            for bit in self.claims["SQL_CONVERT_" + source]:
                target = bit[len("SQL_CVT_"):]
                statement = "SELECT CAST(" + literal.format(TEXTS.get(target, "'1'")) + " AS "
                statement += ("SQL_" + target if target.startswith("W") else target) + ")"
                if source in ("CHAR", "VARCHAR", "LONGVARCHAR", "WCHAR", "WVARCHAR", "WLONGVARCHAR") or target != "BIT":
                    self.check(f"{source} to {target}: {statement}", statement, ANY)
                else:
                    self.check(f"{source} to {target}: {statement}", statement, True)

    def test_both_forms_of_other_claims_run(self):
        for statement, expected in ((f"SELECT v.a AS n FROM {VALUES} ORDER BY v.b DESC", None),     # not in the select list
                                    (f"SELECT a FROM {VALUES} WHERE a > 0 ORDER BY -a", 2),        # an expression
                                    (f"SELECT MAX(a) FROM {VALUES} GROUP BY b ORDER BY 1", None),  # NULL sorts low
                                    ("SELECT 'a' || NULL", None)):
            self.check(statement, statement, expected)


if __name__ == "__main__":
    unittest.main()
