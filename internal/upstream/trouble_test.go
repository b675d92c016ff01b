package upstream

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/queue"
)

func TestWhenTheAPIIsDegraded(t *testing.T) {
	lost, ended := &transient{errors.New("connection refused")}, context.Canceled
	type step struct {
		after    time.Duration
		lasted   time.Duration // since it was sent
		err      error
		degraded bool
	}
	tests := map[string][]step{
		"a hiccup":              {{0, 0, nil, false}, {time.Minute, time.Second, lost, false}, {8 * time.Second, 0, lost, false}, {0, 0, nil, false}, {9 * time.Second, 0, lost, false}},
		"an outage":             {{0, 0, lost, false}, {5 * time.Second, 0, lost, false}, {5 * time.Second, 0, lost, true}, {time.Hour, 0, lost, true}, {0, 0, nil, false}, {0, 0, lost, false}},
		"one that hangs":        {{0, time.Minute, lost, true}},
		"one among others":      {{0, 0, nil, false}, {time.Second, time.Minute, lost, false}, {time.Second, 0, nil, false}},
		"refusals are answers":  {{0, 0, lost, false}, {time.Minute, 0, &fault.Absent{Status: 404}, false}, {0, 0, lost, false}},
		"so are large ones":     {{0, 0, lost, false}, {time.Minute, 0, fault.Permanentf(fault.ClassSize, "large"), false}, {0, 0, lost, false}},
		"the caller's end":      {{0, 0, lost, false}, {time.Minute, 0, ended, false}, {0, 0, lost, true}},
		"nobody asks meanwhile": {{0, 0, lost, false}, {10 * time.Second, 0, lost, true}, {time.Hour, 0, ended, true}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told health.Registry
				trouble := &trouble{log: slog.New(slog.DiscardHandler), to: &told}
				for i, s := range steps {
					time.Sleep(s.after)
					trouble.learn(t.Context(), time.Now().Add(-s.lasted), s.err)
					if degraded := told.Degraded(); (len(degraded) > 0) != s.degraded {
						t.Errorf("step %d: degraded is %v", i, degraded)
					}
				}
			})
		})
	}
}

// degraded is what a registry says of the API, or "".
func degraded(r *health.Registry) string {
	for _, d := range r.Degraded() {
		if d.Name == health.API {
			return d.Err.Error()
		}
	}
	return ""
}

func TestARefusedLoginIsTold(t *testing.T) {
	tests := map[string]struct {
		auth func(w http.ResponseWriter, n int64) bool
		want string
	}{
		"wrong secret":     {func(w http.ResponseWriter, _ int64) bool { w.WriteHeader(http.StatusUnauthorized); return true }, "check SUBJECT and SECRET"},
		"no token":         {func(w http.ResponseWriter, _ int64) bool { _, _ = w.Write([]byte("{}")); return true }, "no usable token"},
		"of no use at all": {func(w http.ResponseWriter, _ int64) bool { _, _ = w.Write([]byte(`{"accessToken": "x"}`)); return true }, "the token of a fresh login is refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, answer(http.StatusOK, "{}"))
			a.auth = test.auth
			var told health.Registry
			c := a.client(t)
			c.Report(&told)
			_, err := c.Lane(queue.Sync).Fetch(t.Context(), "/x")
			if got := degraded(&told); err == nil || !strings.Contains(got, test.want) || strings.Contains(got, testSecret) {
				t.Errorf("told %q of %v, expected %q", got, err, test.want)
			}
		})
	}
}

func TestALongPauseIsToldUntilTheAPIAnswers(t *testing.T) {
	pause := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	a := newAPI(t, pause)
	var told health.Registry
	c := a.client(t, attempts(1))
	c.Report(&told)
	if _, err := c.Fetch(t.Context(), "/x"); err == nil {
		t.Fatal("no error")
	}
	if got := degraded(&told); !strings.Contains(got, "503 Service Unavailable and asked for a pause of 10m0s") {
		t.Errorf("told %q", got)
	}
	c.trouble.learn(t.Context(), time.Now(), nil)
	if got := degraded(&told); got != "" {
		t.Errorf("after an answer it is still told %q", got)
	}
}
