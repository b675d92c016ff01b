package deadletter_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"mcis/internal/deadletter"
	"mcis/internal/leaktest"
	"mcis/internal/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server and connection that a test makes.
var leaks = leaktest.Planted()

// stored is a letter of the loader, changed.
func stored(sequence uint64, change ...string) queue.Message {
	m := queue.Message{
		Subject: "mcis.dead.loader.value", Stream: "DEAD", Sequence: sequence, Data: []byte(`{"id":7}`),
		Header: map[string]string{
			queue.HeaderRun: "backfill-20240101T000000-ABCD", queue.HeaderWindow: "2024-01-01/2024-02-01", "traceparent": "00-1-2-01",
			queue.HeaderReason: "not a date (row 7; 1 values of the booking do not fit)", queue.HeaderClass: "value", queue.HeaderStage: "loader",
			queue.HeaderTable: "Booking", queue.HeaderColumn: "openDate", queue.HeaderStream: "RECORDS", queue.HeaderSequence: "12",
			queue.HeaderSubject: "mcis.records.7", queue.HeaderDeliveries: "3", queue.HeaderMessageID: "7/2/2024/backfill-1",
		},
	}
	for i := 0; i < len(change); i += 2 {
		m.Header[change[i]] = change[i+1]
	}
	return m
}

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

