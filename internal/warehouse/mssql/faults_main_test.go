package mssql_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: database/sql ends the goroutine that opens connections only after Close has returned.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}
