package warehouse

// Tally counts what becomes of the rows of a batch, by table. Its zero value counts nothing yet; it is not copied.
type Tally struct {
	tables   map[string]*Counts
	Rejected int // values newly kept in RejectedTable
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
	return Result{Bookings: batch.Bookings, Tables: tables, Rejected: t.Rejected}
}