func TestWhatALetterTells(t *testing.T) {
	l := deadletter.Of(stored(5), noon)
	got := []any{l.Sequence, l.At, l.Stage, l.Class, l.Table, l.Column, l.Booking, l.Run, l.Window, l.Deliveries, l.Origin, l.IsWhole()}
	want := []any{uint64(5), noon, "loader", "value", "Booking", "openDate", int64(7), "backfill-20240101T000000-ABCD", "2024-01-01/2024-02-01", 3,
		deadletter.Origin{Stream: "RECORDS", Sequence: 12, Subject: "mcis.records.7", MessageID: "7/2/2024/backfill-1"}, true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, test := range map[string]struct {
		change  []string
		booking int64
		whole   bool
	}{
		"id of the subject alone":  {[]string{queue.HeaderMessageID, "x"}, 7, true},
		"id of the message alone":  {[]string{queue.HeaderSubject, ""}, 7, true},
		"a retry":                  {[]string{queue.HeaderMessageID, "7/2/2024/backfill-1/retry/3", queue.HeaderSubject, ""}, 7, true},
		"no id":                    {[]string{queue.HeaderMessageID, "", queue.HeaderSubject, ""}, 0, true},
		"cut":                      {[]string{queue.HeaderBytes, "9000000"}, 7, false},
		"cut by an earlier build":  {[]string{queue.HeaderReason, "x (without its 12 bytes of data: too large for a dead letter)"}, 7, false},
		"numbers that are no such": {[]string{queue.HeaderSequence, "-", queue.HeaderDeliveries, "many"}, 7, true},
	} {
		l := deadletter.Of(stored(5, test.change...), noon)
		if l.Booking != test.booking || l.IsWhole() != test.whole {
			t.Errorf("%s: booking %d, whole %v", name, l.Booking, l.IsWhole())
		}
	}
	empty := deadletter.Of(queue.Message{Subject: "mcis.dead.enricher.panic"}, noon)
	if empty.Stage != "enricher" || empty.Class != "panic" || empty.IsWhole() {
		t.Errorf("a letter without headers or data is %+v", empty)
	}
}

func TestKinds(t *testing.T) {
	for reason, want := range map[string]string{
		"not a date (row 840017; 2 values of the booking do not fit)": "not a date (row #; # values of the booking do not fit)",
		`booking id is "B-1024", expected a whole number above 0`:     `booking id is "…", expected a whole number above #`,
		`booking id is -7, expected`:                                  "booking id is -#, expected",
		"text of 300 units is longer than text(255): cut":             "text of # units is longer than text(#): cut",
		"message of 1,048,576 bytes":                                  "message of # bytes",
		"1e30 is out of range":                                        "# is out of range",
		"at 2024-05-01T10:00:00.5Z, or 2024-05-01":                    "at #, or #",
		"key 5f0c5bd4-8c1e-4f0b-9d4a-1b2c3d4e5f60 is taken":           "key # is taken",
		"run backfill-20261123T114235-7S73 of int64 by v2":            "run backfill-# of int64 by v2",
		`an open "quote at the end 7`:                                 `an open "…"`,
		"no luck":                                                     "no luck",
		"":                                                            "",
	} {
		if got := deadletter.Kind(reason); got != want {
			t.Errorf("%q\n got %q\nwant %q", reason, got, want)
		}
	}
}

// TestReasonsThatDifferInNumbersAreOfOneKind is what groups are for.
func TestReasonsThatDifferInNumbersAreOfOneKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,6}`), 2, 5).Draw(t, "words")
		reason := func(name string) string {
			n := rapid.Uint64().Draw(t, name)
			return fmt.Sprintf("%s %d (row %d); %q", strings.Join(words, " "), n, n/3, fmt.Sprint(n))
		}
		if a, b := deadletter.Kind(reason("a")), deadletter.Kind(reason("b")); a != b {
			t.Errorf("%q and %q", a, b)
		}
	})
}

func FuzzKind(f *testing.F) {
	f.Add(`a "quoted \" text" 12,5 é`)
	f.Add(strings.Repeat("é", 400))
	f.Fuzz(func(t *testing.T, reason string) {
		if kind := deadletter.Kind(reason); len(kind) > 310 {
			t.Errorf("%d bytes", len(kind))
		}
		deadletter.Of(queue.Message{Subject: reason, Header: map[string]string{queue.HeaderMessageID: reason, queue.HeaderSubject: reason}}, noon)
	})
}

func TestFilters(t *testing.T) {
	l := deadletter.Of(stored(5), noon)
	for name, test := range map[string]struct {
		filter deadletter.Filter
		want   bool
	}{
		"all":           {deadletter.Filter{}, true},
		"stage":         {deadletter.Filter{Stage: "loader"}, true},
		"another stage": {deadletter.Filter{Stage: "enricher"}, false},
		"all of it": {deadletter.Filter{Stage: "loader", Class: "value", Table: "booking", Column: "OPENDATE", Booking: 7,
			Run: "backfill-20240101T000000-ABCD", Since: noon, Until: noon.Add(1), Match: "NOT a date"}, true},
		"another class":   {deadletter.Filter{Class: "key"}, false},
		"another table":   {deadletter.Filter{Table: "Visit"}, false},
		"another column":  {deadletter.Filter{Column: "x"}, false},
		"another booking": {deadletter.Filter{Booking: 8}, false},
		"another run":     {deadletter.Filter{Run: "sync-1"}, false},
		"later":           {deadletter.Filter{Since: noon.Add(1)}, false},
		"before":          {deadletter.Filter{Until: noon}, false},
		"another text":    {deadletter.Filter{Match: "too long"}, false},
	} {
		if got := test.filter.Matches(l); got != test.want || test.filter.IsEmpty() != (name == "all") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestGroups(t *testing.T) {
	var groups deadletter.Groups
	for i := range 7 {
		groups.Add(deadletter.Of(stored(uint64(10+i), queue.HeaderReason, fmt.Sprintf("not a date (row %d)", i)), noon.Add(time.Duration(6-i)*time.Hour)))
	}
	groups.Add(deadletter.Of(stored(2, queue.HeaderColumn, "closeDate"), noon))
	want := []deadletter.Group{
		{Stage: "loader", Class: "value", Table: "Booking", Column: "openDate", Message: "not a date (row #)", Count: 7, First: noon, Last: noon.Add(6 * time.Hour),
			Sample: deadletter.Sample{Sequence: 10, Booking: 7, Reason: "not a date (row 0)"}, Sequences: []uint64{10, 11, 12, 13, 14}},
		{Stage: "loader", Class: "value", Table: "Booking", Column: "closeDate", Message: "not a date (row #; # values of the booking do not fit)", Count: 1, First: noon, Last: noon,
			Sample: deadletter.Sample{Sequence: 2, Booking: 7, Reason: "not a date (row 7; 1 values of the booking do not fit)"}, Sequences: []uint64{2}},
	}
	if diff := cmp.Diff(want, groups.All()); diff != "" || groups.Total() != 8 {
		t.Error(diff, groups.Total())
	}
}

// TestGroupsAreBounded: reasons that no two letters share do not fill the memory.
func TestGroupsAreBounded(t *testing.T) {
	var groups deadletter.Groups
	word := func(i int) string {
		return strings.NewReplacer("0", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7", "h", "8", "i", "9", "j").Replace(fmt.Sprint(i))
	}
	const letters, kept = 3000, 1000
	for i := range letters {
		groups.Add(deadletter.Of(stored(uint64(i+1), queue.HeaderReason, "reason "+word(i)), noon))
	}
	all := groups.All()
	if len(all) != kept+1 || all[0].Message != deadletter.Others || all[0].Count != letters-kept || groups.Total() != letters {
		t.Errorf("%d groups, the first %+v", len(all), all[0])
	}
}
