package upstream

import (
	"net/http"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2025, 3, 6, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"", 0, false},
		{"0", 0, true},
		{"7", 7 * time.Second, true},
		{" 7 ", 7 * time.Second, true},
		{"901", longestPause, true},
		{"99999999999999999999999", longestPause, true},
		{"9223372036854775807", longestPause, true},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"soon", 0, false},
		{"Thu, 06 Mar 2025 12:00:30 GMT", 30 * time.Second, true},
		{"Thursday, 06-Mar-25 12:00:30 GMT", 30 * time.Second, true},
		{"Thu Mar  6 12:00:30 2025", 30 * time.Second, true},
		{"Thu, 06 Mar 2025 11:00:00 GMT", 0, true},
		{"Fri, 07 Mar 2025 12:00:00 GMT", longestPause, true},
		{"2025-03-06T12:00:30Z", 0, false},
	} {
		if got, ok := parseRetryAfter(test.text, now); got != test.want || ok != test.ok {
			t.Errorf("parseRetryAfter(%q) = %s, %t, expected %s, %t", test.text, got, ok, test.want, test.ok)
		}
	}
}

func TestRetryAfterDateIsComparedWithTheServersClock(t *testing.T) {
	header := http.Header{}
	header.Set("Date", "Thu, 06 Mar 2025 12:00:00 GMT")
	header.Set("Retry-After", "Thu, 06 Mar 2025 12:00:10 GMT")
	wrongClock := time.Date(2025, 3, 6, 13, 0, 0, 0, time.UTC)
	if got, ok := retryAfter(header, wrongClock); got != 10*time.Second || !ok {
		t.Errorf("got %s, %t, expected 10s", got, ok)
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, text := range []string{"", "7", "-1", "Thu, 06 Mar 2025 12:00:30 GMT", "Thu, 06 Mar 9999 12:00:30 GMT", "18446744073709551616", "٣"} {
		f.Add(text)
	}
	now := time.Date(2025, 3, 6, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		delay, ok := parseRetryAfter(text, now)
		if delay < 0 || delay > longestPause || (!ok && delay != 0) {
			t.Fatalf("parseRetryAfter(%q) = %s, %t", text, delay, ok)
		}
	})
}
