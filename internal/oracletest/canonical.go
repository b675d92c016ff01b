package oracletest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/sharedtest"
)

var decimalType = regexp.MustCompile(`^DECIMAL\(\d+,(\d+)\)$`)

// dateTime is how dates are compared; the API gives whole seconds.
const dateTime = "2006-01-02 15:04:05"

// Canonical is a JSON value (numbers as json.Number) as a column of the type holds it, as text: whole numbers in
// digits, decimals with all their places, truth values as 1 or 0, dates in UTC as 2006-01-02 15:04:05, UUIDs in lower
// case. nil is NULL. A value that does not fit fails the test: the oracle is for data that fits.
func Canonical(t testing.TB, columnType string, value any) *string {
	t.Helper()
	if value == nil {
		return nil
	}
	text := fmt.Sprint(value)
	if places := decimalType.FindStringSubmatch(columnType); places != nil {
		text = decimal(t, text, places[1])
		return &text
	}
	switch columnType {
	case "INT":
		text = decimal(t, text, "0")
	case "BIT":
		text = truth(t, value)
	case "DATETIME":
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatalf("not a date: %q", text)
		}
		text = at.UTC().Format(dateTime)
	case "UNIQUEIDENTIFIER":
		text = strings.ToLower(text)
	}
	return &text
}

func decimal(t testing.TB, text, places string) string {
	t.Helper()
	number, ok := new(big.Rat).SetString(text)
	scale, err := strconv.Atoi(places)
	if !ok || err != nil {
		t.Fatalf("not a number: %q", text)
	}
	return number.FloatString(scale)
}

func truth(t testing.TB, value any) string {
	t.Helper()
	switch value {
	case true, json.Number("1"):
		return "1"
	case false, json.Number("0"):
		return "0"
	}
	t.Fatalf("not a truth value: %v", value)
	return ""
}

// Read reads the reference's columns from a database whose values the driver gives as Go types.
func Read(ctx context.Context, t testing.TB, db *sql.DB) Tables {
	t.Helper()
	tables := make(Tables)
	byTable := make(map[string][]sharedtest.Column)
	for _, column := range sharedtest.Columns(t) {
		byTable[column.Table] = append(byTable[column.Table], column)
	}
	for table, columns := range byTable {
		tables[table] = readTable(ctx, t, db, table, columns)
	}
	return tables
}

func readTable(ctx context.Context, t testing.TB, db *sql.DB, table string, columns []sharedtest.Column) map[string]map[string]*string {
	t.Helper()
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = `"` + column.Name + `"`
	}
	rows, err := db.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+` FROM "`+table+`"`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // what goes wrong shows in rows.Err
	read := make(map[string]map[string]*string)
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		row := make(map[string]*string, len(columns))
		key, booking := "", ""
		for i, column := range columns {
			row[column.Name] = held(t, column.Type, values[i])
			if column.Key == "PK" {
				key = *row[column.Name]
			}
			if column.Name == "booking_id" && column.Key != "PK" {
				booking = *row[column.Name] + "/"
			}
		}
		read[booking+key] = row
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return read
}

// uniqueIdentifier is a UUID in SQL Server's order of bytes, as text.
func uniqueIdentifier(t testing.TB, raw []byte) string {
	t.Helper()
	var id mssql.UniqueIdentifier
	if err := id.Scan(raw); err != nil {
		t.Fatal(err)
	}
	return strings.ToLower(id.String())
}

// held is a value as the driver gives it, in canonical text.
func held(t testing.TB, columnType string, value any) *string {
	t.Helper()
	var text string
	switch v := value.(type) {
	case nil:
		return nil
	case time.Time:
		text = v.UTC().Format(dateTime)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		text = map[bool]string{true: "1", false: "0"}[v]
	case []byte:
		text = string(v)
		if columnType == "UNIQUEIDENTIFIER" {
			text = uniqueIdentifier(t, v)
		}
	default:
		text = fmt.Sprint(v)
	}
	if places := decimalType.FindStringSubmatch(columnType); places != nil {
		text = decimal(t, text, places[1])
	}
	return &text
}
