package schema

import "mcis/internal/mapping"

// widened is the type that a column should be altered to by hand so that it holds what it held and what is wanted, and
// whether the server converts the one into the other at all (implicitly, as ALTER COLUMN asks):
// https://learn.microsoft.com/sql/t-sql/data-types/data-type-conversion-database-engine
func widened(actual Type, c column) (Type, bool) {
	switch c.holds.Kind {
	case mapping.Text:
		return widenedText(actual, c)
	case mapping.Int, mapping.BigInt, mapping.Bit, mapping.Decimal:
		return widenedNumber(actual, c.declared)
	case mapping.DateTime:
		return c.declared, actual.IsText() || dates[actual.Name]
	default:
		return c.declared, actual.IsText()
	}
}

var (
	dates    = map[string]bool{"date": true, "smalldatetime": true, "datetime": true, "datetime2": true, "datetimeoffset": true}
	inexacts = map[string]bool{"float": true, "real": true, "money": true, "smallmoney": true}
)

func widenedText(actual Type, c column) (Type, bool) {
	switch {
	case actual.Name == "text" || actual.Name == "ntext": // to nothing but MAX
		kind := nvarchar(Max)
		kind.Collation = actual.Collation
		return kind, !c.inKey
	case actual.IsText():
		return becoming(c, actual), true
	default:
		_, isInteger := integers[actual.Name]
		return c.declared, isInteger || actual.isDecimal() || dates[actual.Name] || actual.Name == "uniqueidentifier"
	}
}

// widenedNumber keeps the digits on both sides of the point.
func widenedNumber(actual, declared Type) (Type, bool) {
	_, isInteger := integers[actual.Name]
	_, wantsInteger := integers[declared.Name]
	switch {
	case isInteger && wantsInteger:
		return declared, true
	case isInteger || actual.isDecimal():
		scale := max(actual.Scale, declared.Scale)
		precision := max(actual.whole(), declared.whole()) + scale
		const most = 38
		return Type{Name: "decimal", Precision: precision, Scale: scale}, precision <= most
	default:
		return declared, inexacts[actual.Name] || actual.IsText()
	}
}
