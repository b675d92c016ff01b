package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestPause caps what a Retry-After may ask for: a wrong clock or a joker must not stop the pipeline for a day.
const longestPause = 15 * time.Minute

// retryAfter reads the header's delay, between 0 and [longestPause]; ok is false when there is none or it cannot be
// read. A date is compared with the answer's own Date, so that the two clocks need not agree.
func retryAfter(header http.Header, now time.Time) (delay time.Duration, ok bool) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return parseRetryAfter(header.Get("Retry-After"), now)
}

// parseRetryAfter reads RFC 9110's two forms, seconds and an HTTP date.
func parseRetryAfter(text string, now time.Time) (delay time.Duration, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(longestPause/time.Second) {
			return longestPause, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), longestPause), true
}
