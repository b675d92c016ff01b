package warehouse

import "mcis/internal/rows"

// Tally counts what becomes of the rows of a batch, by table. Its zero value counts nothing yet; it is not copied.
type Tally struct {
	tables   map[string]*Counts
	Rejected int // values newly kept in RejectedTable
	Spared   int // rows that only ForceBegan has kept from being forced
}

// Decide says what a row of a batch does to the stored one of its key, and counts it.
func (t *Tally) Decide(batch *Batch, table string, stamp rows.Stamp, stored Stored) Action {
	action := batch.Decide(stamp, stored)
	t.count(batch, table, stored, action, stamp.Full || !stored.seenWhole())
	return action
}

// DecideChild says what a child does to the stored one of its key, once its parent's row is to be written, and counts it.
func (t *Tally) DecideChild(batch *Batch, table string, stamp rows.Stamp, stored Stored) Action {
	action := batch.DecideChild(stamp, stored)
	t.count(batch, table, stored, action, true)
	return action
}

func (t *Tally) count(batch *Batch, table string, stored Stored, action Action, mayForce bool) {
	t.Of(table).Count(action)
	if mayForce && action != Insert && action != Update && batch.spares(stored) {
		t.Spared++
	}
}

// Of are the counts of a table, to be added to.
func (t *Tally) Of(table string) *Counts {
	if t.tables == nil {
		t.tables = make(map[string]*Counts)
	}
	counts := t.tables[table]
	if counts == nil {
		counts = new(Counts)
		t.tables[table] = counts
	}
	return counts
}

// Result is what loading the batch did.
func (t *Tally) Result(batch *Batch) Result {
	tables := make(map[string]Counts, len(t.tables))
	for name, counts := range t.tables {
		tables[name] = *counts
	}
	return Result{Bookings: batch.Bookings, Tables: tables, Rejected: t.Rejected, Spared: t.Spared}
}
