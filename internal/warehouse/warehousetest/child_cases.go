package warehousetest

import (
	"github.com/google/go-cmp/cmp"

	"mcis/internal/warehouse"
)

const (
	uuidOne = "0a1b2c3d-0000-4000-8000-000000000001"
	uuidTwo = "ffffffff-ffff-4fff-bfff-fffffffffffe"
)

var refColumns = []string{"booking_id", "ref_id", "name"}

func childrenFollow(f *fixture) {
	result := f.load(f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one", 2, "two", 3, "three"), f.requirements(7, uuidOne)))
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Inserted: 3})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Inserted: 1})

	result = f.load(f.booking(moment{version: 2}, 7, "b", f.refs(7, 2, "two", 3, "trois", 4, "four"), f.requirements(7, uuidTwo, uuidOne)))
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Inserted: 1, Updated: 1, Deleted: 1, Unchanged: 1})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Inserted: 1, Unchanged: 1})
	f.want("BookingRefs", refColumns,
		[]any{int64(7), int64(2), "two"}, []any{int64(7), int64(3), "trois"}, []any{int64(7), int64(4), "four"})
	f.want("BookingRequirements", []string{"requirement_id", "mandatory"}, []any{uuidOne, true}, []any{uuidTwo, true})
}

func absentCollectionStays(f *fixture) {
	f.load(f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one"), f.requirements(7, uuidOne)))
	result := f.load(f.booking(moment{version: 2}, 7, "b", f.requirements(7, uuidTwo)))
	f.wantCounts(result, "BookingRefs", warehouse.Counts{})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Inserted: 1, Deleted: 1})
	f.want("BookingRefs", refColumns, []any{int64(7), int64(1), "one"})
}

func emptyCollectionDeletes(f *fixture) {
	f.load(f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one", 2, "two")), f.booking(moment{}, 8, "a", f.refs(8, 1, "one")))
	result := f.load(f.booking(moment{version: 2}, 7, "a", f.refs(7)))
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Deleted: 2})
	f.want("BookingRefs", refColumns, []any{int64(8), int64(1), "one"})
}

func olderParentsChildren(f *fixture) {
	f.load(f.booking(moment{version: 2}, 7, "a", f.refs(7, 1, "one")))
	before := f.everything()
	result := f.load(f.booking(moment{version: 1}, 7, "b", f.refs(7, 2, "two"), f.requirements(7, uuidOne)))
	f.wantCounts(result, "Booking", warehouse.Counts{Older: 1})
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("children of an older parent changed (-before +after):\n%s", diff)
	}
}

func sameChildKey(f *fixture) {
	f.load(
		f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "of seven"), f.requirements(7, uuidOne)),
		f.booking(moment{version: 1}, 8, "a", f.refs(8, 1, "of eight"), f.requirements(8, uuidOne)),
	)
	result := f.load(f.booking(moment{version: 2}, 7, "b", f.refs(7), f.requirements(7)))
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Deleted: 1})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Deleted: 1})
	f.want("BookingRefs", refColumns, []any{int64(8), int64(1), "of eight"})
	f.want("BookingRequirements", []string{"booking_id", "requirement_id"}, []any{int64(8), uuidOne})
}

// unchangedChildren: a parent that changed does not touch those of its children that did not.
func unchangedChildren(f *fixture) {
	f.load(f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one")))
	before := f.rows("BookingRefs")
	result := f.load(f.booking(moment{version: 2, minute: 1}, 7, "b", f.refs(7, 1, "one")))
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: 1})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Unchanged: 1})
	if diff := cmp.Diff(before, f.rows("BookingRefs")); diff != "" {
		f.Errorf("an unchanged child was touched (-before +after):\n%s", diff)
	}
}

// largeCollections crosses the number of keys or parents that one statement handles.
func largeCollections(f *fixture) {
	const parents, children = 70, manyChildren
	family := func(version int64, booking, from int) observation {
		var refs []any
		for id := from; id < from+children; id++ {
			refs = append(refs, id, "same")
		}
		return f.booking(moment{version: version}, int64(booking), "b", f.refs(int64(booking), refs...))
	}
	var first, second []observation
	for booking := range parents {
		first = append(first, family(1, booking, 0))
		second = append(second, family(2, booking, 10))
	}
	f.wantCounts(f.load(first...), "BookingRefs", warehouse.Counts{Inserted: parents * children})
	f.wantCounts(f.load(second...), "BookingRefs",
		warehouse.Counts{Inserted: parents * 10, Deleted: parents * 10, Unchanged: parents * (children - 10)})
	if got := len(f.read("BookingRefs")); got != parents*children {
		f.Errorf("%d refs, want %d", got, parents*children)
	}
}
