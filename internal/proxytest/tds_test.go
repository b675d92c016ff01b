package proxytest_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"syscall"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/proxytest"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// stage is a database with a table of rows, seen directly and through a proxy.
type stage struct {
	proxy  *proxytest.Proxy
	direct *sql.DB
	url    string // through the proxy
}

// TestTDS runs what needs a server, in one database.
func TestTDS(t *testing.T) {
	databaseURL := mssqltest.Database(t)
	direct := mssqltest.Open(t, databaseURL)
	exec(t, direct, "CREATE TABLE dbo.[Row] ([id] INT NOT NULL PRIMARY KEY, [text] NVARCHAR(MAX) NULL)")
	for name, test := range map[string]func(*testing.T, *stage){
		"actions on messages":                      testActionsOnMessages,
		"what an error leaves of the transaction":  testWhatAnErrorLeavesOfTheTransaction,
		"an error outside a transaction is plain":  testAnErrorOutsideATransactionIsPlain,
		"actions on bulk copies":                   testActionsOnBulkCopies,
		"sliced and delayed traffic is understood": testSlicedAndDelayedTrafficIsUnderstood,
		"faults during login":                      testFaultsDuringLogin,
		"errors arrive in full":                    testErrorsArriveInFull,
		"the third update":                         testTheThirdUpdate,
		"procedures are known by name":             testProceduresAreKnownByName,
		"held answer":                              testHeldAnswer,
		"a cancelled context sends an attention":   testACancelledContextSendsAnAttention,
		"answers can be matched":                   testAnswersCanBeMatched,
		"a restarted server":                       testARestartedServer,
	} {
		t.Run(name, func(t *testing.T) {
			exec(t, direct, "DELETE FROM dbo.[Row]")
			proxy, through := proxytest.StartTDS(t, databaseURL)
			test(t, &stage{proxy, direct, through})
		})
	}
}

// connect empties the table and pins a connection through the proxy, of a pool of its own that ends with the test: what
// a pool repeats of itself would hide what happened.
func (s *stage) connect(t *testing.T) *sql.Conn {
	t.Helper()
	exec(t, s.direct, "DELETE FROM dbo.[Row]")
	conn, err := mssqltest.Open(t, s.url).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// rows is what the server has, as another user of it sees.
func (s *stage) rows(t *testing.T) int {
	t.Helper()
	return query[int](t, s.direct, "SELECT COUNT(*) FROM dbo.[Row]")
}

// user is a pool, a pinned connection or a transaction.
type user interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func exec(t *testing.T, on user, statement string, args ...any) {
	t.Helper()
	if _, err := on.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func query[T any](t *testing.T, on user, statement string) T {
	t.Helper()
	var value T
	if err := on.QueryRowContext(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// insertByRequests inserts a row as database/sql does it: the transaction by requests, the row with parameters.
func insertByRequests(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "INSERT INTO dbo.[Row] VALUES (@p1, @p2)", 1, "one"); err != nil {
		return err
	}
	return tx.Commit()
}

// insertByStatements does the same in statements without parameters.
func insertByStatements(ctx context.Context, conn *sql.Conn) error {
	for _, statement := range []string{"BEGIN TRANSACTION", "INSERT INTO dbo.[Row] VALUES (1, N'one')", "COMMIT TRANSACTION"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// How errors look to the driver's user.
func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
func isEnd(err error) bool   { return errors.Is(err, io.EOF) }

func isNumber(number int32) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[mssql.Error](err)
		return ok && e.Number == number
	}
}

func testActionsOnMessages(t *testing.T, s *stage) {
	row := proxytest.Statement("insert into")
	deadlock := proxytest.SQLError{Number: 1205, Class: 13}
	tests := map[string]struct {
		match  proxytest.Matcher
		action proxytest.Action
		failed func(error) bool
		rows   int  // that the server has then
		usable bool // the connection
	}{
		"begin, before":       {proxytest.Begin, proxytest.CutBefore(proxytest.RST), isReset, 0, false},
		"begin, error":        {proxytest.Begin, proxytest.Fail(proxytest.SQLError{Number: 40501}), isNumber(40501), 0, true},
		"before":              {row, proxytest.CutBefore(proxytest.RST), isReset, 0, false},
		"before, orderly":     {row, proxytest.CutBefore(proxytest.FIN), isEnd, 0, false},
		"halfway":             {row, proxytest.CutHalfway(proxytest.RST), isReset, 0, false},
		"after 9 bytes":       {row, proxytest.CutAfterBytes(9, proxytest.FIN), isEnd, 0, false},
		"unanswered":          {row, proxytest.CutAfterResponse(proxytest.RST), isReset, 0, false},
		"error":               {row, proxytest.Fail(deadlock), isNumber(1205), 0, true},
		"error, rolled back":  {row, proxytest.FailAndRollBack(deadlock), isNumber(1205), 0, true},
		"error, fatal":        {row, proxytest.Fail(proxytest.SQLError{Number: 40197, Class: 20}), isNumber(40197), 0, false},
		"commit, before":      {proxytest.Commit, proxytest.CutBefore(proxytest.RST), isReset, 0, false},
		"commit, halfway":     {proxytest.Commit, proxytest.CutHalfway(proxytest.FIN), isEnd, 0, false},
		"commit, unanswered":  {proxytest.Commit, proxytest.CutAfterResponse(proxytest.RST), isReset, 1, false},
		"commit, orderly end": {proxytest.Commit, proxytest.CutAfterResponse(proxytest.FIN), isEnd, 1, false},
		"commit, error":       {proxytest.Commit, proxytest.Fail(proxytest.SQLError{Number: 9002}), isNumber(9002), 0, true},
		"commit, done, error": {proxytest.Commit, proxytest.FailAfterResponse(proxytest.SQLError{Number: 40197}), isNumber(40197), 1, true},
	}
	ways := map[string]func(context.Context, *sql.Conn) error{"requests": insertByRequests, "statements": insertByStatements}
	for name, test := range tests {
		for way, insert := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				conn := s.connect(t)
				rule := s.proxy.When(proxytest.ToServer, test.match, test.action)
				if err := insert(t.Context(), conn); !test.failed(err) {
					t.Errorf("failed with %v", err)
				}
				rule.Wait()
				s.proxy.WaitSettled()
				if n := s.rows(t); n != test.rows {
					t.Errorf("the server has %d rows, want %d", n, test.rows)
				}
				if err := conn.PingContext(t.Context()); (err == nil) != test.usable {
					t.Errorf("the connection then: %v", err)
				}
			})
		}
	}
}

