package stages

import (
	"os"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/producer"
)

// parse reads settings from a command line, in an environment without any.
func parse(t *testing.T, args ...string) Listing {
	t.Helper()
	for _, name := range []string{
		"LIST_FROM", "LIST_TO", "LIST_WINDOW", "PAGE_SIZE", "PAGES", "LIST_WINDOWS", "LIST_ORDER", "LIST_ATTEMPTS", "LIST_PATIENCE",
		"MOST_BACKLOG", "LEASE",
	} {
		t.Setenv(name, "") // puts it back afterwards
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	var settings Listing
	parser, err := kong.New(&settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return settings
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func TestPeriodToList(t *testing.T) {
	month := booking.Step{Months: 1}
	tests := []struct {
		name  string
		args  []string
		want  producer.Backfill // To only where it does not move
		wrong []string
	}{
		{"as it is", []string{"--to", "2024-01-01"}, producer.Backfill{From: day(2019, 1, 1), To: day(2024, 1, 1), Step: month}, nil},
		{"by default", nil, producer.Backfill{From: day(2019, 1, 1), Until: "horizon", Step: month}, nil},
		{"now", []string{"--to", "now"}, producer.Backfill{From: day(2019, 1, 1), Until: "now", Step: month}, nil},
		{"all that can be said", []string{"--from", "2020-02-01", "--to", "2021-01-01", "--window", "2w", "--order", "newest", "--restart"},
			producer.Backfill{From: day(2020, 2, 1), To: day(2021, 1, 1), Step: booking.Step{Days: 14}, NewestFirst: true, Restart: true}, nil},
		{"window", []string{"--window", "1y"}, producer.Backfill{}, []string{"LIST_WINDOW", `"1y"`, "1mo, 2w or 7d"}},
		{"upside down", []string{"--from", "2024-01-01", "--to", "2024-01-01"}, producer.Backfill{}, []string{"LIST_FROM is not before LIST_TO"}},
		{"page size", []string{"--page-size=0"}, producer.Backfill{}, []string{"PAGE_SIZE is 0"}},
		{"pages and windows", []string{"--pages=-1", "--windows=0"}, producer.Backfill{}, []string{"PAGES is -1", "LIST_WINDOWS is 0"}},
		{"attempts", []string{"--attempts=0"}, producer.Backfill{}, []string{"LIST_ATTEMPTS is 0", "more than 0"}},
		{"patience", []string{"--patience=-1s"}, producer.Backfill{}, []string{"LIST_PATIENCE is -1s", "0 or more"}},
		{"lease", []string{"--lease=99ms"}, producer.Backfill{}, []string{"LEASE is 99ms", "at least 100ms"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			settings := parse(t, test.args...)
			got, err := settings.Backfill()
			wrongSetting(t, err, test.wrong)
			if test.wrong != nil {
				return
			}
			if got.Until != "" {
				got.To = time.Time{}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHorizonIsTheFirstOfAMonthAYearAhead(t *testing.T) {
	tests := []struct{ now, want time.Time }{
		{day(2026, 1, 1), day(2027, 2, 1)},
		{time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC), day(2027, 12, 1)},
		{day(2026, 12, 31), day(2028, 1, 1)},
	}
	for _, test := range tests {
		if got := aYearAhead(test.now); !got.Equal(test.want) {
			t.Errorf("at %s it is %s, expected %s", test.now, got, test.want)
		}
	}
}

func TestWhoRunsOnceIsNotPatientForEver(t *testing.T) {
	settings := parse(t, "--pages=3", "--windows=5", "--attempts=7", "--page-size=11")
	want := listing.Config{PageSize: 11, Pages: 3, Windows: 5, Attempts: 7}
	if diff := cmp.Diff(want, settings.Config(), cmp.FilterPath(isRoom, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if got := settings.Once().Config().Patience; got != 10*time.Minute {
		t.Errorf("the patience of a sync that runs once is %s", got)
	}
	settings.Patience = time.Second
	if got := settings.Once().Config().Patience; got != time.Second {
		t.Errorf("the patience that was asked for became %s", got)
	}
}

// isRoom is the field of a function, which cannot be compared.
func isRoom(path cmp.Path) bool { return path.String() == "Room" }
