package schema

import "mcis/internal/mapping"

// Holds reports whether a column of the type takes every value of wanted as it is, but for two losses that are found
// value by value when rows are fitted to the actual columns: the range and fraction of a date (DATETIME begins in 1753
// and rounds to 1/300 s), and the time zone that values never have.
//
// VARCHAR does not hold text, for it knows one code page, nor does NCHAR, for it pads. FLOAT, REAL and MONEY are not
// exact. TEXT, NTEXT, XML and SQL_VARIANT cannot be compared or bulk copied as their values are.
func Holds(actual Type, wanted mapping.Type) bool {
	switch wanted.Kind {
	case mapping.Int:
		return actual.holdsWhole("int")
	case mapping.BigInt:
		return actual.holdsWhole("bigint")
	case mapping.Bit:
		return actual.holdsWhole("bit")
	case mapping.Decimal:
		return actual.isDecimal() && actual.Scale >= wanted.Scale && actual.whole() >= wanted.Precision-wanted.Scale
	case mapping.Text:
		return actual.Name == "nvarchar" && longEnough(actual.Length, wanted.Length)
	case mapping.DateTime:
		return actual.Name == "datetime" || actual.Name == "datetime2" || actual.Name == "datetimeoffset"
	case mapping.UUID:
		return actual.holdsUUID()
	default:
		return false
	}
}

// holdsWhole reports whether the type takes every value of a type of whole numbers.
func (t Type) holdsWhole(name string) bool {
	_, isInteger := integers[t.Name]
	return (isInteger || t.isDecimal()) && t.whole() >= integers[name]
}

// longEnough compares two lengths; 0 and Max are without limit.
func longEnough(actual, wanted int) bool {
	return actual == Max || wanted > 0 && actual >= wanted
}

// uuidLength is that of 8-4-4-4-12 hexadecimal digits.
const uuidLength = 36

// holdsUUID: its digits are in every code page. A longer CHAR would pad them.
func (t Type) holdsUUID() bool {
	switch t.Name {
	case "uniqueidentifier":
		return true
	case "varchar", "nvarchar":
		return longEnough(t.Length, uuidLength)
	default:
		return t.IsText() && t.Length == uuidLength
	}
}

// holdsMicroseconds reports whether a stamp's time comes back as it was: rows are compared by it.
func (t Type) holdsMicroseconds() bool {
	return (t.Name == "datetime2" || t.Name == "datetimeoffset") && t.Scale >= microseconds
}
