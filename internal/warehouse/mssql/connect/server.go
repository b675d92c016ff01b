package connect

import "strings"

const exampleServer = `HOST, HOST\INSTANCE or HOST,PORT`

func serverError(problem, expected string) error {
	return &SettingError{settingServer, problem, expected}
}

// parseServer reads SERVER and DATABASE as an ODBC connection string has them. The forms of a server's name are those
// of https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute#server. Over the network only TCP is
// spoken.
func parseServer(server, database string) (*Target, error) {
	t := &Target{setting: settingServer, parameters: map[string]string{}, database: strings.TrimSpace(database)}
	if err := t.readServer(strings.TrimSpace(server)); err != nil {
		return nil, err
	}
	switch {
	case t.database == "":
		return nil, &SettingError{settingDatabase, "is missing", "the name of the database on " + settingServer}
	case strings.ContainsAny(t.database, ";={}"):
		return nil, &SettingError{settingDatabase, "is not the name of a database", "its name only"}
	}
	return t, nil
}

// readServer takes host, instance and port. A text that may be a whole connection string, with a password in it, is not quoted.
func (t *Target) readServer(text string) error {
	if strings.ContainsAny(text, ";=@") || strings.Contains(text, "://") {
		return serverError("is more than the name of a server", exampleServer+"; a URL belongs in "+settingURL)
	}
	address, err := withoutProtocol(text)
	if err != nil {
		return err
	}
	name, port, hasPort := strings.Cut(address, ",")
	host, instance, hasInstance := strings.Cut(strings.TrimSpace(name), `\`)
	t.host, t.instance = localHost(strings.TrimSpace(host)), strings.TrimSpace(instance)
	if hasPort && t.setPort(strings.TrimSpace(port)) != nil || hasPort && t.port == 0 {
		return serverError("has a port that is none", "a number from 1 to 65535 after the comma")
	}
	switch {
	case t.host == "" || hasInstance && t.instance == "" || !isInstance(t.instance):
		return serverError("is not the name of a server", exampleServer)
	case strings.EqualFold(t.host, "(localdb)"):
		return serverError("names a LocalDB, which is reached by named pipes only", "a SQL Server that is reached by TCP")
	case !isHost(t.host) && strings.Contains(t.host, ":"):
		return serverError("has a colon in the host", exampleServer+": in SERVER the port follows a comma")
	case !isHost(t.host):
		return serverError("is not the name of a server", exampleServer)
	case t.port == 0 && t.instance != "" && isIPv6(t.host):
		return serverError("has an IPv6 address with an instance and no port", "the port of the instance after a comma")
	}
	return nil
}

// withoutProtocol removes tcp: and refuses the other protocols.
func withoutProtocol(text string) (string, error) {
	lower := strings.ToLower(text)
	switch {
	case strings.HasPrefix(lower, "tcp:"):
		return text[len("tcp:"):], nil
	case strings.HasPrefix(lower, "np:"), strings.HasPrefix(lower, `\\`):
		return "", serverError("asks for named pipes, which are not spoken", exampleServer+", and TCP/IP enabled in SQL Server Configuration Manager")
	case strings.HasPrefix(lower, "lpc:"):
		return "", serverError("asks for shared memory, which is not spoken", exampleServer+", and TCP/IP enabled in SQL Server Configuration Manager")
	case strings.HasPrefix(lower, "admin:"):
		return "", serverError("asks for the connection that is kept for administrators", exampleServer)
	default:
		return text, nil
	}
}

// localHost translates the names that ODBC and the driver (msdsn, tcpParser.ParseServer) have for this machine.
func localHost(host string) string {
	switch strings.ToLower(host) {
	case ".", "(local)":
		return "localhost"
	default:
		return host
	}
}
