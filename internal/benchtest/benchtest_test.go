package benchtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRows(t *testing.T) {
	for want, row := range map[string]Row{
		"| publish | 90.0 m/s | 100 m/s, a loop | 0.90 | ≥ 0.80 |  |":                  {What: "publish", Unit: "m/s", Ours: 90, Reference: 100, Of: "a loop", Reach: 0.8},
		"| publish | 70.0 m/s | 100 m/s, a loop | 0.70 | ≥ 0.80 MISSED |  |":           {What: "publish", Unit: "m/s", Ours: 70, Reference: 100, Of: "a loop", Reach: 0.8},
		"| memory | 120 MiB | 150 MiB, the limit | 1.25 | ≥ 1.00 | of 10,000 |":        {What: "memory", Unit: "MiB", Ours: 120, Reference: 150, Of: "the limit", Reach: 1, LowerIsBetter: true, Note: "of 10,000"},
		"| memory | 160 MiB | 150 MiB, the limit | 0.94 | ≥ 1.00 MISSED | of 10,000 |": {What: "memory", Unit: "MiB", Ours: 160, Reference: 150, Of: "the limit", Reach: 1, LowerIsBetter: true, Note: "of 10,000"},
		"| requests | 1.248 a booking |  |  |  |  |":                                   {What: "requests", Unit: "a booking", Ours: 1.248},
		"| nothing | 0.000 m/s | 100 m/s, a loop | 0.00 | ≥ 0.80 MISSED |  |":          {What: "nothing", Unit: "m/s", Reference: 100, Of: "a loop", Reach: 0.8},
	} {
		if diff := cmp.Diff(want, row.String()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRowsAreGathered(t *testing.T) {
	table := filepath.Join(t.TempDir(), "table")
	t.Setenv(variable, table)
	Row{What: "a", Unit: "m", Ours: 1}.Report(t)
	Row{What: "b", Unit: "m", Ours: 2}.Report(t)
	got, err := os.ReadFile(table)
	if want := "| a | 1.000 m |  |  |  |  |\n| b | 2.000 m |  |  |  |  |\n"; string(got) != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
