package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestCommandsOnSQLServer goes the way of an operator who has an empty database.
func TestCommandsOnSQLServer(t *testing.T) {
	database := mssqltest.Database(t)
	clear(t)
	t.Setenv("WAREHOUSE_URL", database)
	api, err := simapi.New(simapi.Config{Bookings: 40})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AUTH_URL": server.URL + simapi.LoginPath, "DATA_API_URL": server.URL + simapi.PathPrefix + "/booking",
		"SUBJECT": simapi.DefaultLogin, "SECRET": simapi.DefaultLogin, "LIST_TO": "2025-01-01", "LIST_WINDOW": "12mo",
	} {
		t.Setenv(name, value)
	}
	steps := []struct {
		args string
		want []string
	}{
		{"check", []string{"ok    warehouse", "SQL Server", "statements to be up to date: the loader runs them when it starts"}},
		{"schema migrate --dry-run", []string{"CREATE TABLE dbo.[Booking]", "statements are due"}},
		{"schema migrate", []string{"the warehouse has every table and column of the mapping"}},
		{"schema migrate --dry-run", []string{"-- 0 statements are due"}},
		{"check", []string{"ok    warehouse", "has every table and column of the mapping"}},
		{"run --once", []string{"bookings loaded   40 ", "dead letters      0"}},
		{"run --once --restart --refresh", []string{"bookings loaded   40 ", "dead letters      0"}},
	}
	for _, step := range steps {
		code, out, err := call(t, strings.Fields(step.args)...)
		if code != cli.ExitDone {
			t.Fatalf("%s: exit code %d\n%s%s", step.args, code, out, err)
		}
		for _, text := range step.want {
			if !strings.Contains(out, text) {
				t.Errorf("%s does not say %q:\n%s%s", step.args, text, out, err)
			}
		}
	}
	var bookings int
	db := mssqltest.Open(t, database)
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM dbo.[Booking]").Scan(&bookings); err != nil || bookings != 40 {
		t.Errorf("%d bookings in the database, %v", bookings, err)
	}
}
