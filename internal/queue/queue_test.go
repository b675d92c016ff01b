package queue

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSubjects(t *testing.T) {
	for want, got := range map[string]string{
		"mcis.bookings.123":           BookingSubject(Backfill, 123),
		"mcis.bookings.124.sync":      BookingSubject(Sync, 124),
		"mcis.bookings.*":             BookingSubjects(Backfill),
		"mcis.bookings.*.sync":        BookingSubjects(Sync),
		"mcis.records.123":            RecordSubject(123),
		"mcis.dead.loader.constraint": DeadSubject("loader", "constraint"),
	} {
		if got != want {
			t.Errorf("%s, expected %s", got, want)
		}
	}
}

func TestExtractedAt(t *testing.T) {
	tests := []struct {
		name, header string
		want         time.Time
	}{
		{"UTC", "2026-01-31T10:00:00.123456789Z", time.Date(2026, 1, 31, 10, 0, 0, 123456789, time.UTC)},
		{"another zone", "2026-01-31T10:00:00+02:00", time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)},
		{"no time", "yesterday", time.Time{}},
		{"absent", "", time.Time{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Message{Header: map[string]string{HeaderExtractedAt: test.header}}.ExtractedAt()
			if got != test.want {
				t.Errorf("%v, expected %v", got, test.want)
			}
		})
	}
	if got := (Message{}).ExtractedAt(); !got.IsZero() {
		t.Errorf("%v without headers", got)
	}
}

func TestTimesSurviveHeaders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(t, "minutes")*60)
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")).In(zone)
		got := Message{Header: map[string]string{HeaderExtractedAt: FormatTime(at)}}.ExtractedAt()
		if !got.Equal(at) || got.Location() != time.UTC {
			t.Fatalf("%v became %v", at, got)
		}
	})
}

func TestLanes(t *testing.T) {
	for _, lane := range Lanes() {
		if got := LaneOf(BookingSubject(lane, 7)); got != lane {
			t.Errorf("%s became %s", lane, got)
		}
	}
}

func TestWhatSubjectsName(t *testing.T) {
	for subject, want := range map[string]int64{
		BookingSubject(Backfill, 123): 123, BookingSubject(Sync, 124): 124, RecordSubject(125): 125,
		"mcis.bookings.x": 0, "mcis.bookings": 0, "mcis.dead.loader.key": 0, "125": 0, "": 0,
	} {
		if got := BookingOf(subject); got != want {
			t.Errorf("%q names booking %d, expected %d", subject, got, want)
		}
	}
	if stage, class, ok := DeadOf(DeadSubject("loader", "key")); stage != "loader" || class != "key" || !ok {
		t.Errorf("%q, %q, %v", stage, class, ok)
	}
	for _, subject := range []string{"mcis.dead", "mcis.dead.loader", RecordSubject(1), "loader.key"} {
		if stage, class, ok := DeadOf(subject); ok {
			t.Errorf("%q is taken for a dead letter of %q, %q", subject, stage, class)
		}
	}
}
