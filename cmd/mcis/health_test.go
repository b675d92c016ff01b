package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
)

// Engines know two exit codes of a health check: 0 is well, 1 is not.
func TestHealthSaysByItsExitCode(t *testing.T) {
	t.Chdir(t.TempDir())
	process := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte("not ready\nwarehouse: refused\n"))
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	}))
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	t.Cleanup(process.Close)
	t.Cleanup(silent.Close)
	tests := []struct {
		args []string
		code int
		says string
	}{
		{[]string{process.URL + "/healthz"}, cli.ExitDone, "ok"},
		{[]string{process.URL + "/readyz"}, cli.ExitFailed, "warehouse: refused"},
		{[]string{gone.URL}, cli.ExitFailed, "refused"},
		{[]string{silent.URL, "--timeout=50ms"}, cli.ExitFailed, "deadline"},
		{[]string{"no address"}, cli.ExitFailed, "health"},
	}
	for _, test := range tests {
		var out bytes.Buffer
		code := cli.Run(t.Context(), "mcis", "", &command{}, append([]string{"health"}, test.args...), cli.Streams{Out: &out, Err: &out})
		if code != test.code || !strings.Contains(out.String(), test.says) {
			t.Errorf("%v: exit code %d, expected %d and %q: %s", test.args, code, test.code, test.says, out.String())
		}
	}
}
