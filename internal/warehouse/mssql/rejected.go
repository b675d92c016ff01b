package mssql

import (
	"context"
	"fmt"
	"slices"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/schema"
)

// rejects is the table of rejected values as loading needs it.
type rejects struct{ encoders []encode.Encoder } // of warehouse.RejectedColumns

func newRejects(db *schema.Database) (*rejects, error) {
	actual := db.Table(warehouse.RejectedTable)
	if actual == nil {
		return nil, missingTable(warehouse.RejectedTable)
	}
	made := new(rejects)
	for _, c := range warehouse.RejectedColumns {
		encoder, err := encoderOf(actual, c.Name, c.Type)
		if err != nil {
			return nil, err
		}
		made.encoders = append(made.encoders, encoder)
	}
	return made, nil
}

var createStagedRejects = selectInto(stagedRows(warehouse.RejectedTable), "CAST(0 AS INT) AS [n]", warehouse.RejectedTable, warehouse.RejectedNames)

// keepRejected inserts the staged values that are not there yet, and answers how many. Values whose keys the database takes for the
// same, as with trailing spaces, are kept once.
func keepRejected() string {
	same := make([]string, len(warehouse.RejectedKey))
	for i, name := range warehouse.RejectedKey {
		same[i] = fmt.Sprintf("t.%s = s.%[1]s", schema.Quote(name))
	}
	return fmt.Sprintf(`SET NOCOUNT ON;
DECLARE @inserted INT = 0;
INSERT INTO %[1]s (%[2]s)
SELECT %[3]s FROM (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY %[4]s ORDER BY r.[n]) AS [place] FROM %[5]s AS r) AS s
WHERE s.[place] = 1 AND NOT EXISTS (SELECT 1 FROM %[1]s AS t %[6]s WHERE %[7]s)
%[8]s;
SET @inserted = @@ROWCOUNT;
TRUNCATE TABLE %[5]s;
SELECT @inserted`,
		schema.Qualified(warehouse.RejectedTable), quoted(warehouse.RejectedNames), prefixed("s", warehouse.RejectedNames),
		prefixed("r", warehouse.RejectedKey), schema.Quote(stagedRows(warehouse.RejectedTable)), hints, joinAnd(same), loops)
}

// findRejected finds the staged values that are there already: their places.
func findRejected() string {
	same := make([]string, len(warehouse.RejectedKey))
	for i, name := range warehouse.RejectedKey {
		same[i] = fmt.Sprintf("t.%s = r.%[1]s", schema.Quote(name))
	}
	return fmt.Sprintf("SELECT r.[n] FROM %s AS r INNER LOOP JOIN %s AS t ON %s",
		schema.Quote(stagedRows(warehouse.RejectedTable)), schema.Qualified(warehouse.RejectedTable), joinAnd(same))
}

// rejectedValues keeps the values that did not fit.
func (l *loading) rejectedValues(ctx context.Context, values []rows.Rejected) error {
	for part := range slices.Chunk(values, mostRows) {
		if err := l.stageRejected(ctx, part); err != nil {
			return err
		}
		inserted, err := l.session.numbers(ctx, keepRejected(), 1)
		if err != nil {
			return fmt.Errorf("keep rejected values: %w", err)
		}
		l.tally.Rejected += int(inserted[0])
	}
	return nil
}

// stageRejected copies values, each with its place.
func (l *loading) stageRejected(ctx context.Context, values []rows.Rejected) error {
	if err := l.parent.Err(); err != nil {
		return err
	}
	staged := make([][]any, len(values))
	for i := range values {
		row, err := l.rejectedRow(int64(i), &values[i])
		if err != nil {
			return err
		}
		staged[i] = row
	}
	columns := append([]string{"n"}, warehouse.RejectedNames...)
	if err := l.session.bulk(ctx, stagedRows(warehouse.RejectedTable), columns, staged); err != nil {
		return fmt.Errorf("stage rejected values: %w", err)
	}
	return nil
}

// rejectedRow is a value as it is staged. What is too long for the table is cut: the value itself has no limit there, and
// everything else only describes it.
func (l *loading) rejectedRow(place int64, v *rows.Rejected) ([]any, error) {
	values := warehouse.RejectedValues(v, l.loadedAt)
	staged := []any{place}
	for i, encoder := range l.session.rejects.encoders {
		fitted, _ := encoder.Fit(values[i])
		wire, err := encoder.Wire(fitted)
		if err != nil {
			return nil, fmt.Errorf("keep the rejected value of %s.%s: %w", v.Table, v.Column, err)
		}
		staged = append(staged, wire)
	}
	return staged, nil
}
