package verifier

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

func TestJudge(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	text := func(t time.Time) string { return t.Format(time.RFC3339) }
	row := func(change func(*warehouse.BookingState)) *warehouse.BookingState {
		state := &warehouse.BookingState{ID: 7, Stamped: true, Version: 3, LastModified: at, Start: at, ExtractedAt: at}
		change(state)
		return state
	}
	asIs := func(*warehouse.BookingState) {}
	versionOf := func(version int64) func(*warehouse.BookingState) {
		return func(s *warehouse.BookingState) { s.Version = version }
	}
	modified := func(t time.Time) func(*warehouse.BookingState) {
		return func(s *warehouse.BookingState) { s.LastModified = t }
	}
	marked := func(t time.Time) func(*warehouse.BookingState) {
		return func(s *warehouse.BookingState) { s.DeletedAt = t }
	}
	tests := []struct {
		name     string
		version  int64
		modified string
		stored   *warehouse.BookingState
		want     Kind
	}{
		{"no row", 3, text(at), nil, Missing},
		{"the same", 3, text(at), row(asIs), same},
		{"a lower version", 3, text(at), row(versionOf(2)), Older},
		{"a lower version of a later date", 3, text(at), row(func(s *warehouse.BookingState) { s.Version, s.LastModified = 2, at.Add(time.Hour) }), Older},
		{"no version, the API has one", 0, text(at), row(versionOf(-1)), Older},
		{"a higher version", 3, text(at), row(versionOf(4)), same},
		{"a higher version of an earlier date", 3, text(at), row(func(s *warehouse.BookingState) { s.Version, s.LastModified = 4, at.Add(-time.Hour) }), same},
		{"a version, the API has none", -1, text(at.Add(time.Hour)), row(asIs), same},
		{"neither has a version", -1, text(at), row(versionOf(-1)), same},
		{"neither has a version, modified later", -1, text(at.Add(time.Second)), row(versionOf(-1)), Older},
		{"modified a second later", 3, text(at.Add(time.Second)), row(asIs), Older},
		{"modified within the same second", 3, "2024-05-06T07:08:09.999Z", row(asIs), same},
		{"modified a second later, by fractions", 3, "2024-05-06T07:08:10.001Z", row(modified(at.Add(999 * time.Millisecond))), Older},
		{"modified in another zone", 3, "2024-05-06T09:08:09+02:00", row(asIs), same},
		{"modified later in another zone", 3, "2024-05-06T07:08:09-01:00", row(asIs), Older},
		{"modified earlier", 3, text(at.Add(-time.Hour)), row(asIs), same},
		{"the date is NULL", 3, text(at), row(modified(time.Time{})), same},
		{"the date is NULL, the version lower", 3, text(at), row(func(s *warehouse.BookingState) { s.Version, s.LastModified = 2, time.Time{} }), Older},
		{"the API has no date", 3, "", row(asIs), same},
		{"the API has no date that is one", 3, "0000-00-00T00:00:00Z", row(asIs), same},
		{"the date is a day alone", 3, "2024-05-07", row(asIs), Older},
		{"written by another program", 3, text(at), row(func(s *warehouse.BookingState) { s.Stamped, s.Version = false, -1 }), Older},
		{"marked before it was listed", 3, text(at), row(marked(at.Add(59 * time.Minute))), Older},
		{"marked as it was listed", 3, text(at), row(marked(at.Add(time.Hour))), Older},
		{"marked since it was listed", 3, text(at), row(marked(at.Add(time.Hour + time.Microsecond))), same},
		{"marked since, and older", 3, text(at), row(func(s *warehouse.BookingState) { s.Version, s.DeletedAt = 2, at.Add(2*time.Hour) }), Older},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			identity := booking.Identity{ID: 7, Version: test.version, LastModified: test.modified}
			if got := judge(newItem(identity, nil, at.Add(time.Hour), booking.Window{}), test.stored); got != test.want {
				t.Errorf("%s, expected %s", got, test.want)
			}
		})
	}
}

