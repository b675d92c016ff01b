package warehouse

import (
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// Lookup is what a dry run asks a warehouse. Errors are those of a load: a *fault.Fatal when only a person can help, any other
// one is transient or, as a *fault.Permanent, the row's fault.
type Lookup interface {
	// StoredRows finds the stored rows of the same keys: result[i] is that of of[i].
	StoredRows(ctx context.Context, t *mapping.Table, of []rows.Row) ([]Stored, error)
	// StoredChildren finds the stored children of some parents: result[i] is of of[i].
	StoredChildren(ctx context.Context, t *mapping.Table, of []Family) ([]StoredFamily, error)
	// KeptValues reports which rejected values RejectedTable holds already.
	KeptValues(ctx context.Context, of []rows.Rejected) ([]bool, error)
}

// Family is a collection that a record holds.
type Family struct {
	Parent *rows.Row
	Rows   []rows.Row
}

// StoredFamily is what is stored of a collection.
type StoredFamily struct {
	Rows    []Stored // those of the same keys, in the order of the record
	Surplus int      // children of the parent that the record does not hold
}

// DryRun takes batches as a loader's warehouse does and says what loading them one after the other would do. It is made for one
// such sequence, and not safe for concurrent use.
//
// It remembers each row that would be written by a hash of 64 bits of its table and key: about 100 bytes a row, and 16 for each
// child. One in a hundred thousand sequences of ten million rows has two keys with the same hash, and counts one row wrong.
type DryRun struct {
	lookup   Lookup
	seed     maphash.Seed
	rows     map[uint64]foreseen
	children map[uint64][]foreseenChild // by child table and parent's key
	kept     map[uint64]struct{}        // rejected values
}

// NewDryRun begins a dry run. Nothing is asked before the first batch.
func NewDryRun(l Lookup) *DryRun {
	return &DryRun{
		lookup: l, seed: maphash.MakeSeed(), rows: make(map[uint64]foreseen),
		children: make(map[uint64][]foreseenChild), kept: make(map[uint64]struct{}),
	}
}

// Load says what loading the batch would report. After an error the batch has not been, and may come again.
func (d *DryRun) Load(ctx context.Context, batch *Batch) (Result, error) {
	r := &rehearsal{
		DryRun: d, batch: batch, newRows: make(map[uint64]foreseen), newChildren: make(map[uint64][]foreseenChild),
		newKept: make(map[uint64]struct{}), families: make(map[*mapping.Table][]Family),
	}
	if err := r.run(ctx); err != nil {
		return Result{}, fmt.Errorf("dry run of %d bookings: %w", batch.Bookings, err)
	}
	r.remember()
	return r.tally.Result(batch), nil
}

// place tells the rows of all tables apart.
type place struct {
	table int // the index of the row's table, or of a collection's
	key   string
}

// cell tells rejected values apart.
type cell struct{ table, key, column, raw string }

func (d *DryRun) hashOf(v rows.Rejected) uint64 {
	return maphash.Comparable(d.seed, cell{v.Table, v.Key, v.Column, v.Raw})
}

func (d *DryRun) hash(table *mapping.Table, key string) uint64 {
	return maphash.Comparable(d.seed, place{table.Index, key})
}

// foreseen is a row as it would be stored, in as few bytes as will do; times in microseconds.
type foreseen struct {
	version, observed, extracted, hash, mapping, deleted int64
	stamped, full                                        bool
}

func foresee(s rows.Stamp, stamped bool, deletedAt time.Time) foreseen {
	return foreseen{
		version: s.Version, observed: s.ObservedAt.UnixMicro(), extracted: s.ExtractedAt.UnixMicro(), hash: s.Hash, mapping: s.Mapping,
		deleted: deletedAt.UnixMicro(), stamped: stamped, full: s.Full,
	}
}

// stored is the row as a lookup would find it. It was written now, and so is not forced again.
func (f foreseen) stored(now time.Time) Stored {
	return Stored{
		Exists: true, Stamped: f.stamped, DeletedAt: time.UnixMicro(f.deleted).UTC(), LoadedAt: now,
		Stamp: rows.Stamp{
			Full: f.full, Version: f.version, ObservedAt: time.UnixMicro(f.observed).UTC(), ExtractedAt: time.UnixMicro(f.extracted).UTC(),
			Hash: f.hash, Mapping: f.mapping,
		},
	}
}

// foreseenChild is a child as it would be stored.
type foreseenChild struct {
	key  uint64
	hash int64
}
