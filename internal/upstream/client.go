package upstream

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"mcis/internal/budget"
	"mcis/internal/queue"
)

// Client asks the bookings API. It is safe for concurrent use; one per process is meant, because its bounds on
// requests in flight, rate and pauses hold for all that goes through it and its lanes.
type Client struct {
	cfg        Config
	auth, list *url.URL
	transport  *http.Transport
	session    *session
	gate       *gate
	pause      *pause
	counts     *counter
	kinds      *kinds
	trouble    *trouble
	lane       queue.Lane
	clock      *clock
}

// New returns a client and sends nothing yet. The error joins one line for every setting that is missing or wrong.
func New(cfg Config) (*Client, error) {
	auth, list, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	pause := &pause{}
	return &Client{
		cfg: cfg, auth: auth, list: list,
		transport: newTransport(cfg),
		session:   newSession(),
		gate:      newGate(pause, budget.Share{Rate: cfg.RequestsPerSecond, Concurrency: cfg.Concurrency}),
		pause:     pause,
		counts:    newCounter(),
		kinds:     newKinds(list),
		trouble:   &trouble{log: cfg.Logger},
		lane:      queue.Backfill,
		clock:     new(clock),
	}, nil
}

// newTransport sizes the pool by the requests in flight (the default of 2 idle connections a host halves the
// throughput) and bounds every phase. A process alone in its fleet may have all that the fleet may, so the bound on connections
// is that. HTTP/1.1 only: a connection is then one request in flight, which makes the bound mean what it says, and a GET
// with a body meets fewer proxies that take offence.
func newTransport(cfg Config) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: min(cfg.Timeout, 10*time.Second), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Protocols:             protocols,
		Proxy:                 proxy,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   min(cfg.Timeout, 10*time.Second),
		ResponseHeaderTimeout: cfg.Timeout / 4 * 3, // a silent server and a slow body read differently in the log
		MaxIdleConns:          2 * cfg.Concurrency, // login and API may be two hosts
		MaxIdleConnsPerHost:   cfg.Concurrency,
		MaxConnsPerHost:       cfg.Concurrency,
		IdleConnTimeout:       90 * time.Second,
	}
}

// proxy takes the proxy from the environment. The standard error would quote it, and with it a password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("HTTP_PROXY or HTTPS_PROXY is not a usable URL")
	}
	return u, nil
}

// Requests returns what was sent and answered so far.
func (c *Client) Requests() Counts { return c.counts.snapshot() }

// Close drops idle connections. The client can still be used.
func (c *Client) Close() { c.transport.CloseIdleConnections() }
