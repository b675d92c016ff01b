package mssql_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/proxytest"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// breakable is a warehouse behind a proxy that breaks its connections, and beside it a sound one of the same database, which
// sets up and looks.
type breakable struct {
	direct  *database
	proxy   *proxytest.Proxy
	through string           // the URL that leads through the proxy
	broken  *mssql.Warehouse // opened by it
	mapping *mapping.Mapping
	before  *warehouse.Batch // what the database holds
	after   *warehouse.Batch // what is loaded: see afterMessages
	want    *controls
	tries   int // how often the batch may be loaded again until it must be there
}

// impatient is the same with another warehouse, which gives up what does not answer. On a busy machine that may happen to
// it at other places than a test means.
func (b *breakable) impatient(t *testing.T) *breakable {
	other := *b
	other.broken = openWarehouse(t, b.through+"&connection+timeout=2&dial+timeout=2&login+timeout=2")
	other.tries = 10
	return &other
}

// controls are what a load without faults shows.
type controls struct {
	result        warehouse.Result
	before, after contents
}

// newBreakable makes a database.
func newBreakable(t *testing.T) *breakable {
	t.Helper()
	m, err := mapping.Load("faults", []byte(faultTables))
	if err != nil {
		t.Fatal(err)
	}
	b := &breakable{direct: openDatabase(t, mssqltest.Database(t)), mapping: m, tries: 1}
	migrate(t, b.direct, m)
	b.before, b.after = b.batch(t, beforeMessages(t)), b.batch(t, afterMessages(t))
	b.proxy, b.through = proxytest.StartTDS(t, b.direct.url)
	b.broken = openWarehouse(t, b.through)
	b.want = b.controlled(t)
	return b
}

// controlled loads without faults.
func (b *breakable) controlled(t *testing.T) *controls {
	t.Helper()
	b.reset(t)
	before := b.contents(t)
	result, err := b.direct.Load(t.Context(), b.after)
	if err != nil {
		t.Fatal(err)
	}
	found := &controls{result, before.unstamped(), b.contents(t).unstamped()}
	if cmp.Equal(found.before, found.after) || result.Tables["BookingRefs"].Deleted != 1 || result.Rejected != 2 {
		t.Fatalf("the batch does not show everything: %+v", result)
	}
	return found
}

// reset brings the rows back to what they were before.
func (b *breakable) reset(t *testing.T) {
	t.Helper()
	for _, table := range []string{"BookingRefs", "Booking", "Customer", warehouse.RejectedTable} {
		if err := b.direct.Exec(t.Context(), "DELETE FROM dbo."+table); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.direct.Load(t.Context(), b.before); err != nil {
		t.Fatal(err)
	}
}

// batch is what a loader makes of messages.
func (b *breakable) batch(t *testing.T, messages []queue.Message) *warehouse.Batch {
	t.Helper()
	mapper := rows.NewMapper(b.mapping, nil)
	sets := make([]*rows.Set, len(messages))
	for i, message := range messages {
		rec, err := record.Decode(message.Data)
		if err != nil {
			t.Fatal(err)
		}
		if sets[i], err = mapper.Rows(rec); err != nil {
			t.Fatal(err)
		}
	}
	return warehouse.NewBatch(b.mapping, sets)
}

// classOf is "" for none, the class of a permanent error, "fatal" or "transient".
func classOf(err error) string {
	switch permanent := fault.AsPermanent(err); {
	case err == nil:
		return ""
	case fault.IsFatal(err):
		return "fatal"
	case permanent != nil:
		return string(permanent.Class)
	default:
		return "transient"
	}
}

// disconnect breaks the session, so that the next load begins a new one. The load that finds it out fails.
func (b *breakable) disconnect(t *testing.T) {
	t.Helper()
	b.proxy.Cut(proxytest.RST)
	b.proxy.WaitSettled()
	if _, err := b.broken.Load(t.Context(), b.after); classOf(err) != "transient" {
		t.Fatalf("on a connection that was cut while idle: %v", err)
	}
}

// fails loads into the fault, which must be a transient one.
func (b *breakable) fails(t *testing.T) {
	t.Helper()
	result, err := b.broken.Load(t.Context(), b.after)
	if classOf(err) != "transient" || errors.Is(err, context.Canceled) {
		t.Errorf("load = %v, expected a transient error", err)
	}
	if diff := cmp.Diff(warehouse.Result{}, result); diff != "" {
		t.Errorf("a load that failed counted something: %s", diff)
	}
}

// checkUnloaded sees that nothing of the batch is there.
func (b *breakable) checkUnloaded(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(b.want.before, b.contents(t).unstamped()); diff != "" {
		t.Errorf("something of the batch is there (-before +now):\n%s", diff)
	}
}

// checkLoaded sees that all of the batch is there.
func (b *breakable) checkLoaded(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(b.want.after, b.contents(t).unstamped()); diff != "" {
		t.Errorf("not the rows of a load without faults (-want +got):\n%s", diff)
	}
}

// again loads the same batch, which must succeed, and do what is left to do and no more.
func (b *breakable) again(t *testing.T, committed bool) {
	t.Helper()
	before := b.contents(t)
	result, err := b.broken.Load(t.Context(), b.after)
	for n := 1; n < b.tries && classOf(err) == "transient"; n++ {
		result, err = b.broken.Load(t.Context(), b.after)
	}
	if err != nil {
		t.Fatalf("the same batch again: %v", err)
	}
	b.checkLoaded(t)
	if committed {
		if diff := cmp.Diff(before, b.contents(t)); diff != "" {
			t.Errorf("what was committed already was written again (-before +after):\n%s", diff)
		}
		return
	}
	if diff := cmp.Diff(b.want.result, result); diff != "" && b.tries == 1 {
		t.Errorf("not counted as without faults (-want +got):\n%s", diff)
	}
}