func testWhatAnErrorLeavesOfTheTransaction(t *testing.T, s *stage) {
	deadlock := proxytest.SQLError{Number: 1205, Class: 13}
	tests := map[string]struct {
		action proxytest.Action
		open   int // transactions, and the rows after a commit
	}{
		"statement": {proxytest.Fail(deadlock), 1},
		"all":       {proxytest.FailAndRollBack(deadlock), 0},
	}
	const update = "UPDATE dbo.[Row] SET [text] = N'two'"
	for name, test := range tests {
		t.Run(name+"/statements", func(t *testing.T) {
			conn := s.connect(t)
			exec(t, conn, "BEGIN TRANSACTION")
			exec(t, conn, "INSERT INTO dbo.[Row] VALUES (1, N'one')")
			s.proxy.When(proxytest.ToServer, proxytest.Batch("UPDATE"), test.action)
			if _, err := conn.ExecContext(t.Context(), update); !isNumber(1205)(err) {
				t.Errorf("failed with %v", err)
			}
			if open := query[int](t, conn, "SELECT @@TRANCOUNT"); open != test.open {
				t.Errorf("%d transactions are open on the server, want %d", open, test.open)
			}
		})
		t.Run(name+"/requests", func(t *testing.T) {
			conn := s.connect(t)
			tx, err := conn.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			exec(t, tx, "INSERT INTO dbo.[Row] VALUES (1, N'one')")
			s.proxy.When(proxytest.ToServer, proxytest.Batch("UPDATE"), test.action)
			if _, err := tx.ExecContext(t.Context(), update); !isNumber(1205)(err) {
				t.Errorf("failed with %v", err)
			}
			// The driver has been told that there is none: it says so itself, with number 0, and asks the server nothing.
			if err := tx.Commit(); (err == nil) != (test.open == 1) || err != nil && !isNumber(0)(err) {
				t.Errorf("commit: %v", err)
			}
			if open, rows := query[int](t, conn, "SELECT @@TRANCOUNT"), s.rows(t); open != 0 || rows != test.open {
				t.Errorf("%d transactions are open on the server, which has %d rows", open, rows)
			}
		})
	}
}

func testAnErrorOutsideATransactionIsPlain(t *testing.T, s *stage) {
	conn := s.connect(t)
	s.proxy.When(proxytest.ToServer, proxytest.Batch("DELETE"), proxytest.FailAndRollBack(proxytest.SQLError{Number: 1222}))
	if _, err := conn.ExecContext(t.Context(), "DELETE FROM dbo.[Row]"); !isNumber(1222)(err) {
		t.Errorf("failed with %v", err)
	}
	exec(t, conn, "INSERT INTO dbo.[Row] VALUES (1, N'one')")
}
