package mssqltest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/microsoft/go-mssqldb/msdsn"

	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestAnyPasswordOfAFile, with what would end it in a URL, arrives at the driver as it is.
func TestAnyPasswordOfAFile(t *testing.T) {
	const password = "Gd4 p@ss/w:rd#1?%2F&;+=[]{}\"'\\ü"
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(mssqltest.Variable, "sqlserver://sa@sqlserver:1433?TrustServerCertificate=true")
	t.Setenv(mssqltest.FileVariable, file)
	config, err := msdsn.Parse(mssqltest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	if config.User != "sa" || config.Password != password || config.Host != "sqlserver" || config.Port != 1433 {
		t.Errorf("%s logs in with %q at %s:%d", config.User, config.Password, config.Host, config.Port)
	}
	watch := mssqltest.Leaks()
	watch.Look("a log", "login failed with "+password)
	if len(watch.Leaks()) == 0 {
		t.Error("the password is not looked for")
	}
}

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
