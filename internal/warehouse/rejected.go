package warehouse

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// RejectedTable is the table of the values that did not fit.
const RejectedTable = "RejectedValue"

// RejectedColumn is a column of RejectedTable.
type RejectedColumn struct {
	Name    string
	Type    mapping.Type
	InKey   bool // of the primary key, and so never NULL
	Indexed bool
}

// RejectedColumns are the columns of RejectedTable, in their order. value_hash is the hexadecimal SHA-256 of raw_value.
var RejectedColumns = []RejectedColumn{
	{Name: "table_name", Type: text(128), InKey: true},
	{Name: "row_key", Type: text(400), InKey: true},
	{Name: "column_name", Type: text(128), InKey: true},
	{Name: "value_hash", Type: text(64), InKey: true},
	{Name: "booking_id", Type: mapping.Type{Kind: mapping.BigInt}, Indexed: true},
	{Name: "raw_value", Type: text(0)},
	{Name: "reason", Type: text(400)},
	{Name: "column_type", Type: text(50)},
	{Name: "observed_at", Type: mapping.Type{Kind: mapping.DateTime}},
	{Name: ColumnLoadedAt, Type: mapping.Type{Kind: mapping.DateTime}},
	{Name: ColumnRun, Type: text(100)},
}

func text(length int) mapping.Type { return mapping.Type{Kind: mapping.Text, Length: length} }

// RejectedNames are the names of RejectedColumns; RejectedKey of those in the primary key.
var RejectedNames, RejectedKey = rejectedNames()

func rejectedNames() (all, key []string) {
	for _, c := range RejectedColumns {
		all = append(all, c.Name)
		if c.InKey {
			key = append(key, c.Name)
		}
	}
	return all, key
}

// RejectedKeyValues are the values of RejectedKey for a rejected value.
func RejectedKeyValues(v *rows.Rejected) []any {
	return RejectedValues(v, time.Time{})[:len(RejectedKey)]
}

// RejectedValues are the values of RejectedColumns for a rejected value.
func RejectedValues(v *rows.Rejected, loadedAt time.Time) []any {
	hash := sha256.Sum256([]byte(v.Raw))
	return []any{
		v.Table, v.Key, v.Column, hex.EncodeToString(hash[:]), v.BookingID, v.Raw, v.Problem.Message, v.Type,
		v.ObservedAt.UTC().Truncate(time.Microsecond), loadedAt, v.Run,
	}
}
