package rows

import (
	"encoding/json"
	"testing"
	"time"

	"mcis/internal/benchtest"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
)

// TestBenchMap compares what a loader does to a record before the warehouse sees it with what encoding/json takes to decode the same
// bytes into any.
func TestBenchMap(t *testing.T) {
	benchtest.Only(t)
	message, mapper := largestRecord(t), NewMapper(mapping.Default(), nil)
	const rounds = 300
	ours, reference := time.Hour, time.Hour
	for range rounds {
		ours = min(ours, taken(func() {
			arena := document.NewArena()
			defer arena.Free()
			rec, err := record.DecodeIn(arena, message)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := mapper.Rows(rec); err != nil {
				t.Fatal(err)
			}
		}))
		reference = min(reference, taken(func() {
			var v any
			if err := json.Unmarshal(message, &v); err != nil {
				t.Fatal(err)
			}
		}))
	}
	perSecond := func(took time.Duration) float64 { return float64(len(message)) / 1e6 / took.Seconds() }
	benchtest.Row{
		What: "decode a record and map it to typed rows", Unit: "MB/s", Ours: perSecond(ours), Reference: perSecond(reference),
		Of: "encoding/json into any", Reach: 1, Note: "one core; all columns converted and hashed",
	}.Report(t)
}

func taken(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}
