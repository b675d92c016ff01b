// Package mssqltest gives each test an empty database of its own on the SQL Server that MCIS_TEST_SQLSERVER_URL names.
package mssqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	_ "github.com/microsoft/go-mssqldb" // the driver "sqlserver"
)

// Variable is the environment variable with the URL of a login that may create databases, such as
// sqlserver://sa:PASSWORD@127.0.0.1:1433?TrustServerCertificate=true.
const Variable = "MCIS_TEST_SQLSERVER_URL"

// URL is the server's URL. Where none is set, the test is skipped.
func URL(t testing.TB) string {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		t.Skipf("SKIPPED, NOT TESTED AGAINST SQL SERVER: %s is not set", Variable)
	}
	return text
}

// Database creates an empty database, which is dropped when the test has ended, and returns its URL.
func Database(t testing.TB) string {
	t.Helper()
	target, err := url.Parse(URL(t))
	if err != nil {
		t.Fatalf("%s is not a URL", Variable)
	}
	name := databaseName(t)
	server := Open(t, target.String())
	again(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		// Sessions that a test has left are ended where the server can do so; if not, the drop says that there are some.
		_, _ = server.Exec("ALTER DATABASE " + name + " SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
		again(t, server, "DROP DATABASE "+name)
	})
	query := target.Query()
	query.Set("database", name)
	target.RawQuery = query.Encode()
	return target.String()
}

// again runs a statement, and runs it again while the server is busy with the database of another test or with a session
// that is about to end.
func again(t testing.TB, server *sql.DB, statement string) {
	t.Helper()
	const attempts, patience = 20, time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	for range attempts {
		if _, err = server.ExecContext(ctx, statement); err == nil {
			return
		}
	}
	t.Errorf("%s: %v", statement, err)
}

func databaseName(t testing.TB) string {
	t.Helper()
	suffix := make([]byte, 6)
	if _, err := rand.Read(suffix); err != nil {
		t.Fatal(err)
	}
	return "mcis_test_" + hex.EncodeToString(suffix)
}

// Open connects to a database as a user of it does; the connections are closed when the test ends.
func Open(t testing.TB, databaseURL string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlserver", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Describe says which server answers, for the log of a test.
func Describe(ctx context.Context, db *sql.DB) string {
	var version string
	if err := db.QueryRowContext(ctx, "SELECT @@VERSION").Scan(&version); err != nil {
		return fmt.Sprint(err)
	}
	return version
}