func TestStartOf(t *testing.T) {
	for raw, want := range map[string]time.Time{
		`{"expectedStartDate":"2024-05-06T07:08:09Z"}`: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		`{"expectedStartDate":null}`:                   {},
		`{"expectedStartDate":{"date":"2024-05-06"}}`:  {},
		`{"expectedStartDate":5}`:                      {},
		`{}`:                                           {},
		`[]`:                                           {},
	} {
		if got := startOf([]byte(raw)); !got.Equal(want) {
			t.Errorf("%s starts at %s, expected %s", raw, got, want)
		}
	}
}

// visiting reads messages as the stream DEAD is read.
func visiting(messages []queue.Message) func(context.Context, func(queue.Message) error) error {
	return func(_ context.Context, visit func(queue.Message) error) error {
		for _, m := range messages {
			if err := visit(m); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestReadLetters(t *testing.T) {
	headers := []map[string]string{
		{queue.HeaderMessageID: "7/3/2024-05-06T07:08:09Z/run-1", queue.HeaderStage: "loader", queue.HeaderClass: "value", queue.HeaderReason: "first"},
		{queue.HeaderMessageID: "7/4/2024-05-06T07:08:09Z/run-1", queue.HeaderStage: "loader", queue.HeaderClass: "key"},
		{queue.HeaderMessageID: "7/3/2024-05-06T07:08:09Z/run-2/retry/9", queue.HeaderStage: "enricher", queue.HeaderClass: "size",
			queue.HeaderReason: "x" + strings.Repeat("é", 500)},
		{queue.HeaderMessageID: "8/-1//run-1"},
		{queue.HeaderMessageID: "dead-run-1-00ff"},
		{queue.HeaderReason: "an item of the producer"},
		nil,
	}
	var messages []queue.Message
	for _, h := range headers {
		messages = append(messages, queue.Message{Header: h})
	}
	got, err := readLetters(t.Context(), visiting(messages))
	if err != nil {
		t.Fatal(err)
	}
	want := letters{
		{ID: 7, Version: 3, LastModified: "2024-05-06T07:08:09Z"}: {"enricher", "size", "x" + strings.Repeat("é", mostReason/2-1) + "…"},
		{ID: 7, Version: 4, LastModified: "2024-05-06T07:08:09Z"}: {"loader", "key", ""},
		{ID: 8, Version: -1}: {},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(letter{})); diff != "" {
		t.Error(diff)
	}
}

func TestSamplesAreTheFirstOnes(t *testing.T) {
	s := Samples{}
	for _, id := range []int64{5, 9, 1, 7, 3} {
		for _, window := range []string{"b", "a"} {
			s.add(Missing, Sample{ID: id, Window: window}, 3)
		}
	}
	s.add(Older, Sample{ID: 2}, 3)
	want := Samples{
		Missing: {{ID: 1, Window: "a"}, {ID: 3, Window: "a"}, {ID: 5, Window: "a"}},
		Older:   {{ID: 2}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

func TestFits(t *testing.T) {
	sized := func(size, modified int) item {
		return item{Identity: booking.Identity{LastModified: strings.Repeat("x", modified)}, raw: make([]byte, size)}
	}
	for _, test := range []struct {
		most int
		item item
		want bool
	}{
		{100, sized(100, 20), true}, {100, sized(101, 20), false}, {0, sized(1<<20, 20), true},
		{0, sized(100, mostModified), true}, {0, sized(100, mostModified+1), false},
	} {
		r := &run{Verifier: New(Config{MostBytes: test.most}, Parts{}, nil)}
		if got := r.fits(test.item); got != test.want {
			t.Errorf("%d bytes, a date of %d, at most %d: %v", len(test.item.raw), len(test.item.LastModified), test.most, got)
		}
	}
}
