package archive

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/queue"
	"mcis/internal/record"
)

const (
	// mostNewest is how many bookings' newest records are looked for at once, at about 100 bytes each: of a larger window, a part of the
	// bookings after the other.
	mostNewest = 50_000
	// fetched is how many records are fetched side by side: each of them is in memory.
	fetched = 8
)

// selection is which records go into a file.
type selection struct {
	span
	wants func(m queue.Message) bool
}

// observation is a record of a booking, as its headers tell how new it is.
type observation struct {
	sequence  uint64
	version   int64
	extracted time.Time
}

// isNewer compares as the warehouse does, as far as headers tell: by version, by when the API sent the booking, by when it was enriched.
func (o observation) isNewer(than observation) bool {
	return cmp.Or(cmp.Compare(o.version, than.version), o.extracted.Compare(than.extracted), cmp.Compare(o.sequence, than.sequence)) > 0
}

func observe(m queue.Message) observation {
	o := observation{sequence: m.Sequence, version: -1, extracted: m.ExtractedAt()}
	if identity, _, ok := booking.ParseMessageID(m.ID); ok {
		o.version = identity.Version
	}
	return o
}

// copying copies a selection into a file, a record for each booking: its newest.
type copying struct {
	records    Records
	writer     *Writer
	unreadable int // messages that are no records
}

// copy copies all of it. The memory that it takes does not grow with the selection.
func (c *copying) copy(ctx context.Context, s selection) error {
	parts := (s.count + mostNewest - 1) / mostNewest
	for part := range parts {
		newest, err := c.newest(ctx, s, uint64(part), uint64(parts))
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(newest, fetched) {
			if err := c.fetch(ctx, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// newest are the sequences of the newest record of each booking in a part of them.
func (c *copying) newest(ctx context.Context, s selection, part, parts uint64) ([]uint64, error) {
	newest := make(map[int64]observation)
	err := c.records.Headers(ctx, s.first, s.last, func(m queue.Message, _ time.Time) error {
		if !s.wants(m) {
			return nil
		}
		id := queue.BookingOf(m.Subject)
		if partOf(id, parts) != part {
			return nil
		}
		if id <= 0 {
			c.unreadable++
			return nil
		}
		if o := observe(m); newest[id].sequence == 0 || o.isNewer(newest[id]) {
			newest[id] = o
		}
		return nil
	})
	sequences := make([]uint64, 0, len(newest))
	for o := range maps.Values(newest) {
		sequences = append(sequences, o.sequence)
	}
	slices.Sort(sequences)
	return sequences, err
}

// partOf spreads bookings evenly over parts, whatever their ids have in common.
func partOf(id int64, parts uint64) uint64 {
	const golden, high = 0x9E3779B97F4A7C15, 32 // 2^64 divided by the golden ratio
	return (uint64(id) * golden >> high) % parts
}

// fetch gets records and writes them in their order. One that has expired meanwhile is missing in the file, and its manifest says so.
func (c *copying) fetch(ctx context.Context, sequences []uint64) error {
	lines := make([][]byte, len(sequences))
	group, ctx := errgroup.WithContext(ctx)
	for i, sequence := range sequences {
		group.Go(func() error {
			m, found, err := c.records.Get(ctx, sequence)
			if found {
				lines[i] = m.Data
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, line := range lines {
		if err := c.add(line); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) add(line []byte) error {
	if line == nil {
		return nil
	}
	if bytes.IndexByte(line, '\n') >= 0 {
		line = compacted(line)
	}
	if _, err := record.Decode(line); err != nil { // it is a dead letter of the loader, and would keep the file from being imported
		c.unreadable++
		return nil
	}
	return c.writer.Add(line)
}

// compacted is JSON on one line; what is none stays as it is.
func compacted(data []byte) []byte {
	value := jsontext.Value(bytes.Clone(data))
	if err := value.Compact(); err != nil {
		return data
	}
	return value
}
