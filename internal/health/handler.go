package health

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Handler answers GET and HEAD, in plain text:
//
//   - /healthz: 200 "ok", always.
//   - /readyz: 200 "ready", or 503 and a line for all that is degraded: what, since when, for how long, and why.
func (r *Registry) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", r.ready)
	return mux
}

func (r *Registry) ready(w http.ResponseWriter, _ *http.Request) {
	degraded := r.Degraded()
	if len(degraded) == 0 {
		answer(w, http.StatusOK, "ready\n")
		return
	}
	var text strings.Builder
	text.WriteString("not ready\n")
	for _, d := range degraded {
		fmt.Fprintf(&text, "%s: since %s (%s): %s\n",
			d.Name, d.Since.Format(time.RFC3339), time.Since(d.Since).Round(time.Second), shown(d.Err))
	}
	answer(w, http.StatusServiceUnavailable, text.String())
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // nobody is left to tell when the asker has gone
}
