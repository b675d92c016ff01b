// Package streamtest gives tests a real server: an embedded NATS server of their own with all streams and buckets.
package streamtest

import (
	"testing"

	"mcis/internal/leaktest"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// User and Password are who the server lets in.
const (
	User     = leaktest.NATSUser
	Password = leaktest.NATSPassword
)

// Start starts a server in a temporary folder and returns a connection to its streams. Both end with the test, after
// its own clean-ups. The server does not sync its files: a test's machine that loses power has no use for them.
func Start(tb testing.TB) *stream.Conn {
	tb.Helper()
	return StartWith(tb, stream.Config{})
}

// StartWith is [Start] with settings of the streams; where the server is and who logs in are filled in, and a logger of [leaktest.Planted] if there is none.
func StartWith(tb testing.TB, cfg stream.Config) *stream.Conn {
	tb.Helper()
	log := leaktest.Planted().Logger(tb.Name())
	server, err := natsserver.Start(natsserver.Config{StoreDir: tb.TempDir(), NoSync: true, User: User, Password: Password, Logger: log})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(server.Shutdown)
	cfg.InProcess, cfg.Name, cfg.User, cfg.Password = server, tb.Name(), User, Password
	if cfg.Logger == nil {
		cfg.Logger = log
	}
	conn, err := stream.Connect(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(conn.Close)
	if err := conn.EnsureStreams(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return conn
}
