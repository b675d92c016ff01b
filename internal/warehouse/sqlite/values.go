package sqlite

import (
	"database/sql"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// timeLayout is how datetimes are stored: UTC, to the microsecond, without trailing zeros. It is one of the forms
// that SQLite's date functions take (https://sqlite.org/lang_datefunc.html), and texts sort as times do.
const timeLayout = "2006-01-02 15:04:05.999999"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func parseTime(text string) (time.Time, error) { return time.Parse(timeLayout, text) }

// timeForms are the other forms in which SQLite's date functions take a time: a file that was taken over, or a person, may
// have written one of them.
var timeForms = []string{timeLayout, "2006-01-02T15:04:05.999999", time.RFC3339Nano, time.DateOnly}

// readTime is a stored time in whichever form, in UTC; zero for NULL and for what is none.
func readTime(text sql.NullString) time.Time {
	for _, form := range timeForms {
		if t, err := time.Parse(form, text.String); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// bindable is a converted value as it is bound: everything as it is but for times, which the driver would write in
// Go's own form.
func bindable(value any) any {
	if t, ok := value.(time.Time); ok {
		return formatTime(t)
	}
	return value
}

// appendLineage appends the values of warehouse.LineageColumns, in their order. deletedAt is the row's mark, zero without one.
func appendLineage(args []any, t *mapping.Table, row *rows.Row, loadedAt, deletedAt time.Time) []any {
	args = append(appendStamp(args, row.Stamp), row.Stamp.Hash, formatTime(loadedAt), row.Run)
	switch {
	case !t.IsBookings:
		return args
	case deletedAt.IsZero():
		return append(args, nil)
	default:
		return append(args, formatTime(deletedAt))
	}
}

// appendStamp appends the values of warehouse.StampColumns.
func appendStamp(args []any, stamp rows.Stamp) []any {
	return append(args, stamp.Version, stamp.Full, formatTime(stamp.ObservedAt), formatTime(stamp.ExtractedAt), stamp.Mapping)
}
