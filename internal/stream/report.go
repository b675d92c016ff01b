package stream

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"mcis/internal/health"
)

var errLost = errors.New("the connection was closed")

// Report has a registry told, from now on, under [health.NATS], when the connection is lost and when it is back. Nothing is told of
// [Conn.Close].
func (c *Conn) Report(to *health.Registry) {
	lost := func(err error) { to.Set(health.NATS, fmt.Errorf("reconnecting: %w", cmp.Or(err, errLost))) }
	c.nc.SetDisconnectErrHandler(func(nc *nats.Conn, err error) {
		logLost(c.log, nc, err)
		if !nc.IsClosed() {
			lost(err)
		}
	})
	c.nc.SetReconnectHandler(func(nc *nats.Conn) {
		logBack(c.log, nc)
		to.Clear(health.NATS)
	})
	if !c.nc.IsConnected() && !c.nc.IsClosed() { // since before anybody listened
		lost(c.nc.LastError())
		if c.nc.IsConnected() {
			to.Clear(health.NATS)
		}
	}
}
