// Package archive keeps records in files: one for each window of a backfill, and one for each day's changes, from which a lost
// warehouse can be loaded again without asking the API.
//
// A file is zstd, and in it a record a line, as it stands in the stream RECORDS: any tool that reads zstd and JSON reads it. Behind
// the lines, in a frame that such tools pass over, stands the file's [Manifest]: how many records there are, how many there should be, and
// a checksum of everything before it. A file has its final name only when it is complete.
package archive

import (
	"strings"
	"time"

	"mcis/internal/booking"
)

// What names of files are made of.
const (
	windowPrefix  = "booking_data_"
	changesPrefix = "booking_changes_"
	suffix        = ".jsonl.zst"
	partSuffix    = ".part" // of a file that is being written, behind a dot at its front
)

// WindowFile is the name of a window's file: booking_data_2024-01-01_2024-02-01.jsonl.zst. Names sort as the windows do.
func WindowFile(window booking.Window) string { return fileName(windowPrefix, window.From, window.To) }

// ChangesFile is the name of the file of what was stored in RECORDS in a span and belongs to no window.
func ChangesFile(from, to time.Time) string { return fileName(changesPrefix, from, to) }

func fileName(prefix string, from, to time.Time) string {
	return prefix + formatBound(from) + "_" + formatBound(to) + suffix
}

// formatBound is a date, with the time of day where it is not midnight. There are no colons in it: Windows takes none in a name.
func formatBound(t time.Time) string {
	t = t.UTC()
	switch {
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	case t.Equal(t.Truncate(time.Second)):
		return t.Format("2006-01-02T150405Z")
	}
	return t.Format("2006-01-02T150405.000000000Z")
}

// IsFile reports whether a name is that of an archive.
func IsFile(name string) bool {
	return strings.HasSuffix(name, suffix) && (strings.HasPrefix(name, windowPrefix) || strings.HasPrefix(name, changesPrefix))
}

// isPart reports whether a name is that of an archive that is being written, or that a dead writer left behind.
func isPart(name string) bool {
	inner, isHidden := strings.CutPrefix(name, ".")
	return isHidden && strings.HasSuffix(name, partSuffix) && (strings.HasPrefix(inner, windowPrefix) || strings.HasPrefix(inner, changesPrefix))
}
