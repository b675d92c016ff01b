package budget

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/queue"
)

func TestEntryIsReadAsItWasWritten(t *testing.T) {
	want := newEntry(7, usual.withDefaults(), Load{Demands: inBoth(hungry, Demand{Rate: 0.5, InFlight: 1}), Brake: 0.25, Pause: 1500 * time.Millisecond})
	value, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"format":1,"beat":7,"limits":{"rate":100,"concurrency":16,"sync_share":0.5},"brake":0.25,"pause_ms":1500,"lanes":{` +
		`"backfill":{"rate":10,"in_flight":4,"waiting":9,"wants_rate":true,"wants_places":true},` +
		`"sync":{"rate":0.5,"in_flight":1,"waiting":0,"wants_rate":false,"wants_places":false}}}`
	if string(value) != text {
		t.Errorf("written as %s, expected %s: other versions read it", value, text)
	}
	got, err := decode([]byte(text[:len(text)-1] + `,"later":{"versions":"may say more"}}`))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestSenselessEntries(t *testing.T) {
	const rest = `,"limits":{"rate":1,"concurrency":1}`
	for value, want := range map[string]string{
		``:                                     "not readable",
		`{"format":"1"}`:                       "not readable",
		`{"brake":1}`:                          "format 0",
		`{"format":2,"brake":1` + rest + `}`:   "format 2",
		`{"format":1` + rest + `}`:             "brake is 0",
		`{"format":1,"brake":1.5` + rest + `}`: "brake is 1.5",
		`{"format":1,"brake":1,"pause_ms":-1` + rest + `}`:                   "pause is -1",
		`{"format":1,"brake":1,"pause_ms":999999999` + rest + `}`:            "pause is 999999999",
		`{"format":1,"brake":1,"limits":{"rate":-1,"concurrency":1}}`:        "limits",
		`{"format":1,"brake":1,"limits":{"rate":1}}`:                         "limits",
		`{"format":1,"brake":1,"lanes":{"sync":{"rate":1e300}}` + rest + `}`: `lane "sync"`,
		`{"format":1,"brake":1,"lanes":{"sync":{"waiting":-1}}` + rest + `}`: `lane "sync"`,
	} {
		if _, err := decode([]byte(value)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, expected %q", value, err, want)
		}
	}
}

// Whatever stands in an entry that is understood: shares are given out, and no more than there is.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"format":1,"beat":7,"limits":{"rate":100,"concurrency":16},"brake":1,"lanes":{"sync":{"rate":1,"wants_rate":true}}}`))
	f.Add([]byte(`{"format":1,"beat":18446744073709551615,"limits":{"rate":1e-300,"concurrency":9223372036854775807},"brake":1e-9,"lanes":{"x":{"waiting":1}}}`))
	f.Add([]byte(`{"format":1,"limits":{"sync_share":-1,"concurrency":1},"brake":1,"pause_ms":3600000}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		e, err := decode(value)
		if err != nil {
			return
		}
		members := map[string]entry{"other": e, "self": {Beat: 1, Limits: usual.withDefaults(), Brake: 1, Lanes: inBackfill(hungry)}}
		limits, sum := smallest(members), sums(divide(members)).Total()
		if !(sum.Rate <= limits.Rate*exact) || sum.Concurrency > limits.Concurrency || math.IsInf(sum.Rate, 0) {
			t.Fatalf("%s: %+v of %+v are given out", value, sum, limits)
		}
		for _, lane := range queue.Lanes() {
			if d := e.Lanes[lane]; d.Rate < 0 || d.Waiting < 0 || d.InFlight < 0 {
				t.Fatalf("%s has the demand %+v", value, d)
			}
		}
	})
}
