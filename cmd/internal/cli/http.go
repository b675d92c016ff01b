package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mcis/internal/health"
)

// HTTP are the settings of the server that says how the process is.
type HTTP struct {
	Addr string `name:"http-addr" env:"HTTP_ADDR" help:"Serve /healthz, /readyz and /metrics here: host:port, or a port alone for this machine only. Off when empty." placeholder:"ADDR"`
}

var (
	errStarting = errors.New("not everything is connected yet")
	errEnding   = errors.New("what is in hand is finished, nothing more is taken")
)

// Served is what a process tells of itself.
type Served struct {
	Health  *health.Registry
	Metrics *prometheus.Registry
}

func newServed() Served {
	s := Served{Health: new(health.Registry), Metrics: prometheus.NewRegistry()}
	s.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

func (s Served) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.Health.Handler())
	mux.Handle("/metrics", promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))
	return mux
}

// Serve serves what is returned, where there is an address. The process is not ready until the caller
// clears [health.Startup], and again when ctx has ended; the server goes on until stop is called, so that it tells what
// takes so long.
func (h *HTTP) Serve(ctx context.Context, logger *slog.Logger) (served Served, stop func(), err error) {
	served = newServed()
	if h.Addr == "" {
		return served, func() {}, nil
	}
	addr, err := h.address()
	if err != nil {
		return served, nil, err
	}
	served.Health.Set(health.Startup, errStarting)
	server, err := Serve(addr, served.handler())
	if err != nil {
		return served, nil, &ConfigError{Name: "HTTP_ADDR", Problem: "cannot be listened on: " + err.Error(), Expected: "a free port, or host:port"}
	}
	logger.Info("serving /healthz, /readyz and /metrics", "addr", server.Addr())
	ended := context.AfterFunc(ctx, func() { served.Health.Set(health.Shutdown, errEnding) })
	return served, func() {
		ended()
		if err := server.Shutdown(ctx); err != nil {
			logger.Error("serving /healthz, /readyz and /metrics", "error", err)
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
