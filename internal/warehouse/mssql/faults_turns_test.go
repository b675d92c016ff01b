package mssql_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/proxytest"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql"
)

// oneAtATime: who loads holds the lock to the end of its transaction, and the next one sees what it has written.
func (b *breakable) oneAtATime(t *testing.T) {
	b.reset(t)
	held := b.proxy.When(proxytest.ToServer, proxytest.Commit, proxytest.Hold)
	first := b.loadAside(t.Context())
	held.Wait()
	if answer := b.lockAnswer(t); answer >= 0 {
		t.Errorf("the lock is to be had while a batch is committed: %d", answer)
	}
	other := openWarehouse(t, b.through)
	waits := b.proxy.When(proxytest.ToServer, proxytest.Statement("sp_getapplock"), proxytest.Forward)
	second := make(chan warehouse.Result, 1)
	go func() {
		result, err := other.Load(context.WithoutCancel(t.Context()), b.after)
		if err != nil {
			t.Error(err)
		}
		second <- result
	}()
	waits.Wait()
	held.Release()
	if err := await(t, first); err != nil {
		t.Error(err)
	}
	result := <-second
	if counts := result.Tables["Booking"]; counts.Inserted+counts.Updated > 0 || result.Rejected > 0 {
		t.Errorf("the second loader has not seen what the first one wrote: %+v", result)
	}
	if answer := b.lockAnswer(t); answer < 0 {
		t.Errorf("the lock is not to be had afterwards: %d", answer)
	}
	b.checkLoaded(t)
}

// lockAnswer is what a user is told who wants the lock for loading and waits for a second.
func (b *breakable) lockAnswer(t *testing.T) (answer int) {
	t.Helper()
	const try = `SET NOCOUNT ON; DECLARE @answer INT;
EXEC @answer = sp_getapplock @Resource = N'mcis load', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 1000;
SELECT @answer`
	user := b.transaction(t)
	if err := errors.Join(user.QueryRowContext(t.Context(), try).Scan(&answer), user.Rollback()); err != nil {
		t.Fatal(err)
	}
	return answer
}

// version is the record of a booking in a version; all of it differs from version to version.
func version(t *testing.T, id, n int) queue.Message {
	return recordOf(t, id, n, fmt.Sprintf(`"versionValue":%d,"note":"version %[1]d","refs":[{"id":%[1]d,"name":"%[1]d"},{"id":99,"name":"%[1]d"}],
		"customer":{"id":%d,"versionValue":%[1]d,"name":"of version %[1]d"}`, n, id%3+1))
}

// twoLoaders load overlapping batches at the same time: in each round some bookings that the last one had and some new ones,
// in two versions and orders. They take turns, so neither ever fails, and they end in what one after the other ends in.
func (b *breakable) twoLoaders(t *testing.T) {
	const rounds, bookings = 6, 10
	var work [2][]*warehouse.Batch
	for n := 1; n <= rounds; n++ {
		var up, down []queue.Message
		for i := range bookings {
			first, last := n*bookings/2, n*bookings/2+bookings-1
			up, down = append(up, version(t, first+i, n)), append(down, version(t, last-i, n+1))
		}
		work[0] = append(work[0], b.batch(t, up))
		work[1] = append(work[1], b.batch(t, down[:bookings/2]), b.batch(t, down[bookings/2:]))
	}
	b.reset(t)
	for _, batch := range append(work[0], work[1]...) {
		if _, err := b.direct.Load(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	want := b.contents(t).unstamped()
	b.reset(t)
	b.proxy.Delay(time.Millisecond) // so that their transactions would overlap
	defer b.proxy.Delay(0)
	done := make(chan error, len(work))
	loaders := []*mssql.Warehouse{b.broken, openWarehouse(t, b.through)}
	for _, w := range loaders {
		if _, err := w.Load(t.Context(), b.before); err != nil { // begins the session
			t.Fatal(err)
		}
	}
	for i, w := range loaders {
		go func() { done <- loadAll(t.Context(), w, work[i]) }()
	}
	for range work {
		if err := await(t, done); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, b.contents(t).unstamped()); diff != "" {
		t.Errorf("not as one after the other (-want +got):\n%s", diff)
	}
}

// loadAll loads one batch after the other.
func loadAll(ctx context.Context, w *mssql.Warehouse, all []*warehouse.Batch) error {
	for _, batch := range all {
		if _, err := w.Load(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}
