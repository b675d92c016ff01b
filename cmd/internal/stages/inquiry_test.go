package stages

import (
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/warehouse/mssql/connect"
)

func TestMissingRightsAreNamedWithTheirRemedy(t *testing.T) {
	asked := inquiry{server: &connect.Server{Version: "16.0.1", Edition: "Developer Edition", User: "mcis"}, rights: []connect.Right{
		{Purpose: connect.Loading, Permission: "SELECT", OnSchema: true, Known: true, Held: true},
		{Purpose: connect.Loading, Permission: "INSERT", OnSchema: true, Known: true},
		{Purpose: connect.Loading, Permission: "DELETE", OnSchema: true}, // the server did not say
		{Purpose: connect.Migrating, Permission: "CREATE TABLE", Known: true},
	}}
	if got := asked.String(); got != "SQL Server 16.0.1 Developer Edition, user mcis" {
		t.Errorf("it is %q", got)
	}
	tests := map[connect.Purpose][]string{
		connect.Loading:   {"user mcis", "INSERT", "GRANT INSERT ON SCHEMA::[dbo] TO [mcis];"},
		connect.Migrating: {"user mcis", "CREATE TABLE", "GRANT CREATE TABLE TO [mcis];"},
	}
	for purpose, want := range tests {
		err := asked.lacks(purpose)
		if cli.ExitCode(err) != cli.ExitUnreachable {
			t.Fatalf("purpose %d: %v", purpose, err)
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("purpose %d: the error does not say %q: %v", purpose, text, err)
			}
		}
		for _, text := range []string{"SELECT", "DELETE"} {
			if strings.Contains(err.Error(), text) {
				t.Errorf("purpose %d: the error speaks of %s: %v", purpose, text, err)
			}
		}
	}
	if err := new(inquiry).lacks(connect.Migrating); err != nil {
		t.Errorf("a file lacks rights: %v", err)
	}
}
