package encode

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/convert"
	"mcis/internal/warehouse/mssql/schema"
)

// texts fits strings to a column of text.
type texts struct {
	actual   schema.Type
	unit     func(rune) int // how many of the column's units a character takes
	unitName string
	// onlyASCII is for VARCHAR in a code page: the driver sends UTF-8 to it, so only what is the same in all of them
	// arrives as it was. Under a collation whose name ends in _UTF8 (SQL Server 2019) UTF-8 is right.
	onlyASCII bool
	padded    bool // fixed length: the column fills text up with spaces
}

func textCodec(t schema.Type) codec {
	if c, ok := textOf(t); ok {
		return c
	}
	return nil
}

func textOf(t schema.Type) (c texts, ok bool) {
	switch t.Name {
	case "nvarchar", "nchar":
		c = texts{actual: t, unit: utf16.RuneLen, unitName: "units"}
	case "varchar", "char":
		c = texts{actual: t, unit: utf8.RuneLen, unitName: "bytes", onlyASCII: !strings.HasSuffix(strings.ToUpper(t.Collation), "_UTF8")}
	default:
		return texts{}, false
	}
	c.padded = t.Name == "nchar" || t.Name == "char"
	return c, true
}

func (c texts) fit(value any) (any, *convert.Problem) {
	text := value.(string)
	if c.padded {
		text = strings.TrimRight(text, " ") // nobody can tell them from what the column fills up with
	}
	if c.onlyASCII && !isASCII(text) {
		return nil, c.notInCharset()
	}
	if c.actual.Length == schema.Max || len(text) <= c.actual.Length { // no character has more units than UTF-8 bytes
		return c.filled(value, text), nil
	}
	kept, size := convert.Shorten(text, c.actual.Length, c.unit)
	if size <= c.actual.Length {
		return c.filled(value, text), nil
	}
	if isLiteral(text) {
		return nil, c.tooLong(convert.OutOfRange, size, "")
	}
	return c.pad(kept), c.tooLong(convert.Cut, size, ": cut")
}

func (texts) wire(value any) (any, error) { return same[string](value), nil }

func (c texts) tooLong(reason convert.Reason, size int, consequence string) *convert.Problem {
	message := fmt.Sprintf("text of %d %s is longer than %s%s", size, c.unitName, typeName(c.actual), consequence)
	return &convert.Problem{Reason: reason, Message: message}
}

func (c texts) notInCharset() *convert.Problem {
	message := fmt.Sprintf("text with characters other than ASCII: %s is sure of these alone, as its collation is not UTF-8", typeName(c.actual))
	return &convert.Problem{Reason: convert.NotInCharset, Message: message}
}

// filled is the value whose text fits as the column holds it.
func (c texts) filled(value any, text string) any {
	if !c.padded {
		return value
	}
	return c.pad(text)
}

// pad fills text up to the length of a column of fixed length.
func (c texts) pad(text string) string {
	if !c.padded {
		return text
	}
	size := 0
	for _, r := range text {
		size += c.unit(r)
	}
	return text + strings.Repeat(" ", c.actual.Length-size)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isLiteral reports whether text is all of a JSON number or truth value. As in package convert it is not cut: a part of
// a number is another one. That it was perhaps sent as a text of digits cannot be known any more.
func isLiteral(text string) bool {
	literal := jsontext.Value(text)
	switch literal.Kind() {
	case jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return literal.IsValid() && strings.TrimSpace(text) == text
	default:
		return false
	}
}
