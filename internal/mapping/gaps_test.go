package mapping

import (
	"strings"
	"testing"
)

const gapTable = `  - name: Gap
    parent: Booking
    sources: [{path: enrichmentGaps.*}]
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: relation, type: text(100), path: relation, key: true}
      - {name: status, type: int, path: status}
      - {name: reason, type: text(255), path: reason}
`

func TestTheTableOfGaps(t *testing.T) {
	gaps := Default().Gaps()
	if gaps == nil || gaps.Name != "EnrichmentGap" || gaps.Parent != Default().Bookings() || len(gaps.Key) != 2 {
		t.Errorf("it is %+v", gaps)
	}
	m, err := Load("small.yaml", []byte(small+gapTable))
	if err != nil {
		t.Fatal(err)
	}
	if gaps := m.Gaps(); gaps != m.Table("Gap") {
		t.Errorf("it is %+v", gaps)
	}
	if m, err = Load("small.yaml", []byte(small)); err != nil || m.Gaps() != nil {
		t.Errorf("a mapping without: %v, %v", m, err)
	}
}

func TestWrongGaps(t *testing.T) {
	tests := []struct{ name, old, replacement, want string }{
		{"no reason", "      - {name: reason, type: text(255), path: reason}\n", "",
			"small.yaml:22: table Gap: its source enrichmentGaps.* needs a column of the path reason and the type text"},
		{"status as text", "type: int, path: status", "type: text(20), path: status", "needs a column of the path status and the type int"},
		{"hidden relation", "path: reason}", "path: reason, hash: true}", "needs a column of the path reason and the type text"},
		{"no child", "    parent: Booking\n    sources: [{path: enrichmentGaps", "    sources: [{path: enrichmentGaps", "needs the table of bookings as parent"},
		{"twice", gapTable, gapTable + strings.Replace(gapTable, "name: Gap\n", "name: Gaps\n", 1),
			"small.yaml:30: table Gaps: the source enrichmentGaps.* is that of Gap already"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(small+gapTable, test.old, test.replacement, 1)
			if text == small+gapTable {
				t.Fatal("the test changes nothing")
			}
			wantProblem(t, text, test.want)
		})
	}
}
