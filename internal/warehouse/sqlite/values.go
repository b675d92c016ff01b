package sqlite

import (
	"time"

	"mcis/internal/rows"
)

// timeLayout is how datetimes are stored: UTC, to the microsecond, without trailing zeros. It is one of the forms
// that SQLite's date functions take (https://sqlite.org/lang_datefunc.html), and texts sort as times do.
const timeLayout = "2006-01-02 15:04:05.999999"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func parseTime(text string) (time.Time, error) { return time.Parse(timeLayout, text) }

// bindable is a converted value as it is bound: everything as it is but for times, which the driver would write in
// Go's own form.
func bindable(value any) any {
	if t, ok := value.(time.Time); ok {
		return formatTime(t)
	}
	return value
}

// appendLineage appends the values of warehouse.LineageColumns, in their order.
func appendLineage(args []any, row *rows.Row, loadedAt time.Time) []any {
	args = appendStamp(args, row.Stamp)
	return append(args, row.Stamp.Hash, formatTime(loadedAt), row.Run)
}

// appendStamp appends the values of warehouse.StampColumns.
func appendStamp(args []any, stamp rows.Stamp) []any {
	return append(args, stamp.Version, stamp.Full, formatTime(stamp.ObservedAt), formatTime(stamp.ExtractedAt), stamp.Mapping)
}
