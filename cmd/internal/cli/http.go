package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"mcis/internal/health"
)

// HTTP are the settings of the server that says how the process is.
type HTTP struct {
	Addr string `name:"http-addr" env:"HTTP_ADDR" help:"Serve /healthz and /readyz here: host:port, or a port alone for this machine only. Off when empty." placeholder:"ADDR"`
}

var (
	errStarting = errors.New("not everything is connected yet")
	errEnding   = errors.New("what is in hand is finished, nothing more is taken")
)

// Serve serves what the returned registry says, where there is an address. The process is not ready until the caller
// clears [health.Startup], and again when ctx has ended; the server goes on until stop is called, so that it tells what
// takes so long.
func (h *HTTP) Serve(ctx context.Context, logger *slog.Logger) (registry *health.Registry, stop func(), err error) {
	registry = new(health.Registry)
	if h.Addr == "" {
		return registry, func() {}, nil
	}
	addr, err := h.address()
	if err != nil {
		return nil, nil, err
	}
	registry.Set(health.Startup, errStarting)
	server, err := Serve(addr, registry.Handler())
	if err != nil {
		return nil, nil, &ConfigError{Name: "HTTP_ADDR", Problem: "cannot be listened on: " + err.Error(), Expected: "a free port, or host:port"}
	}
	logger.Info("serving /healthz and /readyz", "addr", server.Addr())
	ended := context.AfterFunc(ctx, func() { registry.Set(health.Shutdown, errEnding) })
	return registry, func() {
		ended()
		if err := server.Shutdown(ctx); err != nil {
			logger.Error("serving /healthz and /readyz", "error", err)
		}
	}, nil
}

// address is where to listen: at the loopback address when only a port is given, be it 9090 or :9090, since nobody asks
// who reads.
func (h *HTTP) address() (string, error) {
	host, port := "127.0.0.1", strings.TrimPrefix(h.Addr, ":")
	if strings.Contains(port, ":") {
		var err error
		if host, port, err = net.SplitHostPort(h.Addr); err != nil || host == "" {
			return "", h.wrong()
		}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", h.wrong()
	}
	return net.JoinHostPort(host, port), nil
}

func (h *HTTP) wrong() error {
	return &ConfigError{Name: "HTTP_ADDR", Problem: strconv.Quote(h.Addr) + " is no address",
		Expected: "a port such as 9090 (this machine only), or host:port such as 0.0.0.0:9090 (all interfaces)"}
}
