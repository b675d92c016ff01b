package connect

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissingRightsAreThoseThatAreKnownToBe(t *testing.T) {
	rights := slices.Clone(required)
	for i := range rights {
		rights[i].Known = rights[i].Permission != "REFERENCES"
		rights[i].Held = rights[i].Permission == "SELECT"
	}
	if diff := cmp.Diff([]string{"GRANT INSERT, UPDATE, DELETE ON SCHEMA::[dbo] TO [o]]neil];"}, Grants("o]neil", Missing(rights, Loading))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GRANT CREATE TABLE TO [u];", "GRANT ALTER ON SCHEMA::[dbo] TO [u];"}, Grants("u", Missing(rights, Migrating))); diff != "" {
		t.Error(diff)
	}
	if got := Grants("u", nil); got != nil {
		t.Errorf("%q for nothing", got)
	}
}

func TestRemarks(t *testing.T) {
	tests := []struct {
		name   string
		server Server
		want   string // "" for none
	}{
		{"2022", Server{Version: "16.0.1000.6", EngineEdition: 3, User: "mcis"}, ""},
		{"2017", Server{Version: "14.0.1000.169", EngineEdition: 2}, ""},
		{"2016", Server{Version: "13.0.5026.0", EngineEdition: 2}, "older than SQL Server 2017"},
		{"Azure SQL Database", Server{Version: "12.0.2000.8", EngineEdition: 5}, ""},
		{"Managed Instance", Server{Version: "12.0.2000.8", EngineEdition: 8}, ""},
		{"Synapse", Server{Version: "14.0.0.0", EngineEdition: 6}, "Synapse"},
		{"nothing said", Server{}, ""},
		{"read-only", Server{Version: "16.0", Database: "m]x", ReadOnly: true}, "ALTER DATABASE [m]]x] SET READ_WRITE"},
		{"a guest", Server{Version: "16.0", User: "guest", Login: `DOM\jo`}, `CREATE USER [DOM\jo] FOR LOGIN [DOM\jo]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.server.Remarks()
			if (len(got) == 0) != (test.want == "") || !strings.Contains(strings.Join(got, "\n"), test.want) {
				t.Errorf("%q, expected %q", got, test.want)
			}
		})
	}
}
