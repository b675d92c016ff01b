package faults

// refusals are the numbers that blame the rows: the same rows would be refused again. Our converter lets none of
// these values through to a column whose type it knows, so most of them come from constraints, from triggers, computed columns
// and indexes of the database's owner, and from columns that were altered since the loader started.
var refusals = []Entry{
	// Constraints.
	{515, Data, "NULL for a column that takes none", engine, ""},
	{513, Data, "a value against a rule (CREATE RULE)", engine, ""},
	{547, Data, "a foreign key, or a check constraint", engine, ""},
	{548, Data, "outside the range of an identity column", engine, ""},
	{550, Data, "outside WITH CHECK OPTION of a view", engine, ""},
	{2601, Data, "a duplicate in a unique index", engine, ""},
	{2627, Data, "a duplicate in a primary key or unique constraint", engine, ""},
	{4457, Data, "no partition of the view takes the value", engine, ""},

	// Length and size.
	{511, Data, "the row is longer than 8,060 bytes", engine, ""},
	{576, Data, "the row's sparse columns are too long", engine, ""},
	{599, Data, "the result is longer than its type takes", engine, ""},
	{611, Data, "the row's variable columns are too long", engine, ""},
	{1946, Data, "the index key is longer than 900 or 1,700 bytes", engine, ""},
	{2628, Data, "too long for its column, named", engine, ""},
	{2629, Data, "too long for its column, by the object's id", engine, ""},
	{8152, Data, "too long for its column, before SQL Server 2019", engine, ""},
	{8170, Data, "too long: a uniqueidentifier as text", engine, ""},

	// Conversion and range, as triggers, computed columns and check constraints meet them.
	{220, Data, "overflow of a number type", engine, ""},
	{232, Data, "overflow of a number type", engine, ""},
	{234, Data, "too long for money as text", engine, ""},
	{235, Data, "not a money value", engine, ""},
	{236, Data, "overflow of money", engine, ""},
	{237, Data, "not enough room for a money value", engine, ""},
	{241, Data, "not a date or time", engine, ""},
	{242, Data, "a date out of range", engine, ""},
	{244, Data, "overflow of a small integer column", engine, ""},
	{245, Data, "not a value of the type", engine, ""},
	{248, Data, "overflow of int", engine, ""},
	{293, Data, "not a smallmoney value", engine, ""},
	{294, Data, "overflow of smallmoney", engine, ""},
	{295, Data, "not a smalldatetime value", engine, ""},
	{296, Data, "smalldatetime out of range", engine, ""},
	{298, Data, "datetime out of the range of smalldatetime", engine, ""},
	{517, Data, "overflow of a date", engine, ""},
	{535, Data, "overflow of DATEDIFF", engine, ""},
	{536, Data, "a length that a function does not take", engine, ""},
	{537, Data, "a length that LEFT or SUBSTRING does not take", engine, ""},
	{542, Data, "a date beyond the year 9999", engine, ""},
	{512, Data, "a subquery of a trigger returned several rows", engine, ""},
	{1007, Data, "a number beyond the precision of numeric", engine, ""},
	{3623, Data, "an invalid floating point operation", engine, ""},
	{8023, Data, "not a valid instance of the parameter's type", engine, ""},
	{8114, Data, "not a value of the type", engine, ""},
	{8115, Data, "arithmetic overflow", engine, ""},
	{8134, Data, "division by zero", engine, ""},
	{8169, Data, "not a uniqueidentifier", engine, ""},
	{9803, Data, "not valid for the type", engine, ""},

	// Bulk copy.
	{4815, Data, "bulk copy: a length that the column does not take", engine, ""},
	{4819, Data, "bulk copy: against a uniqueness constraint of the table", engine, ""},
	{4863, Data, "bulk copy: truncation", engine, ""},
	{4864, Data, "bulk copy: another type or code page", engine, ""},
	{4865, Data, "bulk copy: too many errors", engine, ""},
	{4866, Data, "bulk copy: too long", engine, ""},
	{4867, Data, "bulk copy: overflow", engine, ""},
	{4869, Data, "bulk copy: NULL for a column that takes none", engine, ""},
	{4879, Data, "bulk copy: an invalid value", engine, ""},
	{4895, Data, "bulk copy: text of an odd number of bytes", engine, ""},
	{4896, Data, "bulk copy: an invalid value", engine, ""},
	{4897, Data, "bulk copy: an invalid length of a long value", engine, ""},

	// A trigger of the database's owner ended the transaction.
	{3609, Data, "the transaction ended in a trigger", engine, ""},
	{3616, Data, "an error was raised in a trigger", engine, ""},
}
