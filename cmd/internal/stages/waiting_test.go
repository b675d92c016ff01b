package stages

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/warehouse"
)

// opened is a warehouse that came up.
type opened struct{ Warehouse }

func TestWaitingForAWarehouse(t *testing.T) {
	refused := errors.New("connection refused")
	login := &fault.Fatal{Err: &fault.Unreachable{What: "warehouse", Err: errors.New("login failed")}}
	narrow := &fault.Fatal{Err: &warehouse.IncompatibleError{}}
	forever := func(int) error { return refused }
	tests := []struct {
		name     string
		try      func(n int) error
		tries    [2]int        // at least, at most
		least    time.Duration // that it takes
		most     time.Duration
		exit     int
		degraded bool // at the end
	}{
		{"at once", func(int) error { return nil }, [2]int{1, 1}, 0, 0, cli.ExitDone, false},
		{"at the third try", func(n int) error {
			if n < 3 {
				return refused
			}
			return nil
		}, [2]int{3, 3}, time.Second, 4 * time.Second, cli.ExitDone, false},
		{"never", forever, [2]int{5, 40}, 40 * time.Second, time.Minute, cli.ExitUnreachable, true},
		{"a wrong password", func(int) error { return login }, [2]int{1, 1}, 0, 0, cli.ExitUnreachable, false},
		{"a setting", func(int) error {
			return &cli.ConfigError{Name: "WAREHOUSE_URL", Problem: "names a file that is not there", Expected: "another"}
		}, [2]int{1, 1}, 0, 0, cli.ExitUsage, false},
		{"tables that do not fit", func(int) error { return narrow }, [2]int{1, 1}, 0, 0, cli.ExitFailed, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var readiness health.Registry
				wait := waiting{serverPatience, &readiness, slog.New(slog.NewMultiHandler(slog.NewTextHandler(&log, nil), leaks.Logger(t.Name()).Handler()))}
				tries, began := 0, time.Now()
				w, err := wait.open(t.Context(), func() (Warehouse, error) {
					tries++
					if wasDegraded := len(readiness.Degraded()) > 0; wasDegraded != (tries > 1) {
						t.Errorf("at try %d degraded is %v", tries, wasDegraded)
					}
					if err := test.try(tries); err != nil {
						return nil, err
					}
					return opened{}, nil
				})
				took := time.Since(began)
				if cli.ExitCode(err) != test.exit || (w == nil) != (err != nil) {
					t.Errorf("%v, %v, expected exit code %d", w, err, test.exit)
				}
				if tries < test.tries[0] || tries > test.tries[1] || took < test.least || took > test.most {
					t.Errorf("%d tries in %s, expected %v in %s to %s", tries, took, test.tries, test.least, test.most)
				}
				if got := len(readiness.Degraded()) > 0; got != test.degraded {
					t.Errorf("degraded at the end: %v", got)
				}
				if warned := strings.Count(log.String(), "level=WARN"); warned != tries-1 {
					t.Errorf("%d warnings for %d tries:\n%s", warned, tries, log.String())
				}
			})
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wait := waiting{serverPatience, new(health.Registry), leaks.Logger(t.Name())}
		time.AfterFunc(5*time.Second, cancel)
		began := time.Now()
		_, err := wait.open(ctx, func() (Warehouse, error) { return nil, errors.New("connection refused") })
		if !errors.Is(err, context.Canceled) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestOutside(t *testing.T) {
	if outside(nil) != nil {
		t.Error("nothing is an error")
	}
	refused := &fault.Unreachable{What: "warehouse", Err: errors.New("refused")}
	tests := map[string]struct {
		err  error
		want string
	}{
		"transient":           {errors.New("timed out"), "warehouse: timed out"},
		"unreachable already": {refused, "warehouse: refused"},
		"fatal":               {&fault.Fatal{Err: errors.New("too narrow")}, "too narrow"},
	}
	for name, test := range tests {
		if got := outside(test.err); got.Error() != test.want {
			t.Errorf("%s: %q, expected %q", name, got, test.want)
		}
	}
}
