package convert_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/convert"
	"mcis/internal/mapping"
)

// common are values of the usual shapes and the allocations that their results take: an interface's word and
// what it points to.
var common = []struct {
	name   string
	typ    mapping.Type
	raw    string
	allocs float64
}{
	{"null", textType(255), `null`, 0},
	{"int", intType, `4711042`, 1},
	{"bigint in text", bigIntType, `"9007199254740993"`, 1},
	{"bit", bitType, `true`, 0},
	{"decimal", decimalType(9, 6), `-122.419416`, 2},
	{"text", textType(255), `"St Mary's Hospital, Ward 7"`, 2},
	{"escaped text", textType(500), `"line\nline \"quoted\" caf\u00e9"`, 2},
	{"long text", textType(0), `"` + strings.Repeat("notes in HTML <br> ", 200) + `"`, 2},
	{"datetime", dateType, `"2024-01-31T10:00:00Z"`, 1},
	{"uuid", uuidType, `"0a1b2c3d-4e5f-6789-abcd-ef0123456789"`, 2},
}

func TestFittingValuesAllocateTheirResultsOnly(t *testing.T) {
	for _, c := range common {
		raw := jsontext.Value(c.raw)
		got := testing.AllocsPerRun(100, func() { sink, _ = convert.Convert(c.typ, raw) })
		if got > c.allocs {
			t.Errorf("%s: %v allocations, want %v", c.name, got, c.allocs)
		}
	}
}

var sink any

func BenchmarkConvert(b *testing.B) {
	for _, c := range common {
		b.Run(c.name, func(b *testing.B) {
			raw := jsontext.Value(c.raw)
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				sink, _ = convert.Convert(c.typ, raw)
			}
		})
	}
}
