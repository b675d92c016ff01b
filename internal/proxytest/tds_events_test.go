package proxytest_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	mssql "github.com/microsoft/go-mssqldb"

	"mcis/internal/proxytest"
	"mcis/internal/warehouse/mssql/mssqltest"
)

func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || err != nil && strings.Contains(err.Error(), "broken pipe")
}

func testFaultsDuringLogin(t *testing.T, s *stage) {
	tests := map[string]struct {
		match  proxytest.Matcher
		action proxytest.Action
		failed func(error) bool
	}{
		"greeting":       {proxytest.Prelogin, proxytest.CutBefore(proxytest.RST), isReset},
		"half greeting":  {proxytest.Prelogin, proxytest.CutHalfway(proxytest.FIN), isEnd},
		"login":          {proxytest.Login, proxytest.CutBefore(proxytest.RST), isReset},
		"login, done":    {proxytest.Login, proxytest.CutAfterResponse(proxytest.FIN), isEnd},
		"login, refused": {proxytest.Login, proxytest.Fail(proxytest.SQLError{Number: 18456, Class: 14}), isNumber(18456)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rule := s.proxy.When(proxytest.ToServer, test.match, test.action, proxytest.EveryTime)
			db := mssqltest.Open(t, s.url)
			if err := db.PingContext(t.Context()); !test.failed(err) {
				t.Errorf("failed with %v", err)
			}
			rule.Wait()
			rule.Remove()
			if err := db.PingContext(t.Context()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func testErrorsArriveInFull(t *testing.T, s *stage) {
	want := mssql.Error{
		Number: 2628, State: 3, Class: 17, ServerName: "خادم", ProcName: "dbo.load", LineNo: 42,
		Message: strings.Repeat("الخطأ 错误 ", 100), // several packets
	}
	conn := s.connect(t)
	s.proxy.When(proxytest.ToServer, proxytest.Batch("SELECT 1"), proxytest.Fail(proxytest.SQLError{
		Number: want.Number, State: want.State, Class: want.Class, Message: want.Message,
		Server: want.ServerName, Procedure: want.ProcName, Line: want.LineNo,
	}))
	_, err := conn.ExecContext(t.Context(), "SELECT 1")
	got, ok := errors.AsType[mssql.Error](err)
	if !ok {
		t.Fatalf("failed with %v", err)
	}
	got.All = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func testTheThirdUpdate(t *testing.T, s *stage) {
	conn := s.connect(t)
	exec(t, conn, "INSERT INTO dbo.[Row] VALUES (1, N'0')")
	seen := s.proxy.When(proxytest.ToServer, proxytest.RPC("UPDATE"), proxytest.Forward, proxytest.EveryTime, proxytest.Nth(4), proxytest.Optional)
	rule := s.proxy.When(proxytest.ToServer, proxytest.RPC("UPDATE"), proxytest.CutAfterResponse(proxytest.RST), proxytest.Nth(3))
	var failed []bool
	for n := range 4 {
		_, err := conn.ExecContext(t.Context(), "UPDATE dbo.[Row] SET [text] = @p1", n+1)
		failed = append(failed, err != nil)
	}
	rule.Wait()
	if diff := cmp.Diff([]bool{false, false, true, true}, failed); diff != "" {
		t.Error(diff)
	}
	if got := query[string](t, s.direct, "SELECT [text] FROM dbo.[Row]"); got != "3" || seen.Count() != 0 {
		t.Errorf("the row is at %s, %d updates came after the cut", got, seen.Count())
	}
}

func testProceduresAreKnownByName(t *testing.T, s *stage) {
	conn := s.connect(t)
	s.proxy.When(proxytest.ToServer, proxytest.RPC("SP_GETAPPLOCK"), proxytest.Fail(proxytest.SQLError{Number: 1222}))
	_, err := conn.ExecContext(t.Context(), "sp_getapplock",
		sql.Named("Resource", "load"), sql.Named("LockMode", "Exclusive"), sql.Named("LockOwner", "Session"))
	if !isNumber(1222)(err) {
		t.Errorf("failed with %v", err)
	}
}

func testHeldAnswer(t *testing.T, s *stage) {
	for name, action := range map[string]proxytest.Action{"statement": proxytest.Hold, "answer": proxytest.HoldResponse} {
		t.Run(name, func(t *testing.T) {
			conn := s.connect(t)
			rule := s.proxy.When(proxytest.ToServer, proxytest.Statement("INSERT INTO"), action)
			done := make(chan error, 1)
			go func() {
				_, err := conn.ExecContext(t.Context(), "INSERT INTO dbo.[Row] VALUES (1, N'one')")
				done <- err
			}()
			await(t, rule.Fired())
			want := map[string]int{"statement": 0, "answer": 1}[name]
			if n := s.rows(t); n != want {
				t.Errorf("the server has %d rows, want %d", n, want)
			}
			select {
			case err := <-done:
				t.Errorf("the client went on: %v", err)
			default:
			}
			rule.Release()
			if err := await(t, done); err != nil {
				t.Error(err)
			}
		})
	}
}

func testACancelledContextSendsAnAttention(t *testing.T, s *stage) {
	conn := s.connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	held := s.proxy.When(proxytest.ToServer, proxytest.Batch("INSERT INTO"), proxytest.HoldResponse)
	attention := s.proxy.When(proxytest.ToServer, proxytest.Attention, proxytest.CutBefore(proxytest.RST))
	done := make(chan error, 1)
	go func() {
		_, err := conn.ExecContext(ctx, "INSERT INTO dbo.[Row] VALUES (1, N'one')")
		done <- err
	}()
	held.Wait()
	cancel()
	attention.Wait()
	if err := await(t, done); err == nil {
		t.Error("no error")
	}
	if err := conn.PingContext(t.Context()); !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("the connection then: %v", err)
	}
}

func testAnswersCanBeMatched(t *testing.T, s *stage) {
	conn := s.connect(t)
	exec(t, conn, "INSERT INTO dbo.[Row] VALUES (1, N'Übergabe')")
	rule := s.proxy.When(proxytest.ToClient, proxytest.Text("übergabe"), proxytest.CutHalfway(proxytest.FIN))
	var text string
	if err := conn.QueryRowContext(t.Context(), "SELECT [text] FROM dbo.[Row]").Scan(&text); err == nil {
		t.Errorf("read %q from half an answer", text)
	}
	rule.Wait()
}

func testARestartedServer(t *testing.T, s *stage) {
	db := mssqltest.Open(t, s.url)
	db.SetMaxOpenConns(1)
	exec(t, db, "INSERT INTO dbo.[Row] VALUES (1, N'one')")
	s.proxy.Refuse()
	s.proxy.Cut(proxytest.RST)
	if err := db.PingContext(t.Context()); err == nil { // on the connection of before, which the pool then drops
		t.Error("a cut connection works")
	}
	if err := db.PingContext(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("while it is down: %v", err)
	}
	s.proxy.Drop()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a dropped connection works")
	}
	s.proxy.Resume()
	exec(t, db, "INSERT INTO dbo.[Row] VALUES (2, N'two')")
}

func TestStartTDS(t *testing.T) {
	p, through := proxytest.StartTDS(t, "sqlserver://user:p%40ss@example.invalid?database=d&encrypt=true")
	u, err := url.Parse(through)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	got := []string{u.Host, password, u.Query().Get("database"), u.Query().Get("encrypt")}
	if diff := cmp.Diff([]string{p.Addr(), "p@ss", "d", "disable"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOtherProtocolsFailTheTest(t *testing.T) {
	w := &watcher{TB: t}
	server := startEcho(t)
	p, _ := proxytest.StartTDS(w, "sqlserver://"+server.addr)
	c := dial(t, p)
	c.send("\x17\x03\x03\x00\x20 what TLS sends")
	if err := c.end(); !isReset(err) {
		t.Errorf("ended by %v", err)
	}
	if failed := w.finish(); len(failed) != 1 || !strings.Contains(failed[0], "not the protocol") {
		t.Errorf("failed with %q", failed)
	}
}
