package sqlite

import (
	"testing"
	"time"

	"mcis/internal/benchtest"
	"mcis/internal/mapping"
)

// TestBenchLoad compares a load into an empty database, and the same load again, with plain prepared inserts of the same rows in one
// transaction; the best of some rounds, which take turns.
func TestBenchLoad(t *testing.T) {
	benchtest.Only(t)
	const rounds = 7
	m := mapping.Default()
	batch := benchmarkBatch(m)
	var load, again, plain time.Duration
	for range rounds {
		w := openMigrated(t, m)
		load = shorter(load, timeLoad(t, w, batch))
		again = shorter(again, timeLoad(t, w, batch))
		plain = shorter(plain, timePlain(t, openMigrated(t, m), batch))
	}
	perSecond := func(took time.Duration) float64 { return float64(countRows(batch)) / took.Seconds() }
	row := benchtest.Row{
		What: "load into SQLite", Unit: "rows/s", Ours: perSecond(load), Reference: perSecond(plain), Of: "plain prepared inserts in one transaction", Reach: 0.5,
	}
	row.Report(t)
	row.What, row.Ours, row.Reach = "load into SQLite, nothing changed", perSecond(again), 0
	row.Report(t)
}

// shorter is the shorter of two times, of which the first may not have been measured yet.
func shorter(best, took time.Duration) time.Duration {
	if best == 0 {
		return took
	}
	return min(best, took)
}
