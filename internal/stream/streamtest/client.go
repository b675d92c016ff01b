package streamtest

import (
	"net/url"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/stream/natsserver"
)

// Client is a connection to any server as an operator's tools have it, past what package stream does. It ends with the test.
func Client(tb testing.TB, serverURL string, options ...nats.Option) jetstream.JetStream {
	tb.Helper()
	nc, err := nats.Connect(serverURL, options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		tb.Fatal(err)
	}
	return js
}

// PortOf is where a server listens, so that another one can be started there.
func PortOf(tb testing.TB, server *natsserver.Server) int {
	tb.Helper()
	u, err := url.Parse(server.ClientURL())
	if err != nil {
		tb.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		tb.Fatal(err)
	}
	return port
}
