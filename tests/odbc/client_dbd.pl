# Perl through DBD::ODBC, for test_clients.py: prints what it read and wrote as "name: value" lines. 77: not installed.
use strict;
use warnings;

if (!eval { require DBI; require DBD::ODBC; 1 }) {
    print "DBD::ODBC is not installed\n";
    exit 77;
}
my $database = DBI->connect('dbi:ODBC:quantatom-samples', '', '', { RaiseError => 1, PrintError => 0, AutoCommit => 1 });

sub value { return scalar $database->selectrow_array(@_) }
sub say_it { my ($name, $value) = @_; print "$name: $value\n" }

say_it('expense', value(q{SELECT SUM(a.value) FROM budget.atoms a JOIN budget.Account c ON a.Account = c.member
    WHERE c.path LIKE 'Total/Expense/%' AND a.FiscalYear = 'FY21-22' AND a.Scenario = 'adopted'}));
say_it('net', value(q{SELECT SUM(value) FROM budget.facts WHERE FiscalYear = 'FY21-22' AND Scenario = 'adopted'}));
say_it('tables', scalar @{ $database->table_info(undef, 'budget', undef, undef)->fetchall_arrayref });
my @columns = map { $_->[3] } @{ $database->column_info(undef, 'budget', 'atoms', '%')->fetchall_arrayref };
say_it('columns', join ' ', @columns[0 .. 5]);
die 'key' if join(' ', $database->primary_key(undef, 'budget', 'atoms')) ne join(' ', @columns[0 .. 4]);
my @row = $database->selectrow_array(q{SELECT 'Übergröße', CAST(NULL AS DATE), DATE '2026-02-28', 1.50});
say_it('values', join ', ', map { defined $_ ? $_ : 'NULL' } @row);
say_it('parameters', value('SELECT SUM(value) FROM facts WHERE FiscalYear = ? AND Scenario = ?', undef, 'FY21-22', 'adopted'));
eval { value('SELECT * FROM nosuch') };
say_it('mistake', $database->state);

my $written = q{SELECT Fund, value FROM atoms WHERE Account = 'Contract Services' AND FiscalYear = 'FY22-23'
    AND Scenario = 'Proposed' AND Department = 'City Auditor' ORDER BY Fund};
sub written { return join ' ', map { "$_->[0]=$_->[1]" } @{ $database->selectall_arrayref($written) } }
my $insert = $database->prepare(q{INSERT INTO atoms (Account, FiscalYear, Scenario, Department, Fund, value)
    VALUES ('Contract Services', 'FY22-23', 'Proposed', 'City Auditor', ?, ?)});
$database->begin_work;
$insert->execute('1010', 12.5);
say_it('written', written());
$database->rollback;
say_it('taken back', scalar @{ $database->selectall_arrayref($written) });
$database->begin_work;
$insert->execute_array({ ArrayTupleStatus => \my @status }, [ '1010', '1020', '1030' ], [ 1.25, 2, 3.5 ]);
say_it('array', written());
$database->rollback;
$insert->finish;
$database->disconnect;
