// Package warehouse is the contract between the loader and a database: what a batch is, what loading it must do,
// and what errors mean. Its implementations are warehouse/sqlite and, for SQL Server, warehouse/mssql; the suite in
// warehouse/warehousetest runs on each.
//
// An implementation promises:
//
//   - One transaction a batch: all of it is committed, or nothing. A commit whose outcome is unknown is an error, and
//     loading the same batch again is harmless.
//   - Newer wins: a row is written when the warehouse has none of its key, or when its stamp supersedes the stored one
//     (rows.Stamp.Supersedes) and its hash differs. When it supersedes it with the same hash, but of another version, now
//     seen whole or under another mapping, only the stamp's columns move. A row that was observed again in the same state
//     (rows.Stamp.SameState) is not touched at all, its _loaded_at included.
//   - The mapping in hand wins: of the same observation, as a replay brings it, the row of the mapping that is loaded now
//     supersedes that of another one. So a replay under a changed mapping brings every row up to date that no newer
//     observation has written. A stored row whose _mapping_hash is NULL, as in a database from before that column, is of
//     another mapping.
//   - Children follow their parent: when the parent's row is written, each of its collections replaces the stored one
//     (missing rows are inserted, different ones updated, surplus ones deleted); else they are left alone. A child's
//     stamp is that of the observation that wrote it.
//   - A mark of deletion (ColumnDeletedAt, of bookings alone) is a matter of when the source was asked, whatever the versions: an
//     observation that was extracted at the mark's time or later takes it away, with _loaded_at and _run_id written, for reports
//     see another row. That is an update, also of a row that is otherwise the same; of a row that is a newer observation
//     nothing else is written. One that was extracted before leaves the mark as it is, also when it updates the row: so no
//     replay takes it away. New rows have none.
//   - MarkDeleted marks the bookings whose stored row was extracted before the mark's time, or has no stamp, and that are not
//     marked yet; it writes _loaded_at too. It never removes a row, and takes turns with loads as they do with each other.
//   - Bookings and BookingsBetween only read what is committed: they need neither the right to write nor the loaders' turn. Without a
//     table of bookings they, and MarkDeleted, answer ErrNoBookings; BookingsBetween answers ErrNoStart without its column. The
//     gaps that Bookings tells may be those of a load that was committed while it looked.
//   - Rejected values are inserted into RejectedValue once: the same value of the same cell is the same row.
//   - Rows of parents are written before rows that reference them.
//   - Errors: a *fault.Permanent (ClassConstraint, with table and column where known) when the data is to blame: the
//     loader then bisects the batch; a *fault.Fatal when nothing will help but a person; any other error is transient.
//     After any error the batch has had no effect.
//
// So any order of the same observations under one mapping, with repetitions, ends in the same values, with two exceptions
// that cannot be told from the data: an entity without version that changed and changed back, where the change between arrives last (the
// next observation mends it); and a collection that one observation of a booking holds and another does not.
//
// Where a mark at time T is set in between, a booking of which something was stored before is marked in the end when all its
// observations were extracted before T, with one exception: that a state was seen again is not stored. So a booking that was gone at T and
// came back just as it was, and was loaded before the mark is set, is marked all the same; the next observation mends it.
//
//   - Migrate is additive and idempotent, and safe when several processes start at once. Where it creates the table of a
//     collection beside a parents' table that holds rows already, as after somebody has dropped it, it forgets the content of those
//     rows (_row_hash is 0, _mapping_hash NULL): the next observation that is not older writes the parent again, and so its
//     children.
//   - Generation is another text once a table of the mapping was dropped or made anew, as a loader makes one that is missing when it
//     starts. While nobody changes the schema it is the same, whatever is loaded. It may change with any other change of the schema.
//
// # Force
//
// A batch with ForceBefore overrules "newer wins" for stored rows whose _loaded_at is before that time, or NULL: they are
// replaced, also by an older observation, and also by one with the same hash, for a row that was edited by hand keeps its hash. With
// the parent's row its collections are replaced, whatever is stored of them. Rows that were written at that time or later, by the same
// replay or by a loader beside it, are judged as ever. So of all records that one replay forces the newest wins in whatever order they
// come, and also when it was interrupted and goes on with the same time. Two rules stay: a short form does not replace what was
// seen whole, and a mark of deletion is a matter of when the source was asked.
//
// # Dry run
//
// [DryRun] says what loading batches would report, and writes nothing. It asks an implementation for what is stored ([Lookup]) and
// decides by the same code, remembering what earlier batches would have written. The lookups see what is committed; they need the right
// to read alone, neither the loaders' turn nor a lock that outlives a statement. What a server would refuse of the rows themselves
// (a constraint that somebody added, a trigger) only a load finds.
package warehouse

