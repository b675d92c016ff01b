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
	"strings"
	"testing"
	"time"

	_ "github.com/microsoft/go-mssqldb" // the driver "sqlserver"

	"mcis/internal/leaktest"
)

// Variable is the environment variable with the URL of a login that may create databases, such as
// sqlserver://sa:PASSWORD@127.0.0.1:1433?TrustServerCertificate=true.
const Variable = "MCIS_TEST_SQLSERVER_URL"

// FileVariable is the environment variable with a file that holds the login's password as it is, in place of the one in the URL, where some characters
// would have to be escaped.
const FileVariable = "MCIS_TEST_SQLSERVER_PASSWORD_FILE"

// URL is the server's URL. Where none is set, the test is skipped.
func URL(t testing.TB) string {
	t.Helper()
	server, err := fromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if server == nil {
		t.Skipf("SKIPPED, NOT TESTED AGAINST SQL SERVER: %s is not set", Variable)
	}
	return server.String()
}

// Leaks is the watch of a package's tests, for the password of the server too.
func Leaks() *leaktest.Watch {
	server, err := fromEnvironment()
	if err != nil || server == nil { // the tests say so
		return leaktest.Planted()
	}
	password, _ := server.User.Password()
	return leaktest.Planted(leaktest.Secret{Name: "SQL Server password", Value: password})
}

// fromEnvironment is the server that the environment names, with its password, or nil.
func fromEnvironment() (*url.URL, error) {
	text := os.Getenv(Variable)
	if text == "" {
		return nil, nil
	}
	server, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL", Variable)
	}
	if file := os.Getenv(FileVariable); file != "" {
		password, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", FileVariable, err)
		}
		server.User = url.UserPassword(server.User.Username(), strings.TrimRight(string(password), "\r\n"))
	}
	return server, nil
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
