package encode

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/schema"
)

// integers fits int64 to a column of whole numbers.
type integers struct {
	actual      schema.Type
	least, most int64
}

func integerCodec(t schema.Type) codec {
	switch t.Name {
	case "tinyint": // the one integer type without a sign
		return integers{t, 0, math.MaxUint8}
	case "smallint":
		return integers{t, math.MinInt16, math.MaxInt16}
	case "int":
		return integers{t, math.MinInt32, math.MaxInt32}
	case "bigint":
		return integers{t, math.MinInt64, math.MaxInt64}
	case "decimal", "numeric":
		return wholeDecimals{t}
	default:
		return nil
	}
}

func (c integers) fit(value any) (any, *convert.Problem) {
	if v := value.(int64); v < c.least || v > c.most {
		return nil, outOfRange(c.actual)
	}
	return value, nil
}

func (integers) wire(value any) (any, error) { return same[int64](value), nil }

// truths fits bool to BIT.
type truths struct{}

// truthNumbers fits bool to a column of numbers, as 0 and 1.
type truthNumbers struct {
	truths
	zero, one any // on the wire
}

func truthCodec(t schema.Type) codec {
	switch t.Name {
	case "bit":
		return truths{}
	case "tinyint", "smallint", "int", "bigint":
		return truthNumbers{zero: int64(0), one: int64(1)}
	case "decimal", "numeric":
		if t.Precision > t.Scale {
			return truthNumbers{zero: "0", one: "1"}
		}
	}
	return nil
}

func (truths) fit(value any) (any, *convert.Problem) { return same[bool](value), nil }
func (truths) wire(value any) (any, error)           { return same[bool](value), nil }

func (c truthNumbers) wire(value any) (any, error) {
	if value.(bool) {
		return c.one, nil
	}
	return c.zero, nil
}

// decimals fits decimal text to a column of decimals: the fitted text has exactly the column's scale. Decimals travel as
// text alone, for the driver scales text and takes the digits of an int64 as they are: 5 as 0.05.
type decimals struct{ actual schema.Type }

// wholeDecimals fits int64 to a column of decimals.
type wholeDecimals struct{ actual schema.Type }

func decimalCodec(t schema.Type) codec {
	if t.Name != "decimal" && t.Name != "numeric" {
		return nil
	}
	return decimals{t}
}

func (c decimals) fit(value any) (any, *convert.Problem) { return decimal(value.(string), c.actual) }
func (decimals) wire(value any) (any, error)             { return same[string](value), nil }

func (c wholeDecimals) fit(value any) (any, *convert.Problem) {
	if _, problem := c.text(value); problem != nil {
		return nil, problem
	}
	return value, nil
}

func (c wholeDecimals) wire(value any) (any, error) {
	text, problem := c.text(value)
	if problem != nil {
		return nil, problem
	}
	return text, nil
}

func (c wholeDecimals) text(value any) (any, *convert.Problem) {
	return decimal(strconv.FormatInt(value.(int64), 10), c.actual)
}

// decimal is text, which is a number by JSON's grammar too, as a decimal of the type t.
func decimal(text string, t schema.Type) (any, *convert.Problem) {
	wanted := mapping.Type{Kind: mapping.Decimal, Precision: t.Precision, Scale: t.Scale}
	return convert.Convert(wanted, jsontext.Value(text))
}
