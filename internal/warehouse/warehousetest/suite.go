// Package warehousetest is the conformance suite of package warehouse: what every implementation must do, run
// against a real database.
//
//	func TestConformance(t *testing.T) {
//		warehousetest.Run(t, func(t *testing.T) warehousetest.Warehouse { … })
//	}
//
// The suite brings its own small mapping and builds rows by hand, so that a failure points at the warehouse and not
// at the conversion.
package warehousetest

import (
	"context"
	"testing"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// Warehouse is an implementation with what the suite needs to look behind it.
type Warehouse interface {
	Migrate(ctx context.Context, m *mapping.Mapping) ([]string, error)
	Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error)
	warehouse.Lookup
	Generation(ctx context.Context, m *mapping.Mapping) (string, error)

	Bookings(ctx context.Context, m *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error)
	BookingsBetween(ctx context.Context, m *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error)
	MarkDeleted(ctx context.Context, m *mapping.Mapping, ids []int64, at time.Time) (int, error)

	// Rows returns all rows of a table by column name, with the values as database/sql scans them into any. Only
	// UUIDs must be made text. ReadRows does the scanning.
	Rows(ctx context.Context, table string) ([]map[string]any, error)
	// Exec runs one statement as a user of the database would.
	Exec(ctx context.Context, statement string) error
	// Another opens the same database once more, as another process does; the test closes it.
	Another(t *testing.T) Warehouse
}

// cases each begin with an empty, migrated warehouse.
var cases = []struct {
	name string
	run  func(f *fixture)
}{
	{"inserts", inserts},
	{"reload touches nothing", reloadTouchesNothing},
	{"newer replaces, to NULL too", newerReplaces},
	{"older is ignored", olderIgnored},
	{"short form never replaces full", shortNeverReplacesFull},
	{"full replaces short", fullReplacesShort},
	{"later observation of the same version replaces", laterObservationReplaces},
	{"same content of a newer version moves the stamp alone", sameContentMovesStamp},
	{"same state observed later touches nothing", sameStateTouchesNothing},
	{"same content seen whole is protected from short forms", sameContentBecomesFull},
	{"ties do not depend on order", tiesByHash},
	{"newest of a batch wins", newestOfBatch},
	{"composite and text keys", compositeAndTextKeys},
	{"many rows", manyRows},

	{"children follow their parent", childrenFollow},
	{"children of an absent collection stay", absentCollectionStays},
	{"empty collection deletes all", emptyCollectionDeletes},
	{"children of an older parent are ignored", olderParentsChildren},
	{"same child key under two parents", sameChildKey},
	{"unchanged children are not touched", unchangedChildren},
	{"large collections", largeCollections},

	{"referenced rows come first", referencedFirst},
	{"references within a table", referencesWithinTable},
	{"missing parent refuses the batch", missingParent},
	{"NULL key refuses the batch", nullKey},
	{"refused child refuses its parent", refusedChild},
	{"interrupted load is all or nothing", interruptedLoad},
	{"rejected values are kept once", rejectedOnce},
	{"rejected value alone", rejectedAlone},

	{"bookings by id", bookingsByID},
	{"bookings of a period", bookingsBetween},
	{"bookings of a mapping that does not say enough", bookingsUnsaid},
	{"more bookings than a statement takes", manyBookings},
	{"gaps of bookings", gapsOfBookings},
	{"more gaps than a statement takes", manyGaps},
	{"gaps of a mapping without their table", gapsUnsaid},
	{"marks", marks},
	{"a mark of rows without a stamp", marksUnstamped},
	{"an observation takes the mark away, or not", marksAndLoads},
	{"a marked booking keeps its children", markKeepsChildren},
	{"any order of loads and a mark ends in the same rows", anyOrderOfMarks},

	{"force replaces what is newer", forceReplacesNewer},
	{"force mends what was edited by hand", forceMendsByHand},
	{"force leaves what was written later", forceLeavesLater},
	{"force leaves what was seen whole to short forms", forceKeepsWhole},
	{"force and marks", forceAndMarks},
	{"force counts what it spares", forceCountsSpared},
	{"any order of force ends in the same rows", anyOrderOfForce},

	{"a dry run counts", dryRunCounts},
	{"a dry run remembers", dryRunRemembers},
	{"a dry run of more than a statement takes", dryRunLarge},
	{"a dry run foretells", dryRunForetells},

	{"values at their limits", valuesAtLimits},
	{"text comes back as it was", textRoundTrip},
	{"U+0000 is stored or refused", nulInText},
	{"nothing is silently cut", nothingCut},
	{"lineage", lineage},
	{"any order ends in the same rows", anyOrder},
}

// Run runs the suite. Each call of open returns an empty warehouse, without tables, that is closed when its test ends.
func Run(t *testing.T, open func(t *testing.T) Warehouse) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(start(t, open(t))) })
	}
	t.Run("change of mapping", func(t *testing.T) { runMappingChanges(t, open) })
	t.Run("migration", func(t *testing.T) { runMigrations(t, open) })
}