import (
	"slices"
	"strings"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// Lineage columns that every table carries beside the mapped ones. Stamps are stored in them. ColumnDeletedAt is one of the
// table of bookings alone.
const (
	ColumnFull        = "_full"           // bit: rows.Stamp.Full
	ColumnVersion     = "_source_version" // bigint
	ColumnObservedAt  = "_observed_at"    // datetime, UTC
	ColumnExtractedAt = "_extracted_at"   // datetime, UTC
	ColumnMapping     = "_mapping_hash"   // bigint: rows.Stamp.Mapping
	ColumnHash        = "_row_hash"       // bigint
	ColumnLoadedAt    = "_loaded_at"      // datetime, UTC: when the row was last written
	ColumnRun         = "_run_id"         // text(100): the run that wrote it last
)

// LineageColumns are the lineage columns of a table in the order in which it holds them, after the mapped ones.
func LineageColumns(t *mapping.Table) []LineageColumn {
	if t.IsBookings {
		return bookingLineage
	}
	return lineage
}

var lineage = []LineageColumn{
	{ColumnVersion, mapping.Type{Kind: mapping.BigInt}},
	{ColumnFull, mapping.Type{Kind: mapping.Bit}},
	{ColumnObservedAt, mapping.Type{Kind: mapping.DateTime}},
	{ColumnExtractedAt, mapping.Type{Kind: mapping.DateTime}},
	{ColumnMapping, mapping.Type{Kind: mapping.BigInt}},
	{ColumnHash, mapping.Type{Kind: mapping.BigInt}},
	{ColumnLoadedAt, mapping.Type{Kind: mapping.DateTime}},
	{ColumnRun, mapping.Type{Kind: mapping.Text, Length: 100}},
}

var bookingLineage = append(slices.Clip(lineage), LineageColumn{ColumnDeletedAt, mapping.Type{Kind: mapping.DateTime}})

// MarkColumns are the columns of the table of bookings that are written when nothing but its mark changes.
var MarkColumns = []string{ColumnLoadedAt, ColumnRun, ColumnDeletedAt}

// StampColumns are the lineage columns that order observations and mappings, in the order of LineageColumns; the hash says what was
// observed.
var StampColumns = []string{ColumnVersion, ColumnFull, ColumnObservedAt, ColumnExtractedAt, ColumnMapping}

// LineageColumn is a column that a table carries whatever the mapping says.
type LineageColumn struct {
	Name string
	Type mapping.Type
}

// Batch is what one transaction loads.
type Batch struct {
	Bookings int // records in it
	// Tables in load order; child tables are absent, their rows hang on the parents'.
	Tables   []TableRows
	Rejected []rows.Rejected // each cell and value once
	// ForceBefore, unless it is zero, has rows that were last written before that time replaced whatever they are.
	ForceBefore time.Time
	// ForceBegan, unless it is zero, is when the force began: rows that were last written between both times, and so are left, are counted.
	ForceBegan time.Time
}

// TableRows are the rows of one table, one for each key: the newest of the batch. They are sorted by key, so that
// concurrent loaders take locks in one order.
type TableRows struct {
	Table *mapping.Table
	Rows  []rows.Row
}

// NewBatch gathers the rows of several records. Of rows with the same key only the newest is kept, with its children.
func NewBatch(m *mapping.Mapping, sets []*rows.Set) *Batch {
	batch := &Batch{Bookings: len(sets)}
	for _, table := range m.Tables {
		if kept := newest(table.Index, sets); len(kept) > 0 {
			batch.Tables = append(batch.Tables, TableRows{Table: table, Rows: kept})
		}
	}
	batch.Rejected = distinctRejected(sets)
	return batch
}

func newest(table int, sets []*rows.Set) []rows.Row {
	byKey := make(map[string]int)
	var kept []rows.Row
	for _, set := range sets {
		for _, row := range set.Tables[table] {
			at, seen := byKey[row.Key]
			switch {
			case !seen:
				byKey[row.Key] = len(kept)
				kept = append(kept, row)
			case row.Stamp.Compare(kept[at].Stamp) > 0:
				kept[at] = row
			}
		}
	}
	slices.SortFunc(kept, func(a, b rows.Row) int { return compareKeys(a.Key, b.Key) })
	return kept
}

// compareKeys orders whole numbers by value and everything else as text.
func compareKeys(a, b string) int {
	if len(a) != len(b) && !strings.ContainsAny(a+b, "/-") {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func distinctRejected(sets []*rows.Set) []rows.Rejected {
	seen := make(map[cell]bool)
	var distinct []rows.Rejected
	for _, set := range sets {
		for _, rejected := range set.Rejected {
			c := cell{rejected.Table, rejected.Key, rejected.Column, rejected.Raw}
			if !seen[c] {
				seen[c] = true
				distinct = append(distinct, rejected)
			}
		}
	}
	return distinct
}

// Counts are the rows of one table that a batch touched, or found as they should be.
type Counts struct {
	Inserted, Updated, Deleted int
	Unchanged                  int // the stored row is the same
	Older                      int // the stored row is a newer or fuller observation
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Inserted += other.Inserted
	c.Updated += other.Updated
	c.Deleted += other.Deleted
	c.Unchanged += other.Unchanged
	c.Older += other.Older
}

// Result is what loading did.
type Result struct {
	Bookings int
	Tables   map[string]Counts
	Rejected int // values newly kept in RejectedValue
	Spared   int // rows that a force left alone only since they were written shortly before it began; see Batch.ForceBegan
}

// Add adds other to r.
func (r *Result) Add(other Result) {
	r.Bookings += other.Bookings
	r.Rejected += other.Rejected
	r.Spared += other.Spared
	if r.Tables == nil {
		r.Tables = make(map[string]Counts, len(other.Tables))
	}
	for name, counts := range other.Tables {
		sum := r.Tables[name]
		sum.Add(counts)
		r.Tables[name] = sum
	}
}
