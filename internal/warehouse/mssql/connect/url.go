package connect

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

const (
	scheme      = "sqlserver"
	exampleURL  = "sqlserver://USER:PASSWORD@HOST?database=NAME"
	defaultPort = 1433 // https://learn.microsoft.com/sql/database-engine/configure-windows/configure-a-server-to-listen-on-a-specific-tcp-port
)

// errEscape is said of a URL in which a character stands that ends the password before its end. It quotes nothing: what
// seems to be a host or a parameter may be the rest of the password.
var errEscape = &SettingError{settingURL, "cannot be taken apart, most likely because of a character in the user or password",
	"the characters % / ? # @ : [ ] & \\ and spaces in them written as %25 %2F %3F %23 %40 %3A %5B %5D %26 %5C %20"}

func urlError(problem, expected string) error { return &SettingError{settingURL, problem, expected} }

// parseURL reads a URL of the driver's form (go-mssqldb README.md, "The connection string can be specified in one of three
// formats"). The driver takes what it knows and ignores the rest; here the rest is an error.
func parseURL(text string) (*Target, error) {
	u, query, err := takeApart(text)
	if err != nil {
		return nil, err
	}
	t := &Target{setting: settingURL, parameters: map[string]string{}}
	if err := t.readParameters(query); err != nil {
		return nil, err
	}
	if err := t.readUser(u.User); err != nil {
		return nil, err
	}
	if err := t.readAddress(u); err != nil {
		return nil, err
	}
	if t.database == "" {
		return nil, urlError("names no database", "?database=NAME at its end (DATABASE counts beside SERVER only)"+instanceHint(t.instance))
	}
	return t, nil
}

func instanceHint(instance string) string {
	if instance == "" {
		return ""
	}
	return "; what follows the slash is the name of an instance"
}

// takeApart splits a URL, and refuses one where a part of the password may have become another part of the URL. The errors of
// package url quote the whole URL, so they are not wrapped.
func takeApart(text string) (*url.URL, url.Values, error) {
	prefix, rest, found := strings.Cut(text, "://")
	if !found || !strings.EqualFold(prefix, scheme) {
		return nil, nil, urlError("does not begin with "+scheme+"://", exampleURL)
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil {
		return nil, nil, errEscape
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || strings.Contains(rest, "#") || strings.Contains(u.RawQuery, "?") || strings.ContainsAny(u.Path, "@:?#") || strayAt(u) {
		return nil, nil, errEscape
	}
	return u, query, nil
}

// strayAt reports an @ after the question mark that is no part of an account's name.
func strayAt(u *url.URL) bool {
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name) // what does not unescape was refused before
		isAccount := strings.EqualFold(name, "user id") && u.User == nil
		if strings.Contains(name, "@") || strings.Contains(value, "@") && !isAccount {
			return true
		}
	}
	return false
}

// readUser takes user and password from in front of the @, where they exclude those among the parameters.
func (t *Target) readUser(user *url.Userinfo) error {
	if user == nil {
		return nil
	}
	if t.has("user id") || t.has("password") {
		return urlError("has user or password twice", "them in front of the @ or as parameters")
	}
	t.parameters["user id"] = user.Username()
	if password, given := user.Password(); given {
		t.parameters["password"] = password
		t.hide(password)
	}
	return nil
}

// readAddress takes host, port and instance.
func (t *Target) readAddress(u *url.URL) error {
	t.host = localHost(u.Hostname())
	t.instance = strings.Trim(u.Path, "/")
	if err := t.setPort(u.Port()); err != nil {
		return urlError(err.Error(), "a number from 1 to 65535 after the host and a colon")
	}
	switch {
	case t.host == "":
		return urlError("has no host", exampleURL)
	case !isHost(t.host) || !isInstance(t.instance):
		return errEscape
	case t.port == 0 && t.instance != "" && isIPv6(t.host):
		return urlError("has an IPv6 address with an instance and no port", "the port of the instance: the driver cannot ask for it at such an address")
	}
	return nil
}

type portError struct{}

func (portError) Error() string { return "has a port that is none" }

func (t *Target) setPort(text string) error {
	if text == "" {
		return nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return portError{}
	}
	t.port = uint16(port)
	return nil
}

// isHost reports names and addresses: letters of any language, digits, and . - _ (and : in IPv6 addresses, % before
// their zones).
func isHost(host string) bool {
	if isIPv6(host) {
		return true
	}
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_", r)
	})
}

func isIPv6(host string) bool {
	address, _, _ := strings.Cut(host, "%")
	return strings.Contains(address, ":") && net.ParseIP(address) != nil
}

// longestInstance is the longest name of an instance:
// https://learn.microsoft.com/sql/sql-server/install/instance-configuration.
const longestInstance = 16

func isInstance(name string) bool {
	return len([]rune(name)) <= longestInstance && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_$#", r)
	})
}

// hostPort writes an address; IPv6 in brackets.
func hostPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
