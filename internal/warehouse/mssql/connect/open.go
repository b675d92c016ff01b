package connect

import (
	"database/sql"
	"maps"
	"net"
	"net/url"
	"os"
	"time"
)

// Sizes of the pool. A loader works on one connection and looks on another; what it does not use is closed
// before the firewalls and gateways between forget it (Azure's after 4 minutes:
// https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset).
const (
	maxOpen     = 8
	maxIdleTime = 2 * time.Minute
)

// Open prepares a pool for loading. It does not connect. An error is a *SettingError about the files of Kerberos.
//
// With Kerberos the ticket comes from the credential cache that kinit filled (krb5-credcachefile, else KRB5CCNAME, else
// /tmp/krb5cc_UID), or, where the URL has a user and no password, from a keytab (krb5-keytabfile, else KRB5_KTNAME); realms from
// krb5-configfile, else KRB5_CONFIG, else /etc/krb5.conf. A keytab is what a service wants: tickets of kinit expire.
func (t *Target) Open() (*sql.DB, error) { return t.open(t.connection) }

// OpenForMigration is Open with patience for statements that rewrite tables: [MigrationTimeout], or connection timeout of the URL
// when that is longer.
func (t *Target) OpenForMigration() (*sql.DB, error) {
	return t.open(max(MigrationTimeout, t.connection))
}

func (t *Target) open(connection time.Duration) (*sql.DB, error) {
	files, err := t.kerberosFiles(os.Getenv, os.Getuid())
	if err != nil {
		return nil, err
	}
	inner, err := newConnector(t.dsn(connection, files))
	if err != nil {
		return nil, &SettingError{t.setting, "is refused by the driver: " + t.redact(err.Error()), "a value that it takes"}
	}
	inner.Dialer = dialer{net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: t.seconds("keepalive", KeepAlive), Interval: keepAliveInterval, Count: keepAliveCount,
	}}}
	db := sql.OpenDB(&connector{inner, t.login})
	db.SetMaxOpenConns(maxOpen)
	db.SetConnMaxIdleTime(maxIdleTime)
	return db, nil
}

// dsn is the URL that the driver is given. User and password are parameters in it, which the driver takes as well
// (msdsn/conn_str.go), so that nothing needs the escapes of other parts of a URL.
func (t *Target) dsn(connection time.Duration, more map[string]string) string {
	parameters := maps.Clone(t.parameters)
	maps.Copy(parameters, more)
	delete(parameters, loginTimeout)
	parameters["database"] = t.database
	parameters["connection timeout"] = inSeconds(connection)
	query := make(url.Values, len(parameters))
	for name, value := range parameters {
		query.Set(name, value)
	}
	u := url.URL{Scheme: scheme, Host: t.host, RawQuery: query.Encode()}
	if t.port != 0 || t.instance == "" {
		port := t.port
		if port == 0 {
			port = defaultPort
		}
		u.Host = hostPort(t.host, port)
	}
	if t.instance != "" {
		u.Path = "/" + t.instance
	}
	return u.String()
}
