package mssql_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"mcis/internal/proxytest"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestOthers: what other programs, administrators and other loaders do to the same database meanwhile.
func TestOthers(t *testing.T) {
	t.Parallel()
	b := newBreakable(t)
	t.Run("a row is held and changed", b.heldRow("COMMIT"))
	t.Run("a row is held and left", b.heldRow("ROLLBACK"))
	t.Run("a row is taken away", b.takenAway)
	t.Run("deadlock", b.deadlocked)
	t.Run("session killed", b.killed)
	t.Run("server restarted", b.restarted)
	t.Run("one loader at a time", b.oneAtATime)
	t.Run("two loaders", b.twoLoaders)
}

// transaction is a user's, on a connection of its own.
func (b *breakable) transaction(t *testing.T, statements ...string) *sql.Tx {
	t.Helper()
	tx, err := mssqltest.Open(t, b.direct.url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			t.Log("the user's transaction has ended:", err)
		}
	})
	for _, statement := range statements {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return tx
}

const changeRemoved = "UPDATE dbo.BookingRefs SET name = N'theirs' WHERE booking_id = 1 AND ref_id = 2"

// heldRow: the loader waits for the user's transaction, however it ends. The row is one that the loader deletes.
func (b *breakable) heldRow(end string) func(t *testing.T) {
	return func(t *testing.T) {
		b.reset(t)
		user := b.transaction(t, changeRemoved)
		waits := b.proxy.When(proxytest.ToServer, proxytest.Statement("DELETE t FROM"), proxytest.Forward)
		answered := b.proxy.When(proxytest.ToServer, proxytest.Statement("INSERT INTO dbo.[BookingRefs]"), proxytest.Forward)
		done := b.loadAside(t.Context())
		waits.Wait()
		if err := b.direct.db.PingContext(t.Context()); err != nil || answered.Count() > 0 {
			t.Errorf("the loader has not waited (%v)", err)
		}
		if err := map[string]func() error{"COMMIT": user.Commit, "ROLLBACK": user.Rollback}[end](); err != nil {
			t.Fatal(err)
		}
		if err := await(t, done); err != nil {
			t.Error(err)
		}
		b.checkLoaded(t)
	}
}

// takenAway: a row that was there at the lookup is gone when it is to be updated. The locks of the lookup forbid that;
// where a server does not take them, the load fails and the next one inserts the row.
func (b *breakable) takenAway(t *testing.T) {
	b.reset(t)
	update := b.proxy.When(proxytest.ToServer, proxytest.Statement("INSERT INTO dbo.[BookingRefs]"), proxytest.Hold)
	done := b.loadAside(t.Context())
	update.Wait()
	const statement = "SET LOCK_TIMEOUT 500; DELETE FROM dbo.BookingRefs WHERE booking_id = 1 AND ref_id = 1"
	_, refused := mssqltest.Open(t, b.direct.url).ExecContext(t.Context(), statement)
	update.Release()
	err := await(t, done)
	if want := map[bool]string{true: "", false: "transient"}[refused != nil]; classOf(err) != want {
		t.Errorf("load = %v; the user was refused: %v", err, refused)
	}
	if refused == nil {
		b.retry(t)
	}
	b.checkLoaded(t)
}

// retry loads the batch until it is there.
func (b *breakable) retry(t *testing.T) {
	t.Helper()
	const tries = 10
	var err error
	for range tries {
		if _, err = b.broken.Load(t.Context(), b.after); classOf(err) != "transient" {
			break
		}
	}
	if err != nil {
		t.Errorf("the same batch again: %v", err)
	}
}

// deadlocked: the user holds a row that the loader is about to insert and then wants one that the loader has deleted. Either
// of them is the victim.
func (b *breakable) deadlocked(t *testing.T) {
	b.reset(t)
	b.again(t, false)
	kept, err := b.direct.Rows(t.Context(), warehouse.RejectedTable)
	if err != nil {
		t.Fatal(err)
	}
	hash := fmt.Sprint(kept[0]["value_hash"])
	b.reset(t)
	user := b.transaction(t, fmt.Sprintf(`INSERT INTO dbo.RejectedValue (table_name, row_key, column_name, value_hash)
VALUES (N'Booking', N'4', N'%s', '%s')`, kept[0]["column_name"], hash))
	last := b.proxy.When(proxytest.ToServer, proxytest.Statement("INSERT INTO dbo.[RejectedValue]"), proxytest.Forward)
	done := b.loadAside(t.Context())
	last.Wait()
	_, userErr := user.ExecContext(t.Context(), changeRemoved)
	rollback := user.Rollback()
	err = await(t, done)
	t.Logf("the loader: %v; the user: %v, %v", err, userErr, rollback)
	if err == nil && userErr == nil {
		t.Error("both went through: no deadlock")
	}
	if class := classOf(err); class != "" && class != "transient" {
		t.Errorf("load = %v", err)
	}
	b.retry(t)
	b.checkLoaded(t)
}

// killed ends the session as an administrator does.
func (b *breakable) killed(t *testing.T) {
	named := *b
	named.broken = openWarehouse(t, b.through+"&app+name=mcis+victim")
	b.reset(t)
	rule := b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Hold)
	done := named.loadAside(t.Context())
	rule.Wait()
	sessions, err := b.direct.db.QueryContext(t.Context(), "SELECT session_id FROM sys.dm_exec_sessions WHERE program_name = 'mcis victim'")
	if err != nil {
		t.Fatal(err)
	}
	var kill []string
	for sessions.Next() {
		var id int
		if err := sessions.Scan(&id); err != nil {
			t.Fatal(err)
		}
		kill = append(kill, fmt.Sprint("KILL ", id))
	}
	if err := errors.Join(sessions.Err(), sessions.Close()); err != nil || len(kill) == 0 {
		t.Fatalf("%d sessions to kill: %v", len(kill), err)
	}
	for _, statement := range kill {
		if err := b.direct.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	rule.Release()
	if err := await(t, done); classOf(err) != "transient" {
		t.Errorf("load = %v, expected a transient error", err)
	}
	b.checkUnloaded(t)
	named.again(t, false)
}

// restarted: for a while nobody listens.
func (b *breakable) restarted(t *testing.T) {
	b.reset(t)
	b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Run(func() {
		b.proxy.Refuse()
		b.proxy.Cut(proxytest.RST)
	}))
	b.fails(t)
	b.fails(t)
	b.proxy.WaitSettled()
	b.checkUnloaded(t)
	b.proxy.Drop() // it starts
	b.fails(t)
	b.proxy.Resume()
	b.again(t, false)
}
