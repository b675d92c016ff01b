package schema

import (
	"fmt"
	"strings"

	"mcis/internal/mapping"
)

// KeyCollation is the collation of text in keys: they are compared exactly, as the program compares them. Another
// collation would take "AR" and "ar", or two emoji, for the same key.
const KeyCollation = "Latin1_General_100_BIN2"

// mostNVarChar is the longest NVARCHAR(n), in UTF-16 units, beyond which it is NVARCHAR(MAX).
const mostNVarChar = 4000

// microseconds are the fraction digits that values of the kind DateTime have.
const microseconds = 6

// Declared is the type of a new column for values of t. Text has the database's collation.
func Declared(t mapping.Type) Type {
	switch t.Kind {
	case mapping.Int:
		return Type{Name: "int"}
	case mapping.BigInt:
		return Type{Name: "bigint"}
	case mapping.Bit:
		return Type{Name: "bit"}
	case mapping.Decimal:
		return Type{Name: "decimal", Precision: t.Precision, Scale: t.Scale}
	case mapping.DateTime:
		return Type{Name: "datetime2", Scale: microseconds}
	case mapping.UUID:
		return Type{Name: "uniqueidentifier"}
	default:
		return nvarchar(t.Length)
	}
}

// nvarchar is the type of text of so many UTF-16 units; 0 or less is without limit.
func nvarchar(length int) Type {
	if length <= 0 || length > mostNVarChar {
		length = Max
	}
	return Type{Name: "nvarchar", Length: length}
}

// String is the type as T-SQL spells it in a column's definition, with its collation where it is not the database's.
func (t Type) String() string {
	name := strings.ToUpper(t.Name)
	switch t.Name {
	case "char", "varchar", "nchar", "nvarchar", "binary", "varbinary":
		name += "(" + t.length() + ")"
	case "decimal", "numeric":
		name += fmt.Sprintf("(%d,%d)", t.Precision, t.Scale)
	case "datetime2", "datetimeoffset", "time":
		name += fmt.Sprintf("(%d)", t.Scale)
	}
	if t.Collation != "" {
		name += " COLLATE " + t.Collation
	}
	return name
}

func (t Type) length() string {
	if t.Length == Max {
		return "MAX"
	}
	return fmt.Sprint(t.Length)
}

// IsText reports CHAR, VARCHAR, NCHAR and NVARCHAR; TEXT and NTEXT, which are deprecated, are not among them.
func (t Type) IsText() bool {
	return t.Name == "char" || t.Name == "varchar" || t.Name == "nchar" || t.Name == "nvarchar"
}

func (t Type) isDecimal() bool { return t.Name == "decimal" || t.Name == "numeric" }

// whole is how many digits before the point a decimal has room for, and the largest value of an integer has.
func (t Type) whole() int {
	if t.isDecimal() {
		return t.Precision - t.Scale
	}
	return integers[t.Name]
}

// integers are the types of whole numbers, by the decimal digits of their largest value.
var integers = map[string]int{"bit": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}

// Widths of an index key, in bytes. Of a nonclustered one since SQL Server 2016:
// https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
const (
	mostClusteredKey = 900
	mostIndexKey     = 1700
)

// keyWidth is what the type takes in the key of an index, in bytes, at most; 0 when it cannot stand in one.
func (t Type) keyWidth() int {
	switch {
	case t.Length == Max:
		return 0
	case t.Name == "nvarchar" || t.Name == "nchar":
		return 2 * t.Length
	case t.Name == "varchar" || t.Name == "char":
		return t.Length
	case t.isDecimal():
		return decimalWidth(t.Precision)
	case t.Name == "datetimeoffset":
		return 10
	case t.Name == "uniqueidentifier":
		return 16
	case t.Name == "text" || t.Name == "ntext" || t.Name == "xml":
		return 0
	default:
		return 8 // int, bigint, bit and dates, rounded up
	}
}

// decimalWidth: https://learn.microsoft.com/sql/t-sql/data-types/decimal-and-numeric-transact-sql
func decimalWidth(precision int) int {
	switch {
	case precision <= 9:
		return 5
	case precision <= 19:
		return 9
	case precision <= 28:
		return 13
	default:
		return 17
	}
}

func (t Type) indexable() bool { return t.keyWidth() > 0 && t.keyWidth() <= mostIndexKey }

// isBinary reports whether a collation compares code by code: …_BIN, …_BIN2, …_BIN2_UTF8.
func isBinary(collation string) bool {
	folded := strings.ToLower(collation) + "_"
	return strings.Contains(folded, "_bin_") || strings.Contains(folded, "_bin2_")
}

// isCaseSensitive reports whether names that differ in case alone are different names under the collation.
func isCaseSensitive(collation string) bool {
	return isBinary(collation) || strings.Contains(strings.ToLower(collation), "_cs_")
}
