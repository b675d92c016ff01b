package encode

import (
	"fmt"

	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/convert"
	"mcis/internal/warehouse/mssql/schema"
)

const uuidLength = len("00000000-0000-0000-0000-000000000000")

// uuids fits uuids to UNIQUEIDENTIFIER.
type uuids struct{}

// uuidTexts fits uuids to a column of text, in lower case with hyphens.
type uuidTexts struct{ texts }

func uuidCodec(t schema.Type) codec {
	if t.Name == "uniqueidentifier" {
		return uuids{}
	}
	if c, ok := longText(t, uuidLength); ok {
		return uuidTexts{c}
	}
	return nil
}

// longText is the codec of a column of text that holds so many ASCII characters.
func longText(t schema.Type, length int) (texts, bool) {
	c, ok := textOf(t)
	return c, ok && (t.Length == schema.Max || t.Length >= length)
}

func (uuids) fit(value any) (any, *convert.Problem) { return same[string](value), nil }

// wire gives the driver's own type, which puts the first three groups into the server's byte order.
func (uuids) wire(value any) (any, error) {
	var id mssqldb.UniqueIdentifier
	if err := id.Scan(value.(string)); err != nil {
		return nil, fmt.Errorf("encode a uuid: %w", err)
	}
	return id, nil
}

func (uuidTexts) fit(value any) (any, *convert.Problem) { return same[string](value), nil }

func (c uuidTexts) wire(value any) (any, error) { return c.pad(value.(string)), nil }
