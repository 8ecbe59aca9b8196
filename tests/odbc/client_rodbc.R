# R through RODBC, for test_clients.py: prints what it read and wrote as "name: value" lines. 77: not installed.
if (!requireNamespace("RODBC", quietly = TRUE)) {
    cat("RODBC is not installed\n")
    quit(status = 77)
}
library(RODBC)
channel <- odbcConnect("quantatom-samples")
query <- function(statement) sqlQuery(channel, statement, stringsAsFactors = FALSE, as.is = TRUE, errors = TRUE)
say <- function(name, ...) cat(name, ": ", ..., "\n", sep = "")

say("expense", query("SELECT SUM(a.value) FROM budget.atoms a JOIN budget.Account c ON a.Account = c.member
    WHERE c.path LIKE 'Total/Expense/%' AND a.FiscalYear = 'FY21-22' AND a.Scenario = 'adopted'")[1, 1])
say("net", query("SELECT SUM(value) FROM budget.facts WHERE FiscalYear = 'FY21-22' AND Scenario = 'adopted'")[1, 1])
say("tables", sum(sqlTables(channel)$TABLE_SCHEM == "budget"))
say("columns", paste(sqlColumns(channel, "atoms", schema = "budget")$COLUMN_NAME[1:6], collapse = " "))
row <- query("SELECT 'Übergröße', CAST(NULL AS DATE), DATE '2026-02-28', 1.50")
row[is.na(row)] <- "NULL"
say("values", paste(row[1, ], collapse = ", "))
# RODBC itself has no parameters for queries: sqlSave and sqlUpdate write with them.
wanted <- data.frame(wanted_year = "FY21-22", stringsAsFactors = FALSE)
invisible(sqlSave(channel, wanted, "wanted", rownames = FALSE))
say("parameters", query("SELECT SUM(f.value) FROM facts f, wanted w WHERE f.FiscalYear = w.wanted_year AND f.Scenario = 'adopted'")[1, 1])
say("mistake", substr(query("SELECT * FROM nosuch")[1], 1, 5))

frame <- data.frame(code = c("A", "B", "ä"), amount = c(1.5, NA, 3), stringsAsFactors = FALSE)
invisible(sqlSave(channel, frame, "frame", rownames = FALSE))
frame$amount[2] <- 7
invisible(sqlUpdate(channel, frame, "frame", index = "code"))
found <- sqlQuery(channel, "SELECT code, amount FROM frame ORDER BY code", stringsAsFactors = FALSE)
say("frame", paste(found$code, found$amount, sep = "=", collapse = " "))
invisible(sqlDrop(channel, "frame"))

cell <- "Account = 'Contract Services' AND FiscalYear = 'FY22-23' AND Scenario = 'Proposed' AND Department = 'City Auditor'"
invisible(odbcSetAutoCommit(channel, FALSE))
invisible(query("INSERT INTO atoms (Account, FiscalYear, Scenario, Department, Fund, value)
    VALUES ('Contract Services', 'FY22-23', 'Proposed', 'City Auditor', '1010', 12.5)"))
found <- query(paste("SELECT Fund, value FROM atoms WHERE", cell))
say("written", paste(found$Fund, found$value, sep = "="))
invisible(odbcEndTran(channel, FALSE))
say("taken back", nrow(query(paste("SELECT Fund, value FROM atoms WHERE", cell))))
# With the transaction over the connection can be closed.
invisible(odbcSetAutoCommit(channel, TRUE))
odbcClose(channel)
