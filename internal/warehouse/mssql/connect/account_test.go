package connect

import (
	"errors"
	"strings"
	"testing"
)

// TestUserApartFromTheURL: what stands apart from the URL says the same as what stands in it.
func TestUserApartFromTheURL(t *testing.T) {
	const entra = "sqlserver://s.database.windows.net?database=mcis&fedauth=ActiveDirectoryServicePrincipal"
	plain := "|user sa|auth |encrypted true"
	tests := []struct {
		name     string
		settings Settings
		want     string
	}{
		{"both", Settings{URL: "sqlserver://sql01?database=mcis", User: "sa", Password: secret}, "sql01|1433||mcis" + plain},
		{"a password for the URL's user", Settings{URL: "sqlserver://sa@sql01?database=mcis", Password: secret}, "sql01|1433||mcis" + plain},
		{"a password for a parameter's user", Settings{URL: "sqlserver://sql01?database=mcis&user+id=sa", Password: secret}, "sql01|1433||mcis" + plain},
		{"beside SERVER", Settings{Server: "sql01", Database: "mcis", User: "sa", Password: secret}, "sql01|1433||mcis" + plain},
		{"of a domain", Settings{URL: "sqlserver://sql01?database=mcis&authenticator=ntlm", User: `DOM\jo`, Password: secret}, `sql01|1433||mcis|user DOM\jo|auth ntlm|encrypted true`},
		{"an application of Entra", Settings{URL: entra, User: "app@tenant", Password: secret},
			"s.database.windows.net|1433||mcis|user app@tenant|auth ActiveDirectoryServicePrincipal|encrypted true"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, err := Parse(test.settings)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(t, target); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if target.parameters["password"] != secret {
				t.Error("the password is not what was given")
			}
			if text := target.redact("refused " + secret); strings.Contains(text, secret) {
				t.Errorf("the password is shown: %s", text)
			}
		})
	}
}

func TestUserGivenTwiceOrByHalf(t *testing.T) {
	const url = "sqlserver://sql01?database=mcis"
	for _, test := range []struct {
		name     string
		settings Settings
		setting  string
		want     string
	}{
		{"a user twice", Settings{URL: "sqlserver://sa@sql01?database=mcis", User: "sa", Password: secret}, "WAREHOUSE_USER", "holds a user too"},
		{"a password twice", Settings{URL: "sqlserver://sa:x@sql01?database=mcis", Password: secret}, "WAREHOUSE_PASSWORD", "holds a password too"},
		{"a password alone", Settings{URL: url, Password: secret}, "WAREHOUSE_USER", "is missing"},
		{"a user alone", Settings{URL: url, User: "sa"}, "WAREHOUSE_PASSWORD", "is missing"},
		{"a user alone beside SERVER", Settings{Server: "h", Database: "d", User: "sa"}, "WAREHOUSE_PASSWORD", "is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.settings)
			var wrong *SettingError
			if !errors.As(err, &wrong) || wrong.Setting != test.setting || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v", err)
			}
		})
	}
}
