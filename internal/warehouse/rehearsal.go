package warehouse

import (
	"context"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// rehearsal is one batch of a dry run. What it foresees is remembered at its end.
type rehearsal struct {
	*DryRun
	batch       *Batch
	newRows     map[uint64]foreseen
	newChildren map[uint64][]foreseenChild
	newKept     map[uint64]struct{}
	families    map[*mapping.Table][]Family // by child table: the collections of the parents that would be written
	tally       Tally
}

func (r *rehearsal) run(ctx context.Context) error {
	for _, t := range r.batch.Tables {
		if err := r.table(ctx, t); err != nil {
			return err
		}
	}
	for child, families := range r.families {
		if err := r.collections(ctx, child, families); err != nil {
			return err
		}
	}
	return r.rejected(ctx)
}

// table decides on the rows of a table: on those that an earlier batch would have written by what it would have written.
func (r *rehearsal) table(ctx context.Context, t TableRows) error {
	var unknown []rows.Row
	for i := range t.Rows {
		row := &t.Rows[i]
		if known, isKnown := r.rows[r.hash(t.Table, row.Key)]; isKnown {
			r.decide(t.Table, row, known.stored(r.batch.LoadedAt(time.Time{})))
		} else {
			unknown = append(unknown, *row)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	stored, err := r.lookup.StoredRows(ctx, t.Table, unknown)
	if err != nil {
		return err
	}
	for i := range unknown {
		r.decide(t.Table, &unknown[i], stored[i])
	}
	return nil
}

func (r *rehearsal) decide(t *mapping.Table, row *rows.Row, stored Stored) {
	action := r.tally.Decide(r.batch, t.Name, row.Stamp, stored)
	key := r.hash(t, row.Key)
	switch action {
	case Insert, Update:
		r.newRows[key] = foresee(row.Stamp, true, stored.MarkAfter(row.Stamp))
		for _, c := range row.Children {
			r.families[c.Table] = append(r.families[c.Table], Family{row, c.Rows})
		}
	case MoveStamp:
		r.newRows[key] = foresee(row.Stamp, true, stored.DeletedAt)
	case Unmark:
		r.newRows[key] = foresee(stored.Stamp, stored.Stamped, stored.MarkAfter(row.Stamp))
	}
}

// collections decides on the children of parents that would be written.
func (r *rehearsal) collections(ctx context.Context, t *mapping.Table, families []Family) error {
	var unknown []Family
	for _, f := range families {
		if known, isKnown := r.children[r.hash(t, f.Parent.Key)]; isKnown {
			r.replace(t, f, r.among(t, f.Rows, known))
		} else {
			unknown = append(unknown, f)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	stored, err := r.lookup.StoredChildren(ctx, t, unknown)
	if err != nil {
		return err
	}
	for i, f := range unknown {
		r.replace(t, f, stored[i])
	}
	return nil
}

// among is what an earlier batch would have stored of a collection.
func (r *rehearsal) among(t *mapping.Table, wanted []rows.Row, known []foreseenChild) StoredFamily {
	hashes := make(map[uint64]int64, len(known))
	for _, child := range known {
		hashes[child.key] = child.hash
	}
	family := StoredFamily{Rows: make([]Stored, len(wanted)), Surplus: len(known)}
	for i := range wanted {
		if hash, isKnown := hashes[r.hash(t, wanted[i].Key)]; isKnown {
			family.Rows[i] = Stored{Exists: true, Stamped: true, Stamp: rows.Stamp{Hash: hash}, LoadedAt: r.batch.LoadedAt(time.Time{})}
			family.Surplus--
		}
	}
	return family
}

func (r *rehearsal) replace(t *mapping.Table, f Family, stored StoredFamily) {
	if stored.Surplus > 0 {
		r.tally.Of(t.Name).Deleted += stored.Surplus
	}
	children := make([]foreseenChild, len(f.Rows))
	for i := range f.Rows {
		child := &f.Rows[i]
		r.tally.DecideChild(r.batch, t.Name, child.Stamp, stored.Rows[i])
		children[i] = foreseenChild{r.hash(t, child.Key), child.Stamp.Hash}
	}
	r.newChildren[r.hash(t, f.Parent.Key)] = children
}

// rejected counts the values that would be kept.
func (r *rehearsal) rejected(ctx context.Context) error {
	var unknown []rows.Rejected
	for _, v := range r.batch.Rejected {
		if _, isKept := r.kept[r.hashOf(v)]; !isKept {
			unknown = append(unknown, v)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	kept, err := r.lookup.KeptValues(ctx, unknown)
	if err != nil {
		return err
	}
	for i, v := range unknown {
		if !kept[i] {
			r.tally.Rejected++
			r.newKept[r.hashOf(v)] = struct{}{}
		}
	}
	return nil
}

// remember is what a commit is to a load.
func (r *rehearsal) remember() {
	for key, row := range r.newRows {
		r.rows[key] = row
	}
	for key, children := range r.newChildren {
		r.children[key] = children
	}
	for key := range r.newKept {
		r.kept[key] = struct{}{}
	}
}
