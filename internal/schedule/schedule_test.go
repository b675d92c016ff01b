package schedule

import (
	"testing"
	"time"
)

func TestEvery(t *testing.T) {
	last := time.Date(2026, 11, 23, 10, 0, 0, 500, time.UTC)
	tests := []struct {
		every time.Duration
		next  time.Time
		words string
	}{
		{15 * time.Minute, last.Add(15 * time.Minute), "every 15m"},
		{90 * time.Second, last.Add(90 * time.Second), "every 1m30s"},
		{2 * time.Hour, last.Add(2 * time.Hour), "every 2h"},
		{10 * time.Second, last.Add(10 * time.Second), "every 10s"},
		{250 * time.Millisecond, last.Add(250 * time.Millisecond), "every 250ms"},
		{0, last.Add(time.Millisecond), "every 1ms"},
		{-time.Hour, last.Add(time.Millisecond), "every 1ms"},
	}
	for _, test := range tests {
		s := Every(test.every)
		if got := s.Next(last); !got.Equal(test.next) {
			t.Errorf("%s: next is %s, expected %s", test.every, got, test.next)
		}
		if got := s.String(); got != test.words {
			t.Errorf("%s in words is %q, expected %q", test.every, got, test.words)
		}
	}
}

func TestWhen(t *testing.T) {
	next := time.Date(2026, 11, 24, 1, 0, 0, 0, berlin(t))
	tests := []struct {
		before time.Duration
		want   string
	}{
		{9*time.Hour + 12*time.Minute + 10*time.Second, "at 2026-11-24 01:00:00 CET, in 9h12m"},
		{10 * time.Hour, "at 2026-11-24 01:00:00 CET, in 10h"},
		{61 * time.Hour, "at 2026-11-24 01:00:00 CET, in 61h"},
		{15*time.Minute + 400*time.Millisecond, "at 2026-11-24 01:00:00 CET, in 15m"},
		{30*time.Second + time.Nanosecond, "at 2026-11-24 01:00:00 CET, in 30s"},
		{20 * time.Millisecond, "at 2026-11-24 01:00:00 CET, in 20ms"},
		{0, "now"},
		{-time.Hour, "now"},
	}
	for _, test := range tests {
		if got := When(next, next.Add(-test.before)); got != test.want {
			t.Errorf("%s before: %q, expected %q", test.before, got, test.want)
		}
	}
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
