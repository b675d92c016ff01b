package connect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/microsoft/go-mssqldb/msdsn"
	"pgregory.net/rapid"
)

// secret is planted wherever a password may stand. No text may show it, nor a part of it.
const secret = "Zq7!planted&9Xv"

// summary is what the driver is told, and what is said of it.
func summary(t *testing.T, target *Target) string {
	t.Helper()
	config, err := msdsn.Parse(target.dsn(target.connection, nil))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s|%d|%s|%s|user %s|auth %s%s|encrypted %v", config.Host, config.Port, config.Instance, config.Database, config.User,
		config.Parameters["authenticator"], config.Parameters["fedauth"], target.Encrypted())
}

func TestParse(t *testing.T) {
	plain := "|user sa|auth |encrypted true"
	own := "|user |auth " + integrated + "|encrypted true"
	tests := []struct {
		name     string
		settings Settings
		want     string
	}{
		{"URL", Settings{URL: "sqlserver://sa:p@sql01?database=mcis"}, "sql01|1433||mcis" + plain},
		{"port", Settings{URL: "sqlserver://sa:p@sql01.example.com:1500?database=mcis"}, "sql01.example.com|1500||mcis" + plain},
		{"instance", Settings{URL: "sqlserver://sa:p@sql01/REPORTS?database=mcis"}, "sql01|0|REPORTS|mcis" + plain},
		{"instance and port", Settings{URL: "SQLServer://sa:p@sql01:1500/REPORTS?Database=mcis"}, "sql01|1500|REPORTS|mcis" + plain},
		{"IPv6", Settings{URL: "sqlserver://sa:p@[::1]?database=mcis"}, "::1|1433||mcis" + plain},
		{"this machine", Settings{URL: "sqlserver://sa:p@.?database=mcis"}, "localhost|1433||mcis" + plain},
		{"names with blanks", Settings{URL: "sqlserver://sa:p@sql01?database=my+db%20x&App+Name=a"}, "sql01|1433||my db x" + plain},
		{"user as a parameter", Settings{URL: "sqlserver://sql01?database=mcis&user+id=sa&password=p"}, "sql01|1433||mcis" + plain},
		{"an empty password", Settings{URL: "sqlserver://sa:@sql01?database=mcis"}, "sql01|1433||mcis" + plain},
		{"domain user", Settings{URL: "sqlserver://DOM%5Cjo:p@sql01?database=mcis"}, `sql01|1433||mcis|user DOM\jo|auth |encrypted true`},
		{"ntlm", Settings{URL: "sqlserver://DOM%5Cjo:p@sql01?database=mcis&authenticator=NTLM"}, `sql01|1433||mcis|user DOM\jo|auth ntlm|encrypted true`},
		{"no user", Settings{URL: "sqlserver://sql01?database=mcis"}, "sql01|1433||mcis" + own},
		{"encrypt spelled out", Settings{URL: "sqlserver://sa:p@sql01?database=mcis&encrypt=Optional"}, "sql01|1433||mcis|user sa|auth |encrypted false"},
		{"disabled", Settings{URL: "sqlserver://sa:p@sql01?database=mcis&encrypt=DISABLE"}, "sql01|1433||mcis|user sa|auth |encrypted false"},
		{"strict", Settings{URL: "sqlserver://sa:p@sql01?database=mcis&encrypt=Strict"}, "sql01|1433||mcis" + plain},
		{"Entra", Settings{URL: "sqlserver://s.database.windows.net?database=mcis&fedauth=activedirectorymanagedidentity"},
			"s.database.windows.net|1433||mcis|user |auth ActiveDirectoryManagedIdentity|encrypted true"},
		{"Entra application", Settings{URL: "sqlserver://s.database.windows.net?database=mcis&fedauth=ActiveDirectoryServicePrincipal&user id=app@tenant&password=x"},
			"s.database.windows.net|1433||mcis|user app@tenant|auth ActiveDirectoryServicePrincipal|encrypted true"},

		{"SERVER", Settings{Server: "sql01", Database: "mcis", Driver: "ODBC Driver 17 for SQL Server"}, "sql01|1433||mcis" + own},
		{"SERVER with an instance", Settings{Server: ` SQL01\REPORTS `, Database: " mcis "}, "SQL01|0|REPORTS|mcis" + own},
		{"SERVER with a port", Settings{Server: "sql01, 1500", Database: "mcis"}, "sql01|1500||mcis" + own},
		{"SERVER with both", Settings{Server: `tcp:sql01\REPORTS,1500`, Database: "mcis"}, "sql01|1500|REPORTS|mcis" + own},
		{"SERVER here", Settings{Server: "(local)", Database: "mcis"}, "localhost|1433||mcis" + own},
		{"SERVER here by a point", Settings{Server: `.\SQLEXPRESS`, Database: "mcis"}, "localhost|0|SQLEXPRESS|mcis" + own},
		{"SERVER as IPv6", Settings{Server: "fe80::1,1433", Database: "mcis"}, "fe80::1|1433||mcis" + own},
		{"URL before SERVER", Settings{URL: "sqlserver://sa:p@sql01?database=mcis", Server: "sql02", Database: "other"}, "sql01|1433||mcis" + plain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, err := Parse(test.settings)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, summary(t, target)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name     string
		settings Settings
		want     []string
	}{
		{"nothing", Settings{}, []string{"WAREHOUSE_URL is missing", "SERVER and DATABASE"}},
		{"another scheme", Settings{URL: "mssql://sa:p@h?database=x"}, []string{"does not begin with sqlserver://"}},
		{"no slashes", Settings{URL: "sqlserver:h"}, []string{"does not begin with sqlserver://"}},
		{"no host", Settings{URL: "sqlserver://sa:p@?database=x"}, []string{"has no host"}},
		{"no database", Settings{URL: "sqlserver://sa:p@h"}, []string{"names no database", "?database=NAME"}},
		{"a database in the path", Settings{URL: "sqlserver://sa:p@h/mcis"}, []string{"names no database", "name of an instance"}},
		{"an empty database", Settings{URL: "sqlserver://sa:p@h?database="}, []string{"no value for the parameter database"}},
		{"port 0", Settings{URL: "sqlserver://sa:p@h:0?database=x"}, []string{"port"}},
		{"port 70000", Settings{URL: "sqlserver://sa:p@h:70000?database=x"}, []string{"port"}},
		{"twice", Settings{URL: "sqlserver://sa:p@h?database=x&DATABASE=y"}, []string{"database twice"}},
		{"user twice", Settings{URL: "sqlserver://sa:p@h?database=x&user+id=y"}, []string{"user or password twice"}},
		{"mistyped", Settings{URL: "sqlserver://sa:p@h?database=x&TrustServerCertifcate=true"}, []string{`"TrustServerCertifcate"`, `"TrustServerCertificate", perhaps`}},
		{"with blanks", Settings{URL: "sqlserver://sa:p@h?database=x&Trust+Server+Certificate=true"}, []string{`"TrustServerCertificate", perhaps`}},
		{"of another driver", Settings{URL: "sqlserver://sa:p@h?Initial+Catalog=x"}, []string{`"database", perhaps`}},
		{"like nothing", Settings{URL: "sqlserver://sa:p@h?database=x&zzzzzzzzz=1"}, []string{"unknown parameter, whose name has 9 characters"}},
		{"the rest of a password", Settings{URL: "sqlserver://h?database=x&user+id=sa&password=Lk4first&Zq8second"}, []string{"unknown parameter", "%26"}},
		{"of no use", Settings{URL: "sqlserver://sa:p@h?database=x&ApplicationIntent=ReadOnly"}, []string{"no use", "replica"}},
		{"encrypt mistyped", Settings{URL: "sqlserver://sa:p@h?database=x&encrypt=ture"}, []string{`encrypt="ture"`, "strict"}},
		{"trust mistyped", Settings{URL: "sqlserver://sa:p@h?database=x&TrustServerCertificate=maybe"}, []string{`"maybe"`, "true or false"}},
		{"no time-out", Settings{URL: "sqlserver://sa:p@h?database=x&connection+timeout=0"}, []string{"connection timeout", "nothing may wait for ever"}},
		{"fedauth mistyped", Settings{URL: "sqlserver://h?database=x&fedauth=ActiveDirectoryManagedIdentiy"}, []string{"fedauth", "ActiveDirectoryManagedIdentity"}},
		{"fedauth readable", Settings{URL: "sqlserver://h?database=x&fedauth=ActiveDirectoryDefault&encrypt=disable"}, []string{"encrypt=true"}},
		{"fedauth incomplete", Settings{URL: "sqlserver://h?database=x&fedauth=ActiveDirectoryPassword&user+id=a&password=b"}, []string{"applicationclientid"}},
		{"fedauth and Kerberos", Settings{URL: "sqlserver://h?database=x&fedauth=ActiveDirectoryDefault&krb5-realm=R"}, []string{"another authentication"}},
		{"Entra without fedauth", Settings{URL: "sqlserver://sa:p@h?database=x&systemtoken=t"}, []string{"systemtoken without fedauth"}},
		{"a user alone", Settings{URL: "sqlserver://sa@h?database=x"}, []string{"a user and no password"}},
		{"a password alone", Settings{URL: "sqlserver://h?database=x&password=p"}, []string{"a password and no user"}},
		{"ntlm without a domain", Settings{URL: "sqlserver://sa:p@h?database=x&authenticator=ntlm"}, []string{"DOMAIN%5CUSER"}},
		{"IPv6 and an instance", Settings{URL: "sqlserver://sa:p@[::1]/I?database=x"}, []string{"the port of the instance"}},
		{"a missing certificate", Settings{URL: "sqlserver://sa:p@h?database=x&certificate=/no/such.pem"}, []string{"/no/such.pem"}},

		{"SERVER without DATABASE", Settings{Server: "h"}, []string{"DATABASE is missing"}},
		{"DATABASE alone", Settings{Database: "x"}, []string{"WAREHOUSE_URL is missing"}},
		{"a URL in SERVER", Settings{Server: "sqlserver://h", Database: "x"}, []string{"SERVER is more than the name", "WAREHOUSE_URL"}},
		{"named pipes", Settings{Server: "np:h", Database: "x"}, []string{"named pipes"}},
		{"a pipe", Settings{Server: `\\h\pipe\sql\query`, Database: "x"}, []string{"named pipes"}},
		{"shared memory", Settings{Server: "lpc:h", Database: "x"}, []string{"shared memory"}},
		{"the administrator's", Settings{Server: "admin:h", Database: "x"}, []string{"administrators"}},
		{"LocalDB", Settings{Server: `(localdb)\MSSQLLocalDB`, Database: "x"}, []string{"LocalDB"}},
		{"a colon", Settings{Server: "h:1433", Database: "x"}, []string{"the port follows a comma"}},
		{"no port", Settings{Server: "h,", Database: "x"}, []string{"port"}},
		{"no instance", Settings{Server: `h\`, Database: "x"}, []string{"is not the name of a server"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target, err := Parse(test.settings)
			var setting *SettingError
			if !errors.As(err, &setting) {
				t.Fatalf("%v: %v", target, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// A password with a character that ends it early turns the rest of it into something else: none of that may be shown.
func TestNoPartOfAPasswordIsShown(t *testing.T) {
	for _, character := range []string{"@", ":", "/", "?", "#", "%", "%zz", "[", "]", "&", "=", " ", `\`, ";", "?a=", "/?b=1&", "?encrypt=", "?user id=", "?database=", "&password=", "\x00", "ß", "?" + "x=1#"} {
		for _, prefix := range []string{"sqlserver://sa:", "sqlserver://h?password=", "sqlserver://h?user id=sa&password=", "sqlserver://h?fedauth=ActiveDirectoryServicePrincipalAccessToken&password="} {
			text := prefix + "Zq7planted" + character + "planted9Xv@sql01:1433/INST?database=mcis&encrypt=true"
			target, err := Parse(Settings{URL: text})
			said := fmt.Sprintf("%v %+v %#v %v %+v", target, target, target, err, err)
			if target != nil {
				said += strings.Join(target.Warnings(), " ") + fmt.Sprint(Explain(target, errors.New("x")))
			}
			if strings.Contains(said, "planted") {
				t.Errorf("%s:\n%s", text, said)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("sa", "p@ss/w?rd#%", "sql01:1433", "INST", "database=mcis&encrypt=strict")
	f.Add(`DOM\jo`, "", "[::1]:1433", "", "database=x&TrustServerCertifcate=true")
	f.Add("a", "?user id=", "h", "", "fedauth=ActiveDirectoryDefault&database=d")
	f.Fuzz(func(t *testing.T, user, password, host, instance, query string) {
		const head, tail = "Zq7planted", "planted9Xv"
		for _, other := range []string{user, host, instance, query} {
			if strings.Contains(strings.ToLower(other), "plant") {
				t.Skip()
			}
		}
		target, err := Parse(Settings{URL: "sqlserver://" + user + ":" + head + password + tail + "@" + host + "/" + instance + "?" + query})
		said := fmt.Sprintf("%v %#v %+v", target, target, err)
		if target != nil {
			said += strings.Join(target.Warnings(), " ")
			if db, err := target.Open(); err != nil {
				said += err.Error()
			} else {
				_ = db.Close()
			}
		}
		if strings.Contains(said, "planted") {
			t.Errorf("the password is shown: %s", said)
		}
	})
}

func FuzzServer(f *testing.F) {
	for _, seed := range []string{"sql01", `HOST\INST,1433`, "tcp:h,1", "(local)", "np:h", "::1,1433", "h:1", `\\`} {
		f.Add(seed, "mcis")
	}
	f.Fuzz(func(t *testing.T, server, database string) {
		target, err := Parse(Settings{Server: server, Database: database})
		if (target == nil) == (err == nil) {
			t.Fatalf("%v and %v", target, err)
		}
		if err != nil {
			return
		}
		config, err := msdsn.Parse(target.dsn(time.Minute, nil))
		if err != nil {
			t.Fatalf("the driver does not take it: %v", err)
		}
		if config.Database != strings.TrimSpace(database) || config.Host != target.host || config.Instance != target.instance {
			t.Errorf("%q, %q became %q, %q, %q", server, database, config.Host, config.Instance, config.Database)
		}
	})
}

// Whatever user, password and database are, the driver is told them exactly.
func TestDriverIsToldWhatWasMeant(t *testing.T) {
	anyText := rapid.StringN(1, 20, -1).Filter(func(s string) bool { return strings.TrimSpace(s) == s && s != "" && !strings.ContainsRune(s, '�') })
	rapid.Check(t, func(t *rapid.T) {
		user, password, database := anyText.Draw(t, "user"), anyText.Draw(t, "password"), anyText.Draw(t, "database")
		target, err := Parse(Settings{URL: "sqlserver://" + escape(user) + ":" + escape(password) + "@sql01?database=" + escape(database)})
		if err != nil {
			t.Fatal(err)
		}
		config, err := msdsn.Parse(target.dsn(target.connection, nil))
		if err != nil {
			t.Fatal(err)
		}
		if config.User != user || config.Password != password || config.Database != database {
			t.Errorf("%q, %q, %q", config.User, config.Password, config.Database)
		}
	})
}

// escape escapes every byte, which any part of a URL may have.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		query string
		want  int
	}{
		{"database=mcis", 0}, {"database=mcis&encrypt=strict", 0}, {"database=mcis&encrypt=false", 1}, {"database=mcis&encrypt=disable", 1},
		{"database=mcis&trustservercertificate=YES", 1}, {"database=mcis&trustservercertificate=false", 0}, {"database=Master", 1},
		{"database=tempdb&encrypt=disable&trustservercertificate=1", 3},
	}
	for _, test := range tests {
		target, err := Parse(Settings{URL: "sqlserver://sa:p@h?" + test.query})
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Warnings(); len(got) != test.want {
			t.Errorf("%s: %q", test.query, got)
		}
	}
}

func TestNames(t *testing.T) {
	tests := map[string]string{
		"sqlserver://sa:p@sql01?database=mcis":              "database mcis on SQL Server sql01:1433",
		"sqlserver://sa:p@sql01/REPORTS?database=mcis":      `database mcis on SQL Server sql01\REPORTS`,
		"sqlserver://sa:p@[::1]:1500/REPORTS?database=mcis": "database mcis on SQL Server [::1]:1500",
	}
	for text, want := range tests {
		target, err := Parse(Settings{URL: text})
		if err != nil {
			t.Fatal(err)
		}
		if got := target.String(); got != want {
			t.Errorf("%s, expected %s", got, want)
		}
	}
}

// Every parameter that the driver has is either taken or refused with a reason.
func TestEveryParameterOfTheDriverIsKnown(t *testing.T) {
	driver := []string{
		msdsn.Database, msdsn.Encrypt, msdsn.Password, msdsn.ChangePassword, msdsn.UserID, msdsn.Port, msdsn.TrustServerCertificate,
		msdsn.Certificate, msdsn.ServerCertificate, msdsn.TLSMin, msdsn.PacketSize, msdsn.LogParam, msdsn.ConnectionTimeout,
		msdsn.HostNameInCertificate, msdsn.KeepAlive, msdsn.ServerSpn, msdsn.WorkstationID, msdsn.AppName, msdsn.ApplicationIntent,
		msdsn.FailoverPartner, msdsn.FailOverPort, msdsn.FailoverPartnerSpn, msdsn.DisableRetry, msdsn.Server, msdsn.Protocol,
		msdsn.DialTimeout, msdsn.Pipe, msdsn.MultiSubnetFailover, msdsn.NoTraceID, msdsn.GuidConversion, msdsn.Timezone,
		msdsn.EpaEnabled, "columnencryption", "authenticator", "fedauth",
	}
	for _, name := range driver {
		_, taken := find(name)
		_, refused := unwelcome[name]
		if taken == refused {
			t.Errorf("%s: taken %v, refused %v", name, taken, refused)
		}
	}
	for name := range maps.Keys(synonyms) {
		if _, taken := find(name); taken {
			t.Errorf("%s is a parameter and a synonym of one", name)
		}
		if _, taken := find(synonyms[name]); !taken {
			t.Errorf("%s leads to %s, which is none", name, synonyms[name])
		}
	}
}

func TestNearestParameter(t *testing.T) {
	tests := map[string]string{
		"TrustServerCertifcate": "TrustServerCertificate", "trust_server_certificate": "TrustServerCertificate", "encrpt": "encrypt",
		"connection-timeout": "connection timeout", "pwd": "password", "krb5-keytab": "krb5-keytabfile", "appname": "app name",
		"fedath": "fedauth", "xyz": "", "": "",
	}
	for name, want := range tests {
		if got := suggest(name); got != want {
			t.Errorf("%q: %q, expected %q", name, got, want)
		}
	}
	near := []string{}
	for _, p := range parameters {
		if suggest(p.name) != p.name {
			near = append(near, p.name)
		}
	}
	if len(near) != 0 {
		t.Errorf("%q are not their own nearest", slices.Sorted(slices.Values(near)))
	}
}

func TestTimeOuts(t *testing.T) {
	tests := []struct {
		query                   string
		dial, login, connection time.Duration
	}{
		{"", DialTimeout, LoginTimeout, ConnectionTimeout},
		{"&dial+timeout=60", time.Minute, time.Minute, ConnectionTimeout},
		{"&login+timeout=5&dial+timeout=2&connection+timeout=600", 2 * time.Second, 5 * time.Second, 10 * time.Minute},
		{"&failoverpartner=sql02", DialTimeout, 2 * LoginTimeout, ConnectionTimeout},
		{"&fedauth=ActiveDirectoryDeviceCode", DialTimeout, PersonalLoginTimeout, ConnectionTimeout},
	}
	for _, test := range tests {
		target, err := Parse(Settings{URL: "sqlserver://h?database=x" + test.query})
		if err != nil {
			t.Fatal(err)
		}
		config, err := msdsn.Parse(target.dsn(target.connection, nil))
		if err != nil {
			t.Fatal(err)
		}
		if config.DialTimeout != test.dial || target.login != test.login || config.ConnTimeout != test.connection {
			t.Errorf("%s: %s, %s, %s", test.query, config.DialTimeout, target.login, config.ConnTimeout)
		}
		if config.AppName != AppName {
			t.Errorf("%s: app name %s", test.query, config.AppName)
		}
	}
}
