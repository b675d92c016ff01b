package connect

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"
	"sync"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// connector limits the time for logging in. The driver limits dialling only: behind that each read may take as long as
// the connection time-out, and the handshakes do not heed the context (go-mssqldb tds.go, connect).
type connector struct {
	*mssql.Connector
	timeOut time.Duration
}

// Connect connects and logs in.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	attempt := &attempt{}
	limited, cancel := context.WithTimeout(context.WithValue(ctx, attemptKey{}, attempt), c.timeOut)
	defer cancel()
	stop := context.AfterFunc(limited, attempt.abort)
	conn, err := c.Connector.Connect(limited)
	if stop() {
		return conn, err
	}
	if err == nil {
		_ = conn.Close() // the context ended in the last moment; its connection is closed already
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, &LoginTimeoutError{After: c.timeOut, Err: err}
}

// LoginTimeoutError says that connecting and logging in took too long. It is a net.Error. It does not unwrap to what the
// driver was doing, which may be an ended context that is not the caller's.
type LoginTimeoutError struct {
	After time.Duration
	Err   error // what the driver was doing; nil if it was about to succeed
}

// Error says how long was waited.
func (e *LoginTimeoutError) Error() string {
	return fmt.Sprintf("not logged in after %s: %v", e.After, e.Err)
}

// Timeout is true.
func (e *LoginTimeoutError) Timeout() bool { return true }

// Temporary is true: net.Error has it still.
func (e *LoginTimeoutError) Temporary() bool { return true }

type attemptKey struct{}

// attempt are the network connections of one attempt to log in.
type attempt struct {
	mu      sync.Mutex
	aborted bool
	conns   []net.Conn
}

func (a *attempt) add(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.aborted {
		_ = conn.Close()
	}
	a.conns = append(a.conns, conn)
}

// abort closes them, which ends every read.
func (a *attempt) abort() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.aborted = true
	for _, conn := range a.conns {
		_ = conn.Close()
	}
}

// dialer notes the connections of the attempt that it dials for.
type dialer struct{ net.Dialer }

// DialContext dials.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if attempt, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		attempt.add(conn)
	}
	return conn, nil
}
