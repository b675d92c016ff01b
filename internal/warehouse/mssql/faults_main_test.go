package mssql_test

import (
	"testing"

	"go.uber.org/goleak"

	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestMain: database/sql ends the goroutine that opens connections only after Close has returned.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(leaks.Around(m), goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// leaks looks for the server's password in the log of every loader and enricher that a test makes.
var leaks = mssqltest.Leaks()
