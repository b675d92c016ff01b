package connect_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// changed is the URL of an empty database after a change.
func changed(t *testing.T, change func(*url.URL, url.Values)) string {
	t.Helper()
	u, err := url.Parse(mssqltest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	change(u, query)
	u.RawQuery = query.Encode()
	return u.String()
}

func opened(t *testing.T, text string) (*connect.Target, *sql.DB) {
	t.Helper()
	target, err := connect.Parse(connect.Settings{URL: text})
	if err != nil {
		t.Fatal(err)
	}
	db, err := target.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return target, db
}

func TestServerAnswers(t *testing.T) {
	_, db := opened(t, mssqltest.Database(t))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, err := connect.Describe(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	if server.Version == "" || server.Database == "" || server.User == "" || server.ReadOnly {
		t.Errorf("%+v", server)
	}
	rights, err := connect.Rights(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []connect.Purpose{connect.Loading, connect.Migrating} {
		if missing := connect.Missing(rights, purpose); len(missing) != 0 {
			t.Errorf("the owner of a database lacks %v", missing)
		}
	}
	var name string
	if err := db.QueryRowContext(ctx, "SELECT program_name FROM sys.dm_exec_sessions WHERE session_id = @@SPID").Scan(&name); err != nil || name != connect.AppName {
		t.Errorf("the server knows the program as %q (%v)", name, err)
	}
}

func TestMigrationsArePatient(t *testing.T) {
	target, err := connect.Parse(connect.Settings{URL: mssqltest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	db, err := target.OpenForMigration()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE dbo.[T] ([id] INT NOT NULL)"); err != nil {
		t.Error(err)
	}
}

func TestWhatTheServerRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*url.URL, url.Values)
		want   string
		fatal  bool
	}{
		{"a wrong password", func(u *url.URL, _ url.Values) { u.User = url.UserPassword(u.User.Username(), "planted") }, "user or password is wrong", true},
		{"no such login", func(u *url.URL, _ url.Values) { u.User = url.UserPassword("nobody_here", "planted") }, "user or password is wrong", true},
		{"no such database", func(_ *url.URL, q url.Values) { q.Set("database", "no_such_database") }, "there is no database no_such_database", true},
		{"a wrong port", func(u *url.URL, _ url.Values) { u.Host = u.Hostname() + ":1" }, "nothing listens", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, db := opened(t, changed(t, test.change))
			err := db.PingContext(t.Context())
			if err == nil {
				t.Fatal("the server let us in")
			}
			explained := connect.Explain(target, err).Error()
			if !strings.Contains(explained, test.want) || strings.Contains(explained, "planted") {
				t.Error(explained)
			}
			if faults.Is(err, 4060) {
				return // in SQL Server a missing database looks as one that moves
			}
			if got := fault.IsFatal(faults.Classify(err)); got != test.fatal {
				t.Errorf("fatal is %v: %v", got, err)
			}
		})
	}
}

// With encryption, or without where the server has none: it is said either way.
func TestEncryptionIsAskedFor(t *testing.T) {
	target, db := opened(t, changed(t, func(_ *url.URL, q url.Values) {
		q.Del("encrypt")
		q.Set("TrustServerCertificate", "true")
	}))
	if !target.Encrypted() {
		t.Error("not encrypted by default")
	}
	if err := db.PingContext(t.Context()); err != nil {
		if explained := connect.Explain(target, err).Error(); !strings.Contains(explained, "no encryption to offer") {
			t.Error(explained)
		}
	}
}

func TestALoginWithoutRights(t *testing.T) {
	text := mssqltest.Database(t)
	const user, password = "mcis_test_reader", "Planted_pass_9"
	server, owner := mssqltest.Open(t, mssqltest.URL(t)), mssqltest.Open(t, text)
	name := fmt.Sprintf("%s_%d", user, time.Now().UnixNano())
	if _, err := server.ExecContext(t.Context(), "CREATE LOGIN "+name+" WITH PASSWORD = '"+password+"'"); err != nil {
		t.Skipf("this login may create no other: %v", err)
	}
	t.Cleanup(func() { dropLogin(t, server, name) })
	if _, err := owner.ExecContext(t.Context(), "CREATE USER "+name+" FOR LOGIN "+name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, password)
	_, db := opened(t, u.String())
	rights, err := connect.Rights(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	missing := append(connect.Missing(rights, connect.Loading), connect.Missing(rights, connect.Migrating)...)
	want := []string{"GRANT CREATE TABLE TO [" + name + "];", "GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, REFERENCES ON SCHEMA::[dbo] TO [" + name + "];"}
	if diff := cmp.Diff(want, connect.Grants(name, missing)); diff != "" {
		t.Error(diff)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// dropLogin drops a login as soon as the server has noticed that its sessions ended.
func dropLogin(t *testing.T, server *sql.DB, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		_, err := server.ExecContext(ctx, "DROP LOGIN "+name)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Errorf("drop login %s: %v", name, err)
			return
		}
	}
}
