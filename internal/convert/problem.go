package convert

import (
	"fmt"

	"mcis/internal/mapping"
)

// Reason says in a few fixed words why a value does not fit its column. It serves as a metric's label.
type Reason string

// The reasons. There are no others.
const (
	NotNumber  Reason = "not a number"
	NotWhole   Reason = "not a whole number" // 3.5 for an int
	OutOfRange Reason = "out of range"       // a number too large, or a number or truth value too long for a text column
	Rounded    Reason = "rounded"            // more precise than the column; the value is the rounded one
	Cut        Reason = "cut"                // text longer than the column; the value is its beginning
	NotDate    Reason = "not a date"
	NotUUID    Reason = "not a uuid"
	NotTruth   Reason = "not a truth value"
	NotText    Reason = "not valid text" // invalid UTF-8 or half a surrogate pair; the value has U+FFFD in its place
	Object     Reason = "an object"      // where one value belongs
	Array      Reason = "an array"       // where one value belongs
	// NotInCharset is text with characters that the code page of a VARCHAR column may lack; the value is nil. Convert
	// never gives it: what a column really is, its warehouse finds out.
	NotInCharset Reason = "not in the column's character set"
)

// Problem says why a value does not fit its column.
type Problem struct {
	Reason Reason
	// Message is for people: "text of 300 units is longer than text(255): cut". It names types, lengths and limits
	// but nothing of the value itself, which may be personal, so it may be logged.
	Message string
}

// Error returns the message. A nil *Problem must not be put into a variable of type error.
func (p *Problem) Error() string { return p.Message }

func problemf(reason Reason, format string, args ...any) *Problem {
	return &Problem{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// unfit is the problem of a value that is nothing like t. The detail, if any, goes before the reason.
func unfit(t mapping.Type, detail string) *Problem {
	reason := NotText
	switch t.Kind {
	case mapping.Int, mapping.BigInt, mapping.Decimal:
		reason = NotNumber
	case mapping.Bit:
		reason = NotTruth
	case mapping.DateTime:
		reason = NotDate
	case mapping.UUID:
		reason = NotUUID
	}
	return &Problem{Reason: reason, Message: detail + string(reason)}
}

// misplaced is the problem of an object or array where a single value belongs.
func misplaced(reason Reason, t mapping.Type) *Problem {
	return problemf(reason, "%s where %s belongs", reason, wanted(t.Kind))
}

func wanted(kind mapping.Kind) string {
	switch kind {
	case mapping.Int, mapping.BigInt:
		return "a whole number"
	case mapping.Decimal:
		return "a number"
	case mapping.Bit:
		return "a truth value"
	case mapping.DateTime:
		return "a date"
	case mapping.UUID:
		return "a uuid"
	default:
		return "text"
	}
}
