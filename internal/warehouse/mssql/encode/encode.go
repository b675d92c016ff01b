// Package encode fits converted values to the columns that a database really has, and brings them into the form in which
// the driver's bulk copy sends them.
//
// A database that was taken over has types of its own: DATETIME where DATETIME2 is wanted, a narrower DECIMAL, VARCHAR.
// And bulk copy checks next to nothing: it sends 300 to TINYINT as 44, an int to DECIMAL(10,2) as 0.05, text to VARCHAR
// as UTF-8 whatever the collation, and drops time zones; a NULL for a fixed-length NOT NULL column puts the whole stream
// out of step (bulkcopy.go and types.go of go-mssqldb 1.11.2). So [Encoder.Fit] says beforehand what a column will hold
// of a value, to the last digit, and [Encoder.Wire] gives the driver exactly that, in the one Go type that it sends right.
//
// Bulk copy reads two parameters of the connection, which must be at their defaults: with "timezone" the days of SMALLDATETIME
// shift, with "guid conversion" the bytes of UNIQUEIDENTIFIER change places.
package encode

import (
	"fmt"
	"strings"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/schema"
)

// Encoder encodes the values of one column. It is safe for concurrent use.
type Encoder struct {
	column schema.Column
	codec  codec
}

// codec encodes values that are not NULL.
type codec interface {
	// fit has the contract of Encoder.Fit.
	fit(value any) (any, *convert.Problem)
	// wire has the contract of Encoder.Wire. It panics when the value is of another Go type than the column's kind.
	wire(value any) (any, error)
}

// For prepares the encoding of values that were converted to the type wanted for the column actual. The error says that
// the column cannot take such values at all. It is nil for these types, among them all that [schema.Holds] knows:
//
//   - int, bigint: TINYINT, SMALLINT, INT, BIGINT, DECIMAL, NUMERIC
//   - bit: BIT, TINYINT, SMALLINT, INT, BIGINT, and DECIMAL and NUMERIC with a digit before the point
//   - decimal: DECIMAL, NUMERIC
//   - text: NVARCHAR, VARCHAR, NCHAR, CHAR
//   - datetime: DATETIME2, DATETIME, SMALLDATETIME, DATE, DATETIMEOFFSET, and the types of text from 27 characters on
//   - uuid: UNIQUEIDENTIFIER, and the types of text from 36 characters on
func For(actual schema.Column, wanted mapping.Type) (Encoder, error) {
	switch {
	case actual.Identity:
		return Encoder{}, fmt.Errorf("column %s is an identity: the server gives its values", actual.Name)
	case actual.Computed:
		return Encoder{}, fmt.Errorf("column %s is computed: the server gives its values", actual.Name)
	}
	c := codecFor(actual.Type, wanted.Kind)
	if c == nil {
		return Encoder{}, fmt.Errorf("column %s is of type %s, which cannot hold values of type %v", actual.Name, typeName(actual.Type), wanted)
	}
	return Encoder{column: actual, codec: c}, nil
}

func codecFor(t schema.Type, wanted mapping.Kind) codec {
	switch wanted {
	case mapping.Int, mapping.BigInt:
		return integerCodec(t)
	case mapping.Bit:
		return truthCodec(t)
	case mapping.Decimal:
		return decimalCodec(t)
	case mapping.Text:
		return textCodec(t)
	case mapping.DateTime:
		return timeCodec(t)
	case mapping.UUID:
		return uuidCodec(t)
	default:
		return nil
	}
}

// Fit returns what the column will hold, exactly, of a value that package convert gave for the wanted type. The result
// is of the same Go type, and fits without a problem when it is fitted again. A problem says that it is not the
// whole truth: with reason [convert.Cut] or [convert.Rounded] it is what could be kept, with every other reason it is nil.
//
// NULL fits every column; whether the column takes it says Wire. Fit panics when the value is of another Go type than
// [mapping.Kind] lists for the wanted type.
func (e Encoder) Fit(value any) (any, *convert.Problem) {
	if value == nil {
		return nil, nil
	}
	return e.codec.fit(value)
}

// Wire returns what to give the driver's bulk copy for a fitted value, so that the server stores exactly that. The one
// error for such a value is that the column takes no NULL.
func (e Encoder) Wire(value any) (any, error) {
	if value != nil {
		return e.codec.wire(value)
	}
	if e.column.NotNull {
		return nil, fmt.Errorf("column %s takes no NULL", e.column.Name)
	}
	return nil, nil
}

// outOfRange is the problem of a value beyond what a type holds.
func outOfRange(t schema.Type) *convert.Problem {
	return &convert.Problem{Reason: convert.OutOfRange, Message: "out of range of " + typeName(t)}
}

// same is the value itself, boxed as it is: to box a number or a text again would allocate. It panics when it is no T.
func same[T any](value any) any {
	_ = value.(T)
	return value
}

// typeName is a type in the words of convert's problems: nvarchar(max), decimal(9,2), datetime2(3).
func typeName(t schema.Type) string {
	t.Collation = ""
	return strings.ToLower(t.String())
}
