package status

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mcis/internal/checkpoint"
)

// Facts are what a report is made of, as a command collects them. Maps may be nil.
type Facts struct {
	At    time.Time // when they were collected
	Gauge Gauge     // as [Measure] returns it

	// What [Facts.Collect] takes from the checkpoints.
	Runs      map[string]checkpoint.Run    // by key
	Windows   map[string]checkpoint.Window // by key
	Pages     map[string]checkpoint.Page   // by key
	Sync      checkpoint.Sync              // zero: there was none
	Watermark checkpoint.Watermark         // zero: there is none
	Samples   []checkpoint.Sample          // the oldest first
	// Unreadable are the keys of checkpoints that could not be read.
	Unreadable []string

	Leases      map[string]Lease  // by name, such as checkpoint.SyncLease
	DeadLetters map[string]uint64 // that are in DEAD now, by subject
	Warehouse   Warehouse
}

// Lease is who works on something.
type Lease struct {
	Holder string
	Since  time.Time
	Alive  bool // its holder has given a sign of life recently enough
}

// Warehouse is what the warehouse said.
type Warehouse struct {
	Bookings *uint64 `json:"bookings"`           // rows of the table of bookings; nil when it was not asked or did not answer
	Problem  string  `json:"not_asked,omitzero"` // why not, for people
}

// What the keys of all windows and pages begin with.
var (
	windows = strings.TrimSuffix(checkpoint.WindowsOf(""), ".")
	pages   = strings.TrimSuffix(checkpoint.PagesOf(""), ".")
)

// Collect reads the checkpoints. A run is read before its pages and these before its windows, so that a window that ends in
// between is seen as listed, and never as one that nobody has begun. list returns the values of the keys that begin with a prefix.
//
// A checkpoint that is not readable is left out and named in Unreadable: the rest is worth a report.
func (f *Facts) Collect(ctx context.Context, list func(ctx context.Context, prefix string) (map[string][]byte, error)) error {
	f.Runs = make(map[string]checkpoint.Run)
	f.Windows = make(map[string]checkpoint.Window)
	f.Pages = make(map[string]checkpoint.Page)
	for _, prefix := range []string{checkpoint.RunPrefix, pages, windows, prefixOf(checkpoint.SyncKey), prefixOf(checkpoint.SamplesKey)} {
		values, err := list(ctx, prefix)
		if err != nil {
			return fmt.Errorf("list checkpoints: %w", err)
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if err := f.take(key, values[key]); err != nil {
				f.Unreadable = append(f.Unreadable, key)
			}
		}
	}
	return nil
}

// prefixOf is what the keys beside a key begin with.
func prefixOf(key string) string { return key[:strings.LastIndexByte(key, '.')+1] }

func (f *Facts) take(key string, value []byte) error {
	switch {
	case key == checkpoint.SyncKey:
		return checkpoint.Decode(key, value, &f.Sync)
	case key == checkpoint.WatermarkKey:
		return checkpoint.Decode(key, value, &f.Watermark)
	case key == checkpoint.SamplesKey:
		var samples checkpoint.Samples
		err := checkpoint.Decode(key, value, &samples)
		f.Samples = samples.Samples
		return err
	case strings.HasPrefix(key, checkpoint.RunPrefix):
		return into(f.Runs, key, value)
	case strings.HasPrefix(key, windows):
		return into(f.Windows, key, value)
	case strings.HasPrefix(key, pages):
		return into(f.Pages, key, value)
	}
	return nil
}

// into decodes a value into a map of those that were readable.
func into[T any](all map[string]T, key string, value []byte) error {
	var state T
	if err := checkpoint.Decode(key, value, &state); err != nil {
		return err
	}
	all[key] = state
	return nil
}
