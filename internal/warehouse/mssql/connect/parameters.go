package connect

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// family is what a parameter belongs to.
type family uint8

const (
	general family = iota
	entra          // works with fedauth only
	krb5           // means Kerberos
)

// parameter is a parameter of the URL.
type parameter struct {
	name     string // as it is documented; compared without case, as the driver does
	family   family
	secret   bool
	expected string                      // what a value looks like
	accept   func(string) (string, bool) // returns the value that the driver is given
}

// parameters are all that make sense here, from go-mssqldb 1.11.2: README.md ("Common parameters", "Less common
// parameters", "Kerberos Parameters", "Azure Active Directory authentication"), msdsn/conn_str.go, integratedauth/krb5/krb5.go and
// azuread/configuration.go. "login timeout" is our own.
var parameters = []parameter{
	{name: "database", expected: "a name", accept: text},
	{name: "user id", expected: "a name", accept: text},
	{name: "password", secret: true, expected: "a text", accept: anything},
	{name: "encrypt", expected: "true, strict, false or disable", accept: encryption},
	{name: "TrustServerCertificate", expected: "true or false", accept: boolean},
	{name: "certificate", expected: "the path of a .pem or .der file", accept: text},
	{name: "serverCertificate", expected: "the path of a .pem or .der file", accept: text},
	{name: "hostNameInCertificate", expected: "a host", accept: text},
	{name: "tlsmin", expected: "1.2 or 1.3, or for old servers 1.0 or 1.1", accept: oneOf("1.0", "1.1", "1.2", "1.3")},
	{name: "dial timeout", expected: secondsText, accept: seconds},
	{name: loginTimeout, expected: secondsText, accept: seconds},
	{name: "connection timeout", expected: secondsText, accept: seconds},
	{name: "keepAlive", expected: secondsText, accept: seconds},
	{name: "packet size", expected: "a number of bytes from 512 to 32767", accept: number(512, 32767)},
	{name: "app name", expected: "a text", accept: text},
	{name: "Workstation ID", expected: "a text", accept: text},
	{name: "protocol", expected: "tcp", accept: oneOf("tcp")},
	{name: "failoverpartner", expected: `HOST or HOST\INSTANCE`, accept: text},
	{name: "failoverport", expected: "a number from 1 to 65535", accept: number(1, 65535)},
	{name: "failoverpartnerspn", expected: "an SPN", accept: text},
	{name: "multisubnetfailover", expected: "true or false", accept: boolean},
	{name: "disableretry", expected: "true or false", accept: boolean},
	{name: "notraceid", expected: "true or false", accept: boolean},
	{name: "epa enabled", expected: "true or false", accept: boolean},
	{name: "ServerSPN", expected: "an SPN such as MSSQLSvc/HOST:PORT", accept: text},
	{name: "authenticator", expected: "krb5, ntlm, or on Windows winsspi", accept: oneOf("krb5", "ntlm", "winsspi")},

	{name: "krb5-configfile", family: krb5, expected: "the path of krb5.conf", accept: text},
	{name: "krb5-keytabfile", family: krb5, expected: "the path of a keytab", accept: text},
	{name: "krb5-credcachefile", family: krb5, expected: "the path of a credential cache", accept: text},
	{name: "krb5-realm", family: krb5, expected: "a realm", accept: text},
	{name: "krb5-dnslookupkdc", family: krb5, expected: "true or false", accept: boolean},
	{name: "krb5-udppreferencelimit", family: krb5, expected: "a number", accept: number(1, 1<<31-1)},

	{name: "fedauth", expected: strings.Join(workflows, ", "), accept: oneOf(workflows...)},
	{name: "applicationclientid", family: entra, expected: "the id of an application", accept: text},
	{name: "clientcertpath", family: entra, expected: "the path of a certificate with its key", accept: text},
	{name: "resource id", family: entra, expected: "the id of a resource", accept: text},
	{name: "serviceconnectionid", family: entra, expected: "the id of a service connection", accept: text},
	{name: "systemtoken", family: entra, secret: true, expected: "a token", accept: text},
	{name: "userassertion", family: entra, secret: true, expected: "a token", accept: text},
	{name: "clientassertion", family: entra, secret: true, expected: "a token", accept: text},
	{name: "additionallyallowedtenants", family: entra, expected: "ids of tenants", accept: text},
	{name: "disableinstancediscovery", family: entra, expected: "true or false", accept: boolean},
	{name: "tokenfilepath", family: entra, expected: "the path of a token", accept: text},
	{name: "sendcertificatechain", family: entra, expected: "true or false", accept: boolean},
}

