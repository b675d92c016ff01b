package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mcis/internal/health"
)

// HTTP are the settings of the server that says how the process is.
type HTTP struct {
	Addr  string `name:"http-addr" env:"HTTP_ADDR" default:"0" help:"Serve /healthz, /readyz and /metrics here: host:port, or a port alone for this machine only; 0 is any free port, which the log names; off serves nothing." placeholder:"ADDR"`
	Pprof bool   `name:"pprof" env:"PPROF" help:"Serve Go's profiles at /debug/pprof there too."`
}

// serveNothing is the address of a process that serves nothing.
const serveNothing = "off"

var (
	errStarting = errors.New("not everything is connected yet")
	errEnding   = errors.New("what is in hand is finished, nothing more is taken")
)

// Served is what a process tells of itself.
type Served struct {
	Health  *health.Registry
	Metrics *prometheus.Registry
}

// NewServed is what any process tells of itself: what it was built from, how it is, and what it takes of the machine.
func NewServed() Served {
	s := Served{Health: new(health.Registry), Metrics: prometheus.NewRegistry()}
	s.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildMetric(ThisBuild()), degradedMetrics{s.Health})
	return s
}

// Handler answers /healthz, /readyz and /metrics.
func (s Served) Handler() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/healthz", s.Health.Handler())
	mux.Handle("/readyz", s.Health.Handler())
	mux.Handle("/metrics", promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))
	return mux
}

// withProfiles adds Go's profiles, without the command line that net/http/pprof also shows: a secret may stand in it.
func withProfiles(mux *http.ServeMux) *http.ServeMux {
	mux.HandleFunc("/debug/pprof/", pprof.Index) // heap, goroutine, allocs, block, mutex, threadcreate
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// Serve serves what is returned, unless that is off. The process is not ready until the caller
// clears [health.Startup], and again when ctx has ended; the server goes on until stop is called, so that it tells what
// takes so long.
func (h *HTTP) Serve(ctx context.Context, logger *slog.Logger) (served Served, stop func(), err error) {
	served = NewServed()
	if h.Addr == serveNothing {
		return served, func() {}, h.checkPprof()
	}
	addr, err := h.address()
	if err != nil {
		return served, nil, err
	}
	served.Health.Set(health.Startup, errStarting)
	mux := served.Handler()
	if h.Pprof {
		mux = withProfiles(mux)
	}
	server, err := Serve(addr, mux)
	if err != nil {
		return served, nil, &ConfigError{Name: "HTTP_ADDR", Problem: "cannot be listened on: " + err.Error(), Expected: "a free port, or host:port"}
	}
	logger.Info("serving /healthz, /readyz and /metrics", "addr", server.Addr(), "pprof", h.Pprof)
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

// checkPprof says when profiles are wanted and nothing is served.
func (h *HTTP) checkPprof() error {
	if !h.Pprof {
		return nil
	}
	return &ConfigError{Name: "HTTP_ADDR", Problem: "is off", Expected: "where PPROF is to be served, a port such as 9090"}
}

func (h *HTTP) wrong() error {
	return &ConfigError{Name: "HTTP_ADDR", Problem: strconv.Quote(h.Addr) + " is no address",
		Expected: "a port such as 9090 (this machine only), host:port such as 0.0.0.0:9090 (all interfaces), or off"}
}
