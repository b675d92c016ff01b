// Package convert turns JSON values into the typed values of warehouse columns, exactly or with a word why not.
//
// Databases and their drivers convert silently and wrongly (go-mssqldb's bulk copy turns the integer 5 into 0.05 for
// DECIMAL(10,2) and drops time zones), so every value passes here before the first row is sent. Nothing goes through
// float64: numbers are worked on as the digits that the API sent, and the work is bounded by the size of the column,
// not by an exponent such as 1e999999999.
//
// A value that does not fit costs neither the row nor the booking. Text is cut, decimals and times are rounded, and
// anything else becomes NULL; each comes with a [Problem], on which the caller keeps the raw value.
package convert

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/mapping"
)

// scratchSize is how many bytes of unescaped text fit the stack: enough for every column but long notes.
const scratchSize = 512

// Convert returns raw as a value of type t: its Go type is the one that [mapping.Kind] lists, nil is SQL NULL. raw is
// any valid JSON value, or empty for an absent one, which is NULL like null; it is never changed or kept.
//
// A problem says that the value is not the whole truth. With reason [Cut], [Rounded] or [NotText] the value is what
// could be kept and may not be nil, with every other reason it is nil.
//
// What fits, beside JSON's own type for each kind:
//
//   - int, bigint, decimal: numbers in any notation (3, 3.0, 3e2), and strings that are exactly a JSON number. For
//     decimals, surplus fraction digits must be zeros; others are rounded half away from zero, as SQL Server does.
//   - bit: true and false, the numbers 0 and 1 in any notation, the strings "true" and "false" in any case.
//   - text: numbers and truth values too, by their literal text. They are never cut: a part of a number is another one.
//   - datetime: RFC 3339, with a space for the T, without zone (read as UTC) or as a day alone (midnight, UTC).
//   - uuid: 8-4-4-4-12 hexadecimal digits in any case, with or without braces.
//
// An empty string fits text only. Convert panics when t is of no known kind: mapping.Load lets no such type through.
func Convert(t mapping.Type, raw jsontext.Value) (value any, problem *Problem) {
	raw = bytes.Trim(raw, " \t\r\n")
	switch raw.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindBeginObject:
		return nil, misplaced(Object, t)
	case jsontext.KindBeginArray:
		return nil, misplaced(Array, t)
	case jsontext.KindString:
		var scratch [scratchSize]byte
		content, whole := unquote(scratch[:0], raw)
		return convert(t, scalar{kind: jsontext.KindString, text: content, damaged: !whole})
	case jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return convert(t, scalar{kind: raw.Kind(), text: raw})
	default:
		if len(raw) == 0 {
			return nil, nil
		}
		return nil, &Problem{Reason: NotText, Message: "not valid text: not a JSON value"}
	}
}

// scalar is a JSON string, number or truth value.
type scalar struct {
	kind    jsontext.Kind
	text    []byte // a string's characters, a number or truth value as it is written
	damaged bool   // text is not what was sent: U+FFFD stands for what UTF-8 cannot hold
}

func convert(t mapping.Type, s scalar) (any, *Problem) {
	if len(s.text) == 0 && t.Kind != mapping.Text {
		return nil, unfit(t, "empty text: ")
	}
	switch t.Kind {
	case mapping.Int, mapping.BigInt:
		return integer(t, s)
	case mapping.Bit:
		return truth(t, s)
	case mapping.Decimal:
		return decimal(t, s)
	case mapping.Text:
		return text(t, s)
	case mapping.DateTime:
		return datetime(t, s)
	case mapping.UUID:
		return uuid(t, s)
	default:
		panic(fmt.Sprintf("convert: column type of unknown kind %d", t.Kind))
	}
}
