package connect

import (
	"strconv"
	"time"
)

// Time-outs, unless the URL says otherwise (dial timeout, login timeout, connection timeout, keepAlive, in seconds).
const (
	// DialTimeout is for a TCP connection, all addresses of the host together: the driver's default, spelled out.
	DialTimeout = 15 * time.Second
	// LoginTimeout is for dialling, TLS and logging in together. Microsoft recommends at least 30 seconds for Azure SQL:
	// https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues.
	LoginTimeout = 30 * time.Second
	// PersonalLoginTimeout is the same where a person has to act (fedauth=ActiveDirectoryInteractive, …DeviceCode).
	PersonalLoginTimeout = 5 * time.Minute
	// ConnectionTimeout is how long the server may send nothing while an answer is waited for; after it the connection is
	// given up. The driver has no limit of its own, and without one a network that swallows packets holds a batch for ever. It is
	// above what a loader waits for one lock (30 seconds) several times over.
	ConnectionTimeout = 2 * time.Minute
	// MigrationTimeout is the same for migrations: ALTER COLUMN rewrites a large table and says nothing meanwhile.
	MigrationTimeout = 2 * time.Hour
	// KeepAlive is how long a connection is idle before TCP asks whether the other side is still there; after
	// three questions without an answer, ten seconds apart, the connection is given up.
	KeepAlive = 30 * time.Second

	keepAliveInterval = 10 * time.Second
	keepAliveCount    = 3
)

// AppName is what sys.dm_exec_sessions shows as program_name, unless the URL says otherwise (app name).
const AppName = "mcis"

const (
	loginTimeout = "login timeout" // not one of the driver's
	secondsText  = "a number of seconds from 1 on; nothing may wait for ever"
)

// mostSeconds is a day.
const mostSeconds = 24 * 60 * 60

func seconds(value string) (string, bool) { return number(1, mostSeconds)(value) }

// timeOuts completes the time-outs.
func (t *Target) timeOuts() {
	dial := t.seconds("dial timeout", DialTimeout)
	t.setDefault("dial timeout", inSeconds(dial))
	login := LoginTimeout
	switch t.parameters["fedauth"] {
	case "ActiveDirectoryInteractive", "ActiveDirectoryDeviceCode":
		login = PersonalLoginTimeout
	}
	if t.has("failoverpartner") {
		login *= 2 // the driver tries the partner after the server
	}
	t.login = max(dial, t.seconds(loginTimeout, login))
	t.connection = t.seconds("connection timeout", ConnectionTimeout)
}

// ConnectionTimeout is how long the server may be silent before a connection for loading is given up.
func (t *Target) ConnectionTimeout() time.Duration { return t.connection }

func (t *Target) seconds(name string, otherwise time.Duration) time.Duration {
	n, err := strconv.Atoi(t.parameters[name])
	if err != nil {
		return otherwise // not given: what is given was checked
	}
	return time.Duration(n) * time.Second
}

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
