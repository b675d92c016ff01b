package cli

import (
	"strings"
	"testing"
)

func TestWhichWarehouseIsMeant(t *testing.T) {
	tests := []struct {
		name     string
		settings Warehouse
		sqlite   string // the path
		server   string // in the target's text
		wrong    []string
	}{
		{name: "a file", settings: Warehouse{URL: "sqlite:w.db"}, sqlite: "w.db"},
		{name: "a file wins over a server", settings: Warehouse{URL: "sqlite:w.db", Server: "db", Database: "x"}, sqlite: "w.db"},
		{name: "a URL", settings: Warehouse{URL: "sqlserver://sa:sesame@db.example:1433?database=mcis"}, server: "db.example"},
		{name: "a URL wins over a server", settings: Warehouse{URL: "sqlserver://sa:sesame@db.example?database=mcis", Server: "other"}, server: "db.example"},
		{name: "the predecessor's", settings: Warehouse{Server: "db.example", Database: "mcis", Driver: "ODBC Driver 17 for SQL Server"}, server: "db.example"},

		{name: "a user apart", settings: Warehouse{URL: "sqlserver://db.example?database=mcis", User: "sa", Password: "sesame"}, server: "db.example"},
		{name: "a user beside a server", settings: Warehouse{Server: "db.example", Database: "mcis", User: "sa", Password: "sesame"}, server: "db.example"},

		{name: "a user of a file", settings: Warehouse{URL: "sqlite:w.db", User: "sa"}, wrong: []string{"WAREHOUSE_USER", "has no users"}},
		{name: "a password of a file", settings: Warehouse{URL: "sqlite:w.db", Password: "sesame"}, wrong: []string{"WAREHOUSE_PASSWORD", "has no users"}},
		{name: "a password twice", settings: Warehouse{URL: "sqlserver://sa:x@db?database=mcis", Password: "sesame"}, wrong: []string{"WAREHOUSE_PASSWORD is set and WAREHOUSE_URL"}},
		{name: "a password alone", settings: Warehouse{Password: "sesame"}, wrong: []string{"WAREHOUSE_URL is missing"}},
		{name: "nothing", wrong: []string{"WAREHOUSE_URL is missing", "sqlserver://", "sqlite:PATH", "SERVER and DATABASE"}},
		{name: "a driver alone", settings: Warehouse{Driver: "{SQL Server}"}, wrong: []string{"WAREHOUSE_URL is missing"}},
		{name: "no path", settings: Warehouse{URL: "sqlite:"}, wrong: []string{"WAREHOUSE_URL names no file"}},
		{name: "no database", settings: Warehouse{Server: "db"}, wrong: []string{"DATABASE is missing"}},
		{name: "no server", settings: Warehouse{Database: "mcis"}, wrong: []string{"SERVER is missing"}},
		{name: "another kind", settings: Warehouse{URL: "postgres://sa:sesame@db"}, wrong: []string{"begins with neither sqlserver:// nor sqlite:"}},
		{name: "an ODBC string", settings: Warehouse{URL: "Server=db;Pwd=sesame"}, wrong: []string{"begins with neither sqlserver:// nor sqlite:"}},
		{name: "a server that is a URL", settings: Warehouse{Server: "sqlserver://sa:sesame@db", Database: "x"}, wrong: []string{"SERVER"}},
		{name: "no URL", settings: Warehouse{URL: "sqlserver://sa:sesame@db:port?database=x"}, wrong: []string{"WAREHOUSE_URL"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, err := test.settings.Target()
			if len(test.wrong) > 0 {
				if ExitCode(err) != ExitUsage {
					t.Fatalf("%v is taken: %v", target, err)
				}
				for _, text := range test.wrong {
					if !strings.Contains(err.Error(), text) {
						t.Errorf("the error does not say %q: %v", text, err)
					}
				}
				if strings.Contains(err.Error(), "sesame") {
					t.Errorf("the error shows a secret: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if target.SQLite != test.sqlite || (target.SQLServer != nil) != (test.server != "") {
				t.Errorf("the warehouse is %+v", target)
			}
			if shown := target.String(); !strings.Contains(shown, test.sqlite+test.server) || strings.Contains(shown, "sesame") {
				t.Errorf("it is shown as %q", shown)
			}
		})
	}
}