// unwelcome are parameters that the driver knows and that would do harm here, with what to do instead.
var unwelcome = map[string]string{
	"applicationintent":        "nothing in its place: a connection with ReadOnly intent leads to a replica that cannot be loaded",
	"change password":          "the password changed by ALTER LOGIN: the next connection would still bring the old one",
	"columnencryption":         "nothing in its place: columns under Always Encrypted cannot be loaded",
	"guid conversion":          "nothing in its place: GUIDs are converted here",
	"log":                      "LOG_LEVEL=debug: the driver's log holds values of rows",
	"pipe":                     "a host and port: named pipes are not spoken",
	"port":                     "the port after the host and a colon",
	"server":                   "the host in front of the question mark",
	"timezone":                 "nothing in its place: times are kept in UTC",
	"trusted_connection":       "no user in the URL: that is integrated authentication",
	"integrated security":      "no user in the URL: that is integrated authentication",
	"multipleactiveresultsets": "nothing in its place: it is not needed",
	"driver":                   "nothing in its place: no ODBC driver is needed",
}

// synonyms are names that other drivers have for ours. This driver knows them in ADO connection strings, but not in a URL
// (msdsn/conn_str.go, adoSynonyms).
var synonyms = map[string]string{
	"app": "app name", "application name": "app name", "user": "user id", "uid": "user id", "username": "user id", "pwd": "password",
	"initial catalog": "database", "db": "database", "timeout": "connection timeout", "connect timeout": loginTimeout,
	"wsid": "Workstation ID", "authentication": "fedauth", "sslmode": "encrypt", "tls": "encrypt", "ssl": "encrypt",
}

// find looks a parameter up without regard to case, or to be exact in its spelling.
func find(name string) (parameter, bool) {
	i := slices.IndexFunc(parameters, func(p parameter) bool { return strings.EqualFold(p.name, name) })
	if i < 0 {
		return parameter{}, false
	}
	return parameters[i], true
}

// readParameters checks the parameters of a URL and keeps them.
func (t *Target) readParameters(query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		p, known := find(name)
		lower := strings.ToLower(p.name)
		switch {
		case !known:
			return unknownParameter(name)
		case len(query[name]) > 1 || t.has(lower):
			return urlError("has the parameter "+p.name+" twice", "it once; upper and lower case are the same")
		}
		value, valid := p.accept(query.Get(name))
		if !valid {
			return invalidParameter(p, query.Get(name))
		}
		if p.secret {
			t.secrets = append(t.secrets, value, url.QueryEscape(value))
		}
		t.parameters[lower] = value
	}
	t.database = t.parameters["database"]
	delete(t.parameters, "database")
	return nil
}

func (t *Target) has(name string) bool {
	_, given := t.parameters[name]
	return given
}

func unknownParameter(name string) error {
	if instead, listed := unwelcome[strings.ToLower(name)]; listed {
		return urlError(fmt.Sprintf("has the parameter %q, which is of no use here", name), instead)
	}
	if nearest := suggest(name); nearest != "" {
		return urlError(fmt.Sprintf("has an unknown parameter %q", name), fmt.Sprintf("%q, perhaps", nearest))
	}
	// Its name is not shown: it may be the rest of a password in which & stands for itself.
	return urlError(fmt.Sprintf("has an unknown parameter, whose name has %d characters", utf8.RuneCountInString(name)),
		"parameters that the docs of go-mssqldb list under connection parameters; in a password & is written %26")
}

func invalidParameter(p parameter, value string) error {
	if p.secret || value == "" {
		return urlError("has no value for the parameter "+p.name, p.expected)
	}
	return urlError(fmt.Sprintf("has %s=%q", p.name, value), p.expected)
}

func anything(value string) (string, bool) { return value, true }

func text(value string) (string, bool) { return value, strings.TrimSpace(value) != "" }

// boolean takes what the driver takes (msdsn/conn_str.go, parseBoolParam), also where it would ignore anything else.
func boolean(value string) (string, bool) {
	switch strings.ToLower(value) {
	case "yes", "enabled":
		return "true", true
	case "no", "disabled":
		return "false", true
	}
	b, err := strconv.ParseBool(value)
	return strconv.FormatBool(b), err == nil
}

// encryption takes the driver's words (msdsn/conn_str.go, parseTLS) and returns one for each meaning.
func encryption(value string) (string, bool) {
	switch strings.ToLower(value) {
	case "mandatory", "yes", "1", "t", "true":
		return "true", true
	case "optional", "no", "0", "f", "false":
		return "false", true
	case "strict", "disable":
		return strings.ToLower(value), true
	default:
		return "", false
	}
}

func oneOf(values ...string) func(string) (string, bool) {
	return func(value string) (string, bool) {
		i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, value) })
		if i < 0 {
			return "", false
		}
		return values[i], true
	}
}

func number(least, most int) func(string) (string, bool) {
	return func(value string) (string, bool) {
		n, err := strconv.Atoi(value)
		return strconv.Itoa(n), err == nil && n >= least && n <= most
	}
}
