package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"mcis/internal/fault"
	"mcis/internal/warehouse/warehousetest"
)

// refusals provoke each kind of error for real: the driver's error cannot be made by hand.
var refusals = []struct {
	name          string
	statements    []string // all but the last succeed
	want          meaning
	table, column string
}{
	{name: "unique", want: dataFault, table: "t", column: "a",
		statements: []string{"CREATE TABLE t (a INT, b INT, UNIQUE (a, b))", "INSERT INTO t VALUES (1, 2)", "INSERT INTO t VALUES (1, 2)"}},
	{name: "not null", want: dataFault, table: "t", column: "a",
		statements: []string{"CREATE TABLE t (a INT NOT NULL)", "INSERT INTO t VALUES (NULL)"}},
	{name: "check", want: dataFault,
		statements: []string{"CREATE TABLE t (a INT, CHECK (t.a > 0.5))", "INSERT INTO t VALUES (0)"}},
	{name: "named check", want: dataFault,
		statements: []string{"CREATE TABLE t (a INT, CONSTRAINT positive CHECK (a > 0))", "INSERT INTO t VALUES (0)"}},
	{name: "foreign key", want: dataFault,
		statements: []string{"CREATE TABLE t (a INT PRIMARY KEY, b INT REFERENCES t)", "INSERT INTO t VALUES (1, 2)"}},
	{name: "trigger", want: dataFault,
		statements: []string{"CREATE TABLE t (a INT)", "CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT raise(ABORT, 'no.no'); END", "INSERT INTO t VALUES (1)"}},
	{name: "mismatch", want: dataFault,
		statements: []string{"CREATE TABLE t (a INTEGER PRIMARY KEY)", "INSERT INTO t VALUES ('x')"}},
	{name: "too big", want: dataFault,
		statements: []string{"CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES (zeroblob(2000000000))"}},
	{name: "full", want: transient,
		statements: []string{"CREATE TABLE t (a TEXT)", "PRAGMA max_page_count = 3", "INSERT INTO t VALUES (zeroblob(1000000))"}},
	{name: "no table", want: fatal, statements: []string{"INSERT INTO missing VALUES (1)"}},
	{name: "no column", want: fatal, statements: []string{"CREATE TABLE t (a INT)", "INSERT INTO t (b) VALUES (1)"}},
	{name: "read-only", want: barred, statements: []string{"PRAGMA query_only = ON", "CREATE TABLE t (a INT)"}},
	{name: "cannot open", want: barred, statements: []string{"ATTACH '/missing/directory/x.db' AS x"}},
}

func TestClassify(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			w := openEmpty(t)
			last := len(c.statements) - 1
			if err := w.execute(t.Context(), c.statements[:last]); err != nil {
				t.Fatal(err)
			}
			_, err := w.writer.ExecContext(t.Context(), c.statements[last])
			wantMeaning(t, classify(err), c.want)
			if permanent := fault.AsPermanent(classify(err)); permanent != nil {
				if permanent.Table != c.table || permanent.Column != c.column {
					t.Errorf("blames %q.%q, want %q.%q: %v", permanent.Table, permanent.Column, c.table, c.column, err)
				}
			}
		})
	}
}

func openEmpty(t *testing.T) *Warehouse {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "w.db"), Options{})
}

func openAt(t *testing.T, path string, options Options) *Warehouse {
	t.Helper()
	w, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func wantMeaning(t *testing.T, err error, want meaning) {
	t.Helper()
	var unreachable *fault.Unreachable
	switch {
	case err == nil:
		t.Fatal("no error")
	case (fault.AsPermanent(err) != nil) != (want == dataFault):
		t.Errorf("permanent: %v, want %v: %v", want != dataFault, want == dataFault, err)
	case fault.IsFatal(err) != (want >= fatal):
		t.Errorf("fatal: %v, want %v: %v", want < fatal, want >= fatal, err)
	case errors.As(err, &unreachable) != (want == barred):
		t.Errorf("unreachable: %v, want %v: %v", want != barred, want == barred, err)
	}
}

// TestFatalSaysWhatToDo: every fatal code has a remedy, no other has.
func TestFatalSaysWhatToDo(t *testing.T) {
	for code, entry := range codes {
		if (entry.meaning >= fatal) != (entry.remedy != "") {
			t.Errorf("code %d (%s): remedy %q", code, sqlite.ErrorCodeString[code], entry.remedy)
		}
	}
}

func TestBusyIsTransient(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	first, second := openAt(t, path, Options{}), openAt(t, path, Options{BusyTimeout: 1})
	err := first.transaction(t.Context(), func(ctx context.Context) error {
		_, err := second.Migrate(ctx, warehousetest.Mapping(t))
		wantMeaning(t, err, transient)
		if !hasCode(err, lib.SQLITE_BUSY) {
			t.Errorf("migrate = %v, want SQLITE_BUSY", err)
		}
		return second.probe(ctx) // a busy file is no unusable one
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Migrate(t.Context(), warehousetest.Mapping(t)); err != nil {
		t.Errorf("when the other has ended: %v", err)
	}
}

func TestTurnHeedsContext(t *testing.T) {
	w := openEmpty(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := w.transaction(t.Context(), func(context.Context) error {
		cancel()
		_, err := w.Migrate(ctx, warehousetest.Mapping(t))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("waiting for the turn = %v, want %v", err, context.Canceled)
	}
}

// TestCorruptFileIsFatal damages the file's pages, not its header, so that only reading shows it.
func TestCorruptFileIsFatal(t *testing.T) {
	w := openEmpty(t)
	statements := []string{"CREATE TABLE t (a INT)", "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET rootpage = 999", "PRAGMA writable_schema = RESET"}
	if err := w.execute(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	_, err := w.writer.ExecContext(t.Context(), "SELECT * FROM t")
	wantMeaning(t, classify(err), fatal)
}
