package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// moment is how the tests write a time.
const moment = "2006-01-02 15:04:05 MST"

func mustCron(t testing.TB, expression string) Schedule {
	t.Helper()
	s, err := Cron(expression)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dueTimes are the due times in (from, to].
func dueTimes(s Schedule, from, to time.Time) []string {
	var times []string
	for next := s.Next(from); !next.After(to); next = s.Next(next) {
		times = append(times, next.Format(moment))
	}
	return times
}

func TestCron(t *testing.T) {
	tests := []struct {
		name, expression string
		want             []string // the first due times after Monday, 23 November 2026, 10:20:30.5 in Berlin
	}{
		{"daily", "CRON_TZ=Europe/Berlin 0 1 * * *", []string{"2026-11-24 01:00:00 CET", "2026-11-25 01:00:00 CET"}},
		{"@daily", "CRON_TZ=Europe/Berlin @daily", []string{"2026-11-24 00:00:00 CET", "2026-11-25 00:00:00 CET"}},
		{"@hourly, TZ", "TZ=Europe/Berlin @hourly", []string{"2026-11-23 11:00:00 CET", "2026-11-23 12:00:00 CET"}},
		{"@weekly", "CRON_TZ=UTC @weekly", []string{"2026-11-29 00:00:00 UTC", "2026-12-06 00:00:00 UTC"}},
		{"@monthly", "CRON_TZ=UTC @monthly", []string{"2026-12-01 00:00:00 UTC", "2027-01-01 00:00:00 UTC"}},
		{"@yearly", "CRON_TZ=UTC @yearly", []string{"2027-01-01 00:00:00 UTC", "2028-01-01 00:00:00 UTC"}},
		{"quarter hours", "CRON_TZ=UTC */15 * * * *", []string{"2026-11-23 09:30:00 UTC", "2026-11-23 09:45:00 UTC"}},
		{"working hours", "CRON_TZ=Europe/Berlin 0 8,18 * * mon-fri", []string{"2026-11-23 18:00:00 CET", "2026-11-24 08:00:00 CET"}},
		{"leap days", "CRON_TZ=UTC 0 0 29 2 *", []string{"2028-02-29 00:00:00 UTC", "2032-02-29 00:00:00 UTC"}},
		{"spaces", "  CRON_TZ=UTC   0  1 * *   * ", []string{"2026-11-24 01:00:00 UTC", "2026-11-25 01:00:00 UTC"}},
		{"interval", "CRON_TZ=UTC @every 90s", []string{"2026-11-23 10:22:00 CET", "2026-11-23 10:23:30 CET"}},
	}
	from := time.Date(2026, 11, 23, 10, 20, 30, 5e8, berlin(t))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := mustCron(t, test.expression)
			first := s.Next(from)
			got := []string{first.Format(moment), s.Next(first).Format(moment)}
			if test.name == "interval" { // it is in the local time zone, which is the machine's
				got = []string{first.In(from.Location()).Format(moment), s.Next(first).In(from.Location()).Format(moment)}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCronIsLocalUnlessItSaysOtherwise(t *testing.T) {
	next := mustCron(t, "0 1 * * *").Next(time.Now())
	if next.Location() != time.Local || next.Hour() != 1 || next.Minute() != 0 {
		t.Errorf("next is %s", next)
	}
}

// In 2096 a leap year is eight years after the one before: further than robfig/cron looks.
func TestLeapDaysOverAnOrdinaryCentury(t *testing.T) {
	s := mustCron(t, "CRON_TZ=UTC 0 0 29 2 *")
	got := dueTimes(s, time.Date(2093, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2105, 1, 1, 0, 0, 0, 0, time.UTC))
	want := []string{"2096-02-29 00:00:00 UTC", "2104-02-29 00:00:00 UTC"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCronRefuses(t *testing.T) {
	tests := []struct{ expression, says string }{
		{"", "it has 0 fields, not 5"},
		{"   ", "it has 0 fields, not 5"},
		{"0 1 * *", "it has 4 fields, not 5"},
		{"0 0 1 * * *", "it has 6 fields, not 5"},
		{"60 1 * * *", "the minute: end of range (60) above maximum (59)"},
		{"0 25 * * *", "the hour: end of range (25) above maximum (23)"},
		{"0 1 0 * *", "the day of month: beginning of range (0) below minimum (1)"},
		{"0 1 * 13 *", "the month: end of range (13) above maximum (12)"},
		{"0 1 * * 7", "the weekday (0 is Sunday): end of range (7) above maximum (6)"},
		{"0 one * * *", "the hour: failed to parse int from one"},
		{"0 */0 * * *", "the hour: step of range should be a positive number"},
		{"0 1 30 2 *", "it is never due"},
		{"0 1 31 4,6,9,11 *", "it is never due"},
		{", 1 * * *", "it is never due"},
		{"@nightly", "unrecognized descriptor: @nightly"},
		{"@every soon", "@every soon is no interval such as 90s or 15m"},
		{"@every 0s", "@every 0s is no interval"},
		{"@every -5m", "@every -5m is no interval"},
		{"@every", "unrecognized descriptor: @every"},
		{"CRON_TZ=Europe/Atlantis 0 1 * * *", `there is no time zone "Europe/Atlantis"`},
		{"CRON_TZ= 0 1 * * *", `there is no time zone ""`},
		{"CRON_TZ=Europe/Berlin", "it has 0 fields, not 5"}, // robfig/cron panics on it
		{"CRON_TZ=UTC TZ=UTC 0 1 * *", "a time zone goes in front, once"},
	}
	for _, test := range tests {
		t.Run(test.expression, func(t *testing.T) {
			_, err := Cron(test.expression)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if text := err.Error(); !strings.Contains(text, test.says) || !strings.Contains(text, `"0 1 * * *"`) {
				t.Errorf("the error is %q; expected %q and an example", text, test.says)
			}
		})
	}
}

func TestCronInWords(t *testing.T) {
	tests := []struct{ expression, want string }{
		{"0 1 * * *", "every day at 01:00 (local time)"},
		{"CRON_TZ=Europe/Berlin 5 22 * * *", "every day at 22:05 (Europe/Berlin)"},
		{"CRON_TZ=UTC */15 * * * *", `at the times of "*/15 * * * *" (UTC)`},
		{"0 1 * * 1", `at the times of "0 1 * * 1" (local time)`},
		{"@weekly", `at the times of "@weekly" (local time)`},
		{"@every 15m", "every 15m"},
	}
	for _, test := range tests {
		if got := mustCron(t, test.expression).String(); got != test.want {
			t.Errorf("%q in words is %q, expected %q", test.expression, got, test.want)
		}
	}
}

// On 29 March 2026 Berlin's clocks go from 2:00 to 3:00, on 25 October from 3:00 back to 2:00.
func TestDaylightSaving(t *testing.T) {
	tests := []struct {
		name, fields, zone string
		from, to           time.Time // in UTC
		want               []string
	}{
		{"spring, at the gap's beginning", "0 2 * * *", "Europe/Berlin", utc(2026, 3, 28, 0), utc(2026, 3, 30, 12),
			[]string{"2026-03-28 02:00:00 CET", "2026-03-29 03:00:00 CEST", "2026-03-30 02:00:00 CEST"}},
		{"spring, inside the gap", "30 2 * * *", "Europe/Berlin", utc(2026, 3, 28, 0), utc(2026, 3, 30, 12),
			[]string{"2026-03-28 02:30:00 CET", "2026-03-29 03:00:00 CEST", "2026-03-30 02:30:00 CEST"}},
		{"spring, several in the gap are one", "*/15 2,4 * * 0", "Europe/Berlin", utc(2026, 3, 29, 0), utc(2026, 3, 29, 2),
			[]string{"2026-03-29 03:00:00 CEST", "2026-03-29 04:00:00 CEST"}},
		{"spring, at the gap's end", "0 3 * * *", "Europe/Berlin", utc(2026, 3, 28, 12), utc(2026, 3, 30, 0),
			[]string{"2026-03-29 03:00:00 CEST"}},
		{"spring, every hour", "0 * * * *", "Europe/Berlin", utc(2026, 3, 28, 23), utc(2026, 3, 29, 2),
			[]string{"2026-03-29 01:00:00 CET", "2026-03-29 03:00:00 CEST", "2026-03-29 04:00:00 CEST"}},
		{"autumn, at the overlap's beginning", "0 2 * * *", "Europe/Berlin", utc(2026, 10, 23, 12), utc(2026, 10, 26, 12),
			[]string{"2026-10-24 02:00:00 CEST", "2026-10-25 02:00:00 CEST", "2026-10-26 02:00:00 CET"}},
		{"autumn, inside the overlap", "30 2 * * *", "Europe/Berlin", utc(2026, 10, 23, 12), utc(2026, 10, 26, 12),
			[]string{"2026-10-24 02:30:00 CEST", "2026-10-25 02:30:00 CEST", "2026-10-26 02:30:00 CET"}},
		{"autumn, from the second hour on", "30 2 * * *", "Europe/Berlin", utc(2026, 10, 25, 1), utc(2026, 10, 26, 12),
			[]string{"2026-10-26 02:30:00 CET"}},
		{"autumn, after the overlap", "0 3 * * *", "Europe/Berlin", utc(2026, 10, 24, 12), utc(2026, 10, 25, 12),
			[]string{"2026-10-25 03:00:00 CET"}},
		{"autumn, half hours", "*/30 * * * *", "Europe/Berlin", utc(2026, 10, 24, 23), utc(2026, 10, 25, 2), []string{
			"2026-10-25 01:30:00 CEST", "2026-10-25 02:00:00 CEST", "2026-10-25 02:30:00 CEST",
			"2026-10-25 02:00:00 CET", "2026-10-25 02:30:00 CET", "2026-10-25 03:00:00 CET"}},
		{"no midnight", "0 0 * * *", "America/Sao_Paulo", utc(2018, 11, 3, 0), utc(2018, 11, 5, 12),
			[]string{"2018-11-03 00:00:00 -03", "2018-11-04 01:00:00 -02", "2018-11-05 00:00:00 -02"}},
		{"two midnights", "0 0 * * *", "America/Havana", utc(2026, 10, 31, 12), utc(2026, 11, 2, 12),
			[]string{"2026-11-01 00:00:00 CDT", "2026-11-02 00:00:00 CST"}},
		{"half an hour's gap", "15 2 * * *", "Australia/Lord_Howe", utc(2026, 10, 2, 20), utc(2026, 10, 4, 20),
			[]string{"2026-10-04 02:30:00 +11", "2026-10-05 02:15:00 +11"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := mustCron(t, "CRON_TZ="+test.zone+" "+test.fields)
			if diff := cmp.Diff(test.want, dueTimes(s, test.from, test.to)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func utc(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

// Whatever the time of day and the zone, a daily job runs once on each day of the calendar.
func TestDailyIsOnceADay(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		clock := time.Date(0, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "minute"), 0, 0, time.UTC)
		s, err := Cron("CRON_TZ=" + zone + clock.Format(" 4 15 * * *"))
		if err != nil {
			t.Fatal(err)
		}
		start := utc(rapid.IntRange(1970, 2040).Draw(t, "year"), 1, 10, 0)
		last := s.Next(start)
		for last.Before(start.AddDate(1, 0, 0)) {
			next := s.Next(last)
			if want := readWall(last).AddDate(0, 0, 1).Format(time.DateOnly); next.Format(time.DateOnly) != want {
				t.Fatalf("after %s comes %s", last.Format(moment), next.Format(moment))
			}
			last = next
		}
	})
}

func FuzzCron(f *testing.F) {
	for _, expression := range []string{
		"0 1 * * *", "*/15 * * * *", "30 2 * * 0-5/2", "0 0 29 2 *", "CRON_TZ=Europe/Berlin 30 2 * * *", "TZ=Asia/Tokyo @daily",
		"@every 90s", "@every 1ms", "CRON_TZ=", "CRON_TZ=UTC", ", , , , ,", "? ? ? ? ?", "1-5/9223372036854775807 * * * *", "@", "0 0 30 2 *",
	} {
		f.Add(expression, int64(1_774_746_000))
	}
	f.Fuzz(func(t *testing.T, expression string, seconds int64) {
		s, err := Cron(expression)
		if err != nil {
			if !strings.Contains(err.Error(), `"0 1 * * *"`) {
				t.Errorf("no example in %q", err)
			}
			return
		}
		const century = 100 * 366 * 24 * 3600
		last := time.Unix(seconds%century, 7) // 1870 to 2070
		for range 3 {
			next := s.Next(last)
			if !next.After(last) {
				t.Fatalf("%s: after %s comes %s", s, last, next)
			}
			last = next
		}
	})
}
