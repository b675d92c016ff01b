package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"mcis/internal/mapping"
)

// exactDigits is how many significant digits SQLite's 8-byte floats keep, and so the largest precision of a decimal
// that its NUMERIC affinity does not alter: https://sqlite.org/floatingpoint.html.
const exactDigits = 15

// columnType is the declared type of a column. Names are SQL Server's, where SQLite derives the right affinity of
// them (https://sqlite.org/datatype3.html#determination_of_column_affinity): INT and BIGINT hold "INT" (INTEGER),
// NVARCHAR holds "CHAR" (TEXT: "00123" stays text), BIT, DECIMAL and DATETIME are NUMERIC (a date is no number and
// stays text).
func columnType(t mapping.Type) string {
	switch t.Kind {
	case mapping.Int:
		return "INT"
	case mapping.BigInt:
		return "BIGINT"
	case mapping.Bit:
		return "BIT"
	case mapping.DateTime:
		return "DATETIME"
	case mapping.Decimal:
		if t.Precision <= exactDigits {
			return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
		}
	case mapping.Text:
		if t.Length > 0 {
			return fmt.Sprintf("NVARCHAR(%d)", t.Length)
		}
	}
	return "TEXT"
}

// declaredType is a column's type as its CREATE TABLE spelt it.
type declaredType struct {
	name      string // upper case, without what is in parentheses
	arguments []int  // in parentheses
}

func parseDeclared(text string) declaredType {
	name, rest, _ := strings.Cut(strings.ToUpper(text), "(")
	declared := declaredType{name: strings.TrimSpace(name)}
	rest, _, _ = strings.Cut(rest, ")")
	for field := range strings.SplitSeq(rest, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(field)); err == nil {
			declared.arguments = append(declared.arguments, n)
		}
	}
	return declared
}

// isText reports TEXT affinity.
func (d declaredType) isText() bool {
	return !strings.Contains(d.name, "INT") &&
		(strings.Contains(d.name, "CHAR") || strings.Contains(d.name, "CLOB") || strings.Contains(d.name, "TEXT"))
}

// isNumeric reports a declared decimal type of NUMERIC affinity.
func (d declaredType) isNumeric() bool { return d.name == "DECIMAL" || d.name == "NUMERIC" }

// integerDigits are the decimal digits that every value of an integer type has room for.
var integerDigits = map[string]int{
	"BIT": 1, "BOOLEAN": 1, "TINYINT": 2, "SMALLINT": 4, "INT2": 4, "MEDIUMINT": 6, "INT": 10, "INT4": 10,
	"INTEGER": 19, "BIGINT": 19, "INT8": 19, // SQLite's own INTEGER is of 64 bits
}

// holds reports whether a column that was declared so takes every value of t. SQLite itself would take longer ones,
// but clients (ODBC) size their buffers by the declaration.
func (d declaredType) holds(t mapping.Type) bool {
	if d.name == "" {
		return true // no type: every value is stored as it comes
	}
	switch t.Kind {
	case mapping.Int:
		return d.fitsDigits(10)
	case mapping.BigInt:
		return d.fitsDigits(19)
	case mapping.Bit:
		return d.fitsDigits(1)
	case mapping.Decimal:
		return d.holdsDecimal(t)
	case mapping.Text:
		return d.fitsText(t.Length)
	case mapping.DateTime:
		return strings.HasPrefix(d.name, "DATETIME") || d.name == "TIMESTAMP" || d.isText() && d.fitsText(len(timeLayout))
	case mapping.UUID:
		return d.fitsText(36)
	default:
		return false
	}
}

func (d declaredType) fitsDigits(digits int) bool {
	if d.isNumeric() {
		return len(d.arguments) == 0 || d.whole() >= digits
	}
	return integerDigits[d.name] >= digits
}

func (d declaredType) holdsDecimal(t mapping.Type) bool {
	if t.Precision > exactDigits {
		return d.fitsText(t.Precision + len("-."))
	}
	if !d.isNumeric() {
		return false
	}
	return len(d.arguments) == 0 || d.whole() >= t.Precision-t.Scale && d.scale() >= t.Scale
}

// fitsText reports whether a text of that many characters fits; 0 stands for any number.
func (d declaredType) fitsText(length int) bool {
	return d.isText() && (len(d.arguments) == 0 || length > 0 && d.arguments[0] >= length)
}

func (d declaredType) scale() int {
	if len(d.arguments) < 2 {
		return 0
	}
	return d.arguments[1]
}

// whole is the number of digits before the point.
func (d declaredType) whole() int { return d.arguments[0] - d.scale() }
