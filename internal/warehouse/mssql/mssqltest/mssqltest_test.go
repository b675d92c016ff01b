package mssqltest_test

import (
	"testing"

	"mcis/internal/warehouse/mssql/mssqltest"
)

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	first, second := mssqltest.Database(t), mssqltest.Database(t)
	if first == second {
		t.Fatal("two tests share a database")
	}
	for _, url := range []string{first, second} {
		db := mssqltest.Open(t, url)
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE dbo.[T] ([id] INT NOT NULL)"); err != nil {
			t.Error(err)
		}
	}
	t.Log(mssqltest.Describe(t.Context(), mssqltest.Open(t, first)))
}
