package document_test

import (
	"testing"

	"mcis/internal/benchtest"
)

// TestBenchEnrich compares what an enricher does to a booking and its details with what encoding/json takes to decode the same bytes
// into any.
func TestBenchEnrich(t *testing.T) {
	benchtest.Only(t)
	cold, warm, decodeAll, _ := contestants(t)
	const rounds = 200
	for range rounds {
		for _, c := range []*contestant{cold, warm, decodeAll} {
			c.round()
		}
	}
	row := benchtest.Row{
		What: "parse, merge and flatten a booking with its details", Unit: "MB/s", Ours: cold.speed(), Reference: decodeAll.speed(),
		Of: "encoding/json into any", Reach: 3, Note: "one core",
	}
	row.Report(t)
	row.What, row.Ours = "the same with cached details", warm.speed()
	row.Report(t)
}

// speed is MB/s in the best round.
func (c *contestant) speed() float64 { return float64(c.bytes) / c.best * 1e3 }
