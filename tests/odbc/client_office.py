"""LibreOffice without a screen, for test_clients.py: its driver for ODBC, a row set of Base over a table, an import into a sheet of Calc.
Prints what it read and wrote as "name: value" lines. 77: not installed."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import uno
    from com.sun.star.beans import PropertyValue
    from com.sun.star.connection import NoConnectException
    from com.sun.star.sdbc import SQLException
    from com.sun.star.sheet.DataImportMode import SQL
except ImportError:
    print("python3-uno is not installed")
    sys.exit(77)

NET = "SELECT SUM(value) FROM budget.facts WHERE FiscalYear = 'FY21-22' AND Scenario = 'adopted'"
EXPENSE = ("SELECT SUM(a.value) FROM budget.atoms a JOIN budget.Account c ON a.Account = c.member "
           "WHERE c.path LIKE 'Total/Expense/%' AND a.FiscalYear = 'FY21-22' AND a.Scenario = 'adopted'")
BY_YEAR = "SELECT FiscalYear, SUM(value) AS net FROM budget.facts WHERE Scenario = 'adopted' GROUP BY FiscalYear ORDER BY 1"
WRITTEN = ("SELECT Fund, value FROM atoms WHERE Account = 'Contract Services' AND FiscalYear = 'FY22-23' AND Scenario = 'Proposed' "
           "AND Department = 'City Auditor' ORDER BY Fund")
INSERT = ("INSERT INTO atoms (Account, FiscalYear, Scenario, Department, Fund, value) "
          "VALUES ('Contract Services', 'FY22-23', 'Proposed', 'City Auditor', ?, ?)")


def say(name, value):
    print(f"{name}: {value}", flush=True)


def start(profile):
    pipe = f"qa-{os.getpid()}"
    office = subprocess.Popen(["soffice", "--headless", "--invisible", "--norestore", "--nologo", "--nofirststartwizard",
                               f"-env:UserInstallation=file://{profile}", f"--accept=pipe,name={pipe};urp;"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + 120
    while True:
        try:
            return office, resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > end or office.poll() is not None:
                raise
            time.sleep(0.2)  # there is nothing to wait on until its pipe is there


def value(result, column):
    # Once only: asked for a column twice in a row, LibreOffice waits for ever for a second value.
    text = result.getString(column)
    return "NULL" if result.wasNull() else text


def rows(result, count):
    found = []
    while result.next():
        found.append([value(result, column) for column in range(1, count + 1)])
    result.close()
    return found


def query(connection, text, count):
    statement = connection.createStatement()
    found = rows(statement.executeQuery(text), count)
    statement.close()
    return found


def use_connection(connection):
    say("expense", query(connection, EXPENSE, 1)[0][0])
    say("net", query(connection, NET, 1)[0][0])
    metadata = connection.getMetaData()
    say("tables", len(rows(metadata.getTables(None, "budget", "%", ("TABLE", "VIEW")), 4)))
    say("columns", " ".join(row[3] for row in rows(metadata.getColumns(None, "budget", "atoms", "%"), 18)[:6]))
    say("values", ", ".join(query(connection, "SELECT 'Übergröße', CAST(NULL AS DATE), DATE '2026-02-28', 1.50", 4)[0]))
    statement = connection.prepareStatement("SELECT SUM(value) FROM facts WHERE FiscalYear = ? AND Scenario = ?")
    statement.setString(1, "FY21-22")
    statement.setString(2, "adopted")
    say("parameters", rows(statement.executeQuery(), 1)[0][0])
    statement.close()
    try:
        query(connection, "SELECT * FROM nosuch", 1)
    except SQLException as error:
        say("mistake", error.SQLState)
    connection.setAutoCommit(False)
    statement = connection.prepareStatement(INSERT)
    statement.setString(1, "1010")
    statement.setDouble(2, 12.5)
    statement.executeUpdate()
    statement.close()
    say("written", " ".join("=".join(row) for row in query(connection, WRITTEN, 2)))
    connection.rollback()
    say("taken back", len(query(connection, WRITTEN, 2)))
    connection.close()


def use_base(context, services, profile):
    databases = services.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", context)
    source = databases.createInstance()
    source.URL = "sdbc:odbc:quantatom-samples"
    source.DatabaseDocument.storeAsURL(f"file://{profile}/quantatom.odb", ())
    databases.registerObject("quantatom", source)
    table = services.createInstanceWithContext("com.sun.star.sdb.RowSet", context)
    table.DataSourceName, table.CommandType, table.Command = "quantatom", 0, "budget.atoms"
    table.execute()
    table.last()
    say("table", table.getRow())
    table.close()


def use_calc(desktop):
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))
    sheet = document.Sheets.getByIndex(0)
    sheet.getCellRangeByName("A1").doImport((
        PropertyValue("DatabaseName", 0, "quantatom", 0), PropertyValue("SourceType", 0, SQL, 0),
        PropertyValue("SourceObject", 0, BY_YEAR, 0), PropertyValue("IsNative", 0, True, 0)))
    say("sheet", f"{sheet.getCellByPosition(0, 7).String}={sheet.getCellByPosition(1, 7).Value}")
    document.close(True)


def main():
    profile = tempfile.mkdtemp(prefix="qa-office-")
    office, context = start(profile)
    services = context.ServiceManager
    desktop = services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    try:
        drivers = services.createInstanceWithContext("com.sun.star.sdbc.DriverManager", context)
        use_connection(drivers.getConnection("sdbc:odbc:quantatom-samples"))
        use_base(context, services, profile)
        use_calc(desktop)
    finally:
        try:
            desktop.terminate()
            office.wait(30)
        finally:
            office.kill()
            shutil.rmtree(profile, ignore_errors=True)


main()
