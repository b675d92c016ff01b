package mssql_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"mcis/internal/proxytest"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// booking is a batch of one booking, seen and extracted at a minute.
func (s *small) booking(id int64, minute int) *warehouse.Batch {
	return s.batch("Booking", minute, []any{id, nil, nil, "open", nil, nil})
}

// seen is when it was extracted.
func seen(minute int) time.Time { return time.Date(2026, 3, 1, 8, minute, 0, 0, time.UTC) }

// TestMarksTakeTurnsWithLoads: while a batch is committed, bookings are told, for they need no lock of the loader's; a mark waits,
// and then sees what the batch has written.
func TestMarksTakeTurnsWithLoads(t *testing.T) {
	s := newSmall(t)
	proxy, through := proxytest.StartTDS(t, s.url)
	loader, marker := openWarehouse(t, through), openWarehouse(t, through)
	for id := int64(1); id <= 2; id++ {
		if _, err := loader.Load(t.Context(), s.booking(id, 1)); err != nil {
			t.Fatal(err)
		}
	}
	held := proxy.When(proxytest.ToServer, proxytest.Commit, proxytest.Hold)
	loaded := make(chan error, 1)
	go func() {
		_, err := loader.Load(context.WithoutCancel(t.Context()), s.booking(1, 9))
		loaded <- err
	}()
	held.Wait()
	states, err := s.Bookings(t.Context(), s.m, []int64{2})
	if err != nil || states[2].ID != 2 {
		t.Errorf("while a batch is committed: %v (%v)", states, err)
	}
	waits := proxy.When(proxytest.ToServer, proxytest.Statement("sp_getapplock"), proxytest.Forward)
	marked := make(chan int, 1)
	go func() {
		n, err := marker.MarkDeleted(context.WithoutCancel(t.Context()), s.m, []int64{1}, seen(5))
		if err != nil {
			t.Error(err)
		}
		marked <- n
	}()
	waits.Wait()
	held.Release()
	if err := await(t, loaded); err != nil {
		t.Error(err)
	}
	if n := <-marked; n != 0 {
		t.Errorf("%d bookings were marked, though one was loaded meanwhile that was extracted later", n)
	}
}

// TestMarksThatFail: an error of the server leaves nothing marked, and the same again marks.
func TestMarksThatFail(t *testing.T) {
	s := newSmall(t)
	proxy, through := proxytest.StartTDS(t, s.url)
	w := openWarehouse(t, through)
	faults := []struct {
		name      string
		at        proxytest.Matcher
		fault     proxytest.Action
		committed bool
	}{
		{"deadlock at the look", proxytest.Statement("(UPDLOCK)"), proxytest.FailAndRollBack(deadlock), false},
		{"deadlock at the mark", proxytest.Statement("UPDATE t SET [_deleted_at]"), proxytest.FailAndRollBack(deadlock), false},
		{"cut at the mark", proxytest.Statement("UPDATE t SET [_deleted_at]"), proxytest.CutAfterResponse(proxytest.RST), false},
		{"cut before the commit", proxytest.Commit, proxytest.CutBefore(proxytest.RST), false},
		{"cut after the commit", proxytest.Commit, proxytest.CutAfterResponse(proxytest.RST), true},
	}
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			id := int64(i)
			if err := s.load(s.booking(id, 1)); err != nil {
				t.Fatal(err)
			}
			rule := proxy.When(proxytest.ToServer, f.at, f.fault)
			if n, err := w.MarkDeleted(t.Context(), s.m, []int64{id}, seen(5)); classOf(err) != "transient" || n != 0 {
				t.Errorf("%d marked: %v, want a transient error", n, err)
			}
			rule.Wait()
			want := 1
			if f.committed {
				want = 0
			}
			if n, err := w.MarkDeleted(t.Context(), s.m, []int64{id}, seen(5)); err != nil || n != want {
				t.Errorf("again: %d marked (%v), want %d", n, err, want)
			}
			states, err := s.Bookings(t.Context(), s.m, []int64{id})
			if err != nil || !states[id].DeletedAt.Equal(seen(5)) {
				t.Errorf("it is %+v (%v)", states[id], err)
			}
		})
	}
}

// TestReadersNeedNoMoreThanSELECT: who may do nothing but read is told of bookings.
func TestReadersNeedNoMoreThanSELECT(t *testing.T) {
	s := newSmall(t)
	if err := s.load(s.booking(7, 1)); err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t, s.reader(t))
	states, err := w.Bookings(t.Context(), s.m, []int64{7, 8})
	if err != nil || len(states) != 1 {
		t.Errorf("bookings by id: %v (%v)", states, err)
	}
	if _, err := w.BookingsBetween(t.Context(), s.m, seen(0), seen(59)); err != nil {
		t.Errorf("bookings of a period: %v", err)
	}
}

// reader makes a user who has the right to read and no other, and returns the database's URL for it.
func (s *small) reader(t *testing.T) string {
	t.Helper()
	name, password := "mcis_"+strings.ToLower(rand.Text()), "Aa1-"+rand.Text()
	s.run("CREATE LOGIN "+name+" WITH PASSWORD = '"+password+"'", "CREATE USER "+name+" FOR LOGIN "+name, "GRANT SELECT ON SCHEMA::dbo TO "+name)
	server := mssqltest.Open(t, mssqltest.URL(t))
	t.Cleanup(func() {
		if _, err := server.Exec("DROP LOGIN " + name); err != nil {
			t.Errorf("the login %s is left behind: %v", name, err)
		}
	})
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	target.User = url.UserPassword(name, password)
	return target.String()
}
