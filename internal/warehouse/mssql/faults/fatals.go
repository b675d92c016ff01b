package faults

// Remedies of fatal entries.
const (
	migrate   = "the tables are not as the mapping says: run `mcis schema migrate`, and see what triggers and views refer to"
	ours      = "this is a fault of the program: report the message"
	byHand    = "the table cannot be altered so: run `mcis schema migrate --dry-run` and do by hand what is in the way"
	login     = "the login is refused: run `mcis check`, and see WAREHOUSE_URL or SERVER and DATABASE"
	rights    = "a right is missing: run `mcis check`, which names the GRANT"
	firewall  = "the firewall of Azure SQL does not let this address in: run `mcis check`"
	missingDB = "the database is missing or this login has no access to it: run `mcis check`"
)

// statements are the numbers of statements that cannot succeed as they are: the tables are not those that the mapping says, or the
// statement is wrong.
var statements = []Entry{
	{102, Fatal, "incorrect syntax", engine, ours},
	{105, Fatal, "a quote is not closed", engine, ours},
	{109, Fatal, "fewer values than columns", engine, ours},
	{110, Fatal, "more values than columns", engine, ours},
	{137, Fatal, "a variable is not declared", engine, ours},
	{156, Fatal, "incorrect syntax near a keyword", engine, ours},
	{170, Fatal, "incorrect syntax", engine, ours},
	{201, Fatal, "a procedure's parameter is missing", engine, ours},
	{206, Fatal, "the types of column and value do not meet", engine, migrate},
	{207, Fatal, "no such column", engine, migrate},
	{208, Fatal, "no such table", engine, migrate},
	{209, Fatal, "an ambiguous column", engine, ours},
	{213, Fatal, "the number or names of columns differ", engine, migrate},
	{217, Fatal, "triggers are nested too deeply", engine, migrate},
	{257, Fatal, "no implicit conversion between the types", engine, migrate},
	{264, Fatal, "a column twice in a statement", engine, ours},
	{271, Fatal, "a computed column cannot be written", engine, migrate},
	{273, Fatal, "a timestamp column cannot be written", engine, migrate},
	{402, Fatal, "the types do not meet in the operator", engine, migrate},
	{451, Fatal, "a collation conflict", engine, migrate},
	{468, Fatal, "a collation conflict", engine, migrate},
	{518, Fatal, "no conversion between the types", engine, migrate},
	{529, Fatal, "no explicit conversion between the types", engine, migrate},
	{544, Fatal, "a value for an identity column", engine, migrate},
	{545, Fatal, "no value for an identity column", engine, migrate},
	{1934, Fatal, "SET options are not those that an indexed view or computed column needs", engine, migrate},
	{2812, Fatal, "no such procedure", engine, migrate},
	{3701, Fatal, "nothing to drop, or no right to", engine, byHand},
	{4104, Fatal, "a name cannot be bound", engine, migrate},
	{4121, Fatal, "no such column or function", engine, migrate},
	{4405, Fatal, "the view cannot be written", engine, migrate},
	{4406, Fatal, "the view cannot be written", engine, migrate},
	{4413, Fatal, "a view cannot be bound", engine, migrate},
	{8009, Fatal, "a parameter of an unknown type", engine, ours},
	{8016, Fatal, "a parameter of a wrong length or type", engine, ours},
	{8102, Fatal, "an identity column cannot be updated", engine, migrate},
	{8116, Fatal, "a function does not take the type", engine, migrate},
	{8117, Fatal, "an operator does not take the type", engine, migrate},
	{8144, Fatal, "too many arguments", engine, ours},
	{8145, Fatal, "no such parameter", engine, ours},
	{8178, Fatal, "a parameter was not supplied", engine, ours},
	{8180, Fatal, "the statement could not be prepared", engine, migrate},

	// Migrations.
	{1505, Fatal, "a unique index over rows with duplicates", engine, byHand},
	{1767, Fatal, "a foreign key references a table that is missing", engine, byHand},
	{1776, Fatal, "a foreign key references columns that are no key", engine, byHand},
	{1778, Fatal, "a foreign key over columns of different types", engine, byHand},
	{1779, Fatal, "the table has a primary key already", engine, byHand},
	{1785, Fatal, "a foreign key would make cycles or several cascade paths", engine, byHand},
	{4901, Fatal, "a column without NULL or default for a table with rows", engine, byHand},
	{4909, Fatal, "not a table", engine, byHand},
	{4922, Fatal, "other objects need the column", engine, byHand},
	{4924, Fatal, "no such column to alter", engine, byHand},
	{4927, Fatal, "the column cannot have the type", engine, byHand},
	{4928, Fatal, "the column cannot be altered", engine, byHand},
	{4929, Fatal, "the table is replicated", engine, byHand},
	{5074, Fatal, "an object depends on the column", engine, byHand},
	{8111, Fatal, "a primary key over a column that takes NULL", engine, byHand},
}

// barriers are the numbers whose cause is outside: login, rights, database.
var barriers = []Entry{
	{18452, Barred, "an untrusted domain", engine, login},
	{18456, Barred, "login failed", engine, login},
	{18470, Barred, "the account is disabled", engine, login},
	{18486, Barred, "the account is locked", engine, login},
	{18487, Barred, "the password has expired", engine, login},
	{18488, Barred, "the password must be changed", engine, login},
	{17806, Barred, "the SSPI handshake failed", engine, login},
	{17892, Barred, "a logon trigger refused the login", engine, login},
	{40531, Barred, "the server's name is not in the login", azure, login},
	{40532, Barred, "the server cannot be opened by this login", azure, login},
	{40615, Barred, "the address is not let in", azure, firewall},
	{40914, Barred, "the virtual network is not let in", azure, firewall},
	{47073, Barred, "public network access is denied", azure, firewall},
	{911, Barred, "the database does not exist", engine, missingDB},
	{916, Barred, "the login has no access to the database", engine, missingDB},

	{229, Barred, "permission denied on an object", engine, rights},
	{230, Barred, "permission denied on a column", engine, rights},
	{262, Barred, "permission denied in the database", engine, rights},
	{297, Barred, "no permission for this action", engine, rights},
	{300, Barred, "no permission on the server", engine, rights},
	{1088, Barred, "an object is missing, or no permission", engine, rights},
	{2557, Barred, "no permission to run DBCC", engine, rights},
	{2571, Barred, "no permission to run DBCC", engine, rights},
	{2760, Barred, "the schema is missing, or no permission", engine, rights},
	{4834, Barred, "no permission for bulk load", engine, rights},
	{4902, Barred, "the table is missing, or no permission", engine, rights},
	{8104, Barred, "not the owner of the table", engine, rights},
	{8189, Barred, "no permission to run a command", engine, rights},
	{15151, Barred, "an object is missing, or no permission", engine, rights},
	{15247, Barred, "no permission for this action", engine, rights},
}
