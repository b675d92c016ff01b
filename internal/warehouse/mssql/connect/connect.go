// Package connect says where a SQL Server is and how to log in there: it reads the settings, opens pools of connections in
// which nothing waits for ever, and explains what goes wrong in words that a database administrator can act on.
//
// Settings are a URL of the driver (sqlserver://…), or the SERVER and DATABASE of the predecessor's ODBC configuration. Who
// logs in:
//
//   - user and password in the URL: a SQL Server login (or DOMAIN%5Cuser, by NTLM);
//   - neither: integrated authentication, which is SSPI on Windows and Kerberos elsewhere (see [Target.Open]);
//   - fedauth=… in the URL: Microsoft Entra ID (Azure AD), by the driver's package azuread.
//
// The driver ignores parameters that it does not know, and switches the check of certificates off when encrypt is
// missing (go-mssqldb msdsn/conn_str.go). Here, unknown and mistyped parameters are errors, connections are encrypted unless the
// URL says otherwise, and certificates are checked unless it says TrustServerCertificate=true.
//
// No error and no text of this package holds a password or token. Errors of settings quote nothing at all where a
// password may have slipped into another part of the URL.
package connect

import (
	"fmt"
	"strings"
	"time"
)

// Settings are the settings as an operator wrote them.
type Settings struct {
	URL      string // WAREHOUSE_URL: sqlserver://user:password@host[:port][/instance]?database=…; secret
	Server   string // SERVER: HOST, HOST\INSTANCE, HOST,PORT, tcp:…, (local) or "."; used when URL is empty
	Database string // DATABASE: used with Server
	Driver   string // DB_DRIVER: the name of an ODBC driver; not needed any more, and ignored
	User     string // WAREHOUSE_USER: who logs in, where URL names nobody
	Password string // WAREHOUSE_PASSWORD: of User or of the URL's user, where URL holds none; secret
}

// Names of the settings, for errors.
const (
	settingURL      = "WAREHOUSE_URL"
	settingServer   = "SERVER"
	settingDatabase = "DATABASE"
	settingUser     = "WAREHOUSE_USER"
	settingPassword = "WAREHOUSE_PASSWORD"
)

// Target is a database that can be connected to. It holds secrets: print it with [Target.String] only, which fmt does.
type Target struct {
	setting        string // where it was read from
	host, instance string
	port           uint16 // 0: the SQL Server Browser is asked for the instance's
	database       string
	parameters     map[string]string // the driver's, by their names in lower case
	secrets        []string          // what no text may show
	login          time.Duration     // for connecting and logging in together
	connection     time.Duration     // for one answer of the server
}

// SettingError is a setting that is missing or makes no sense. It holds no secret.
type SettingError struct {
	Setting  string // the environment variable
	Problem  string // what is wrong, to be read after the setting: "has no host"
	Expected string // what to write
}

// Error says the setting, what is wrong and what was expected.
func (e *SettingError) Error() string {
	return fmt.Sprintf("%s %s: expected %s", e.Setting, e.Problem, e.Expected)
}

// Parse reads settings. Its errors are *SettingError.
func Parse(settings Settings) (*Target, error) {
	var target *Target
	var err error
	switch {
	case settings.URL != "":
		target, err = parseURL(settings.URL)
	case settings.Server != "":
		target, err = parseServer(settings.Server, settings.Database)
	default:
		return nil, &SettingError{settingURL, "is missing", exampleURL + ", or SERVER and DATABASE"}
	}
	if err != nil {
		return nil, err
	}
	if err := target.complete(settings.User, settings.Password); err != nil {
		return nil, err
	}
	if err := target.authenticate(integrated); err != nil {
		return nil, err
	}
	target.timeOuts()
	// The driver has a say too: it reads certificate files, and knows what each workflow of fedauth needs.
	if _, err := newConnector(target.dsn(target.connection, nil)); err != nil {
		return nil, &SettingError{target.setting, "is refused by the driver: " + target.redact(err.Error()), "a value that it takes"}
	}
	return target, nil
}

// String names the database and the server, and nothing secret.
func (t *Target) String() string {
	return fmt.Sprintf("database %s on SQL Server %s", t.database, t.server())
}

// GoString keeps %#v from showing secrets.
func (t *Target) GoString() string { return t.String() }

// server is host\instance or host:port, as administrators write it.
func (t *Target) server() string {
	switch {
	case t.port != 0:
		return hostPort(t.host, t.port)
	case t.instance != "":
		return t.host + `\` + t.instance
	default:
		return hostPort(t.host, defaultPort)
	}
}

// Encrypted reports whether everything that is sent is encrypted. With encrypt=false it is not, though the login is
// where the server can do so; with encrypt=disable not even that.
func (t *Target) Encrypted() bool {
	switch t.parameters["encrypt"] {
	case "true", "strict":
		return true
	default:
		return false
	}
}

// Warnings are what an operator should know of settings that were asked for and are risky; nil if there are none.
func (t *Target) Warnings() []string {
	var warnings []string
	switch {
	case t.parameters["encrypt"] == "disable":
		warnings = append(warnings, "encrypt=disable: passwords and bookings cross the network readable")
	case !t.Encrypted():
		warnings = append(warnings, "encrypt=false: bookings cross the network readable")
	}
	if t.parameters["trustservercertificate"] == "true" {
		warnings = append(warnings, "TrustServerCertificate=true: anybody between here and the server can pose as it and read the password")
	}
	if isSystemDatabase(t.database) {
		warnings = append(warnings, "database="+t.database+" is a database of the server's own: tables should not be created there")
	}
	return warnings
}

func isSystemDatabase(name string) bool {
	switch strings.ToLower(name) {
	case "master", "model", "msdb", "tempdb":
		return true
	default:
		return false
	}
}

// shortestSecret is the length from which a secret is looked for in texts: a shorter one would be found in any text.
const shortestSecret = 4

// redact removes what is secret from a text of the driver. The driver's errors hold none (its sources were read for
// that), so this guards against what it will do one day.
func (t *Target) redact(text string) string {
	for _, secret := range t.secrets {
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
