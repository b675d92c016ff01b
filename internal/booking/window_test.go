package booking

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err) // a mistake in a test
	}
	return t
}

func TestWindowString(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	tests := []struct {
		window Window
		want   string
	}{
		{Window{day("2024-01-01"), day("2024-02-01")}, "2024-01-01/2024-02-01"},
		{Window{day("2024-01-01"), day("2024-01-01").Add(90 * time.Minute)}, "2024-01-01/2024-01-01T01:30:00Z"},
		{Window{day("2024-01-01"), day("2024-01-01").Add(time.Nanosecond)}, "2024-01-01/2024-01-01T00:00:00.000000001Z"},
		{Window{time.Date(2024, 1, 1, 1, 0, 0, 0, berlin), time.Date(2024, 1, 2, 0, 0, 0, 0, berlin)}, "2024-01-01/2024-01-01T23:00:00Z"},
		{Window{}, "0001-01-01/0001-01-01"},
	}
	for _, test := range tests {
		if got := test.window.String(); got != test.want {
			t.Errorf("%s, expected %s", got, test.want)
		}
	}
}

func TestParseStep(t *testing.T) {
	for text, want := range map[string]Step{
		"1mo": {Months: 1}, "12mo": {Months: 12}, "2w": {Days: 14}, "7d": {Days: 7}, "10000d": {Days: 10_000}, "01d": {Days: 1},
	} {
		got, err := ParseStep(text)
		if err != nil || got != want {
			t.Errorf("%s is %+v, error %v; expected %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "mo", "d", "1", "1m", "1y", "0d", "-1d", "+1d", "1.5d", " 1d", "1d ", "1D", "10001d", "99999999999999999999d", "1_0d", "1modd", "0x1d"} {
		got, err := ParseStep(text)
		if err == nil || !strings.Contains(err.Error(), "expected a length such as") || !strings.Contains(err.Error(), text) {
			t.Errorf("%q is %+v, error %v", text, got, err)
		}
	}
}

func TestSplit(t *testing.T) {
	month, fortnight := Step{Months: 1}, Step{Days: 14}
	tests := []struct {
		name     string
		from, to string
		step     Step
		want     []string
	}{
		{"whole months", "2023-12-01", "2024-02-01", month, []string{"2023-12-01/2024-01-01", "2024-01-01/2024-02-01"}},
		{"a short last one", "2024-01-01", "2024-02-03", month, []string{"2024-01-01/2024-02-01", "2024-02-01/2024-02-03"}},
		{"month ends", "2023-01-31", "2023-05-31", month,
			[]string{"2023-01-31/2023-02-28", "2023-02-28/2023-03-31", "2023-03-31/2023-04-30", "2023-04-30/2023-05-31"}},
		{"month ends in a leap year", "2024-01-30", "2024-03-30", month, []string{"2024-01-30/2024-02-29", "2024-02-29/2024-03-30"}},
		{"years from a leap day", "2024-02-29", "2028-02-29", Step{Months: 12},
			[]string{"2024-02-29/2025-02-28", "2025-02-28/2026-02-28", "2026-02-28/2027-02-28", "2027-02-28/2028-02-29"}},
		{"weeks over a leap day", "2024-02-20", "2024-03-10", fortnight, []string{"2024-02-20/2024-03-05", "2024-03-05/2024-03-10"}},
		{"months and days", "2024-01-31", "2024-04-03", Step{Months: 1, Days: 1},
			[]string{"2024-01-31/2024-03-01", "2024-03-01/2024-04-02", "2024-04-02/2024-04-03"}},
		{"shorter than a step", "2024-01-01", "2024-01-02", month, []string{"2024-01-01/2024-01-02"}},
		{"empty", "2024-01-01", "2024-01-01", month, nil},
		{"backwards", "2024-01-02", "2024-01-01", month, nil},
		{"no step", "2024-01-01", "2024-01-02", Step{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, window := range Split(day(test.from), day(test.to), test.step) {
				got = append(got, window.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitCoversTheSpanOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "from"), 0).UTC()
		to := from.Add(time.Duration(rapid.Int64Range(0, 4*365*24*3600).Draw(t, "seconds")) * time.Second)
		step := Step{Months: rapid.IntRange(0, 14).Draw(t, "months"), Days: rapid.IntRange(0, 40).Draw(t, "days")}
		if step == (Step{}) {
			step.Days = 1
		}
		at := from
		for _, window := range Split(from, to, step) {
			if !window.From.Equal(at) || !window.From.Before(window.To) {
				t.Fatalf("window %s after %s", window, at)
			}
			at = window.To
		}
		if !at.Equal(to) {
			t.Fatalf("the windows end at %s instead of %s", at, to)
		}
	})
}

func FuzzParseStep(f *testing.F) {
	f.Add("1mo")
	f.Add("2w")
	f.Fuzz(func(t *testing.T, text string) {
		step, err := ParseStep(text)
		if err == nil && len(Split(day("2024-01-31"), day("2024-02-01"), step)) != 1 {
			t.Errorf("%q is %+v", text, step)
		}
	})
}
