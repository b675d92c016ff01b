package status_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/status"
)

// watch draws four times, every ten seconds: a picture, an error, an error, another picture.
func watch(t *testing.T, terminal bool) string {
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		results := []struct {
			text string
			err  error
		}{{"one\ntwo\n", nil}, {"", errors.New("no answer")}, {"", errors.New("no\nanswer")}, {"three\n", nil}}
		drawn := 0
		err := status.Watch(ctx, 10*time.Second, &out, terminal, func(context.Context) (string, error) {
			if drawn == len(results) {
				cancel()
				return "", ctx.Err()
			}
			drawn++
			return results[drawn-1].text, results[drawn-1].err
		})
		if err != nil || drawn != len(results) {
			t.Errorf("error %v after %d drawings", err, drawn)
		}
	})
	return out.String()
}

func TestWatchOnATerminal(t *testing.T) {
	const line = "\x1b[K\n"
	want := "\x1b[2J" +
		"\x1b[Hone" + line + "two" + line + "\x1b[J" +
		"\x1b[Hone" + line + "two" + line + "not refreshed for 10s: no answer" + line + "\x1b[J" +
		"\x1b[Hone" + line + "two" + line + "not refreshed for 20s: no answer" + line + "\x1b[J" +
		"\x1b[Hthree" + line + "\x1b[J"
	if diff := cmp.Diff(want, watch(t, true)); diff != "" {
		t.Error(diff)
	}
}

func TestWatchElsewhere(t *testing.T) {
	const line = "----------------------------------------\n"
	want := "one\ntwo\n" + line + "not refreshed for 10s: no answer\n" + line + "not refreshed for 20s: no answer\n" + line + "three\n"
	if diff := cmp.Diff(want, watch(t, false)); diff != "" {
		t.Error(diff)
	}
}

func TestWatchWithoutAPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := status.Watch(ctx, time.Minute, &out, false, func(context.Context) (string, error) { return "", errors.New("no answer") })
		if err != nil || out.String() != "no status: no answer\n" {
			t.Errorf("%q, error %v", &out, err)
		}
	})
}

// A drawing that waits for a server that is away is given up, and says so; one that waits when ctx ends ends with it.
func TestWatchGivesADrawingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		began := time.Now()
		err := status.Watch(ctx, 2*time.Second, &out, false, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		if err != nil || strings.Count(out.String(), "deadline exceeded") != 2 || time.Since(began) != 25*time.Second {
			t.Errorf("error %v after %s:\n%s", err, time.Since(began), &out)
		}
	})
}

// broken is an output that is gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWatchEndsWithItsOutput(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		err := status.Watch(t.Context(), time.Hour, broken{}, terminal, func(context.Context) (string, error) { return "one", nil })
		if err == nil || !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("error %v", err)
		}
	}
}
