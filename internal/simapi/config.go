package simapi

import (
	"fmt"
	"time"
)

// Defaults of [Config].
const (
	DefaultLogin       = "demo" // subject and secret
	DefaultPageSize    = 25     // as the real API's
	DefaultMaxPageSize = 1000   // the real limit is not known
	maxBookings        = 50_000_000
)

// Config says what a [Server] serves. Its zero value is an API without bookings.
type Config struct {
	Bookings int    // bookings at the start
	Seed     uint64 // everything invented follows from it

	// From and To bound expectedStartDate, half-open. Zero means 2019-01-01 and 2025-01-01.
	From, To time.Time

	Subject, Secret string        // the login that is accepted; empty means [DefaultLogin]
	LoginPath       string        // answers logins besides every path that ends in /login
	TokenLife       time.Duration // how long an access token is good for; 0 is for ever
	MaxPageSize     int           // a greater pageSize is cut to it; 0 means [DefaultMaxPageSize]

	// BaseURL is the origin that the URIs in documents begin with; a default port is spelled out. Empty means
	// that it follows each request's Host.
	BaseURL string

	// ShortVersions lets short forms carry versionValue and lastModifiedDate where the detail has them. The captures have none
	// in them.
	ShortVersions bool

	Mutate     float64 // share of the bookings that one [Server.Tick] changes, 0..1
	Faults     Faults  // what goes wrong
	Captures   string  // a folder with booking_page.json and resources.json to serve instead of invented bookings
	CountPaths bool    // keep how often each path was answered, see [Server.Asked]; costs memory for each path

	Now func() time.Time // the clock; nil means time.Now
}

// Faults says what goes wrong and how often; shares are 0..1. The zero value is a faultless API.
//
// The first group is drawn anew for every answer, so that a repetition may succeed; it spares logins and the statistics.
// The second group belongs to a listing, the third to a resource or a booking, whatever the number of requests.
type Faults struct {
	Latency       time.Duration // before every answer
	LatencySpread time.Duration // up to so much more
	TooMany       float64       // 429
	RateLimit     int           // requests a second above which every answer is 429; 0 is no limit
	RetryAfter    string        // with 429 and 503: "seconds" (the default), "date", "none", or "mixed"
	ServerError   float64       // 500
	Unavailable   float64       // 503
	CutConnection float64       // closed before the answer, or in the midst of its body
	TruncatedJSON float64       // status 200 and a complete HTTP answer, but half a document
	SlowBody      float64       // bodies that trickle over SlowFor
	SlowFor       time.Duration // 0 means 300 ms
	Logins        bool          // logins suffer from this group too

	WrongCount float64 // list answers whose count is one too high
	Drift      float64 // pages after the first that are shifted by one booking, as when one is created or removed

	NotFound  float64 // related resources that answer 404
	Forbidden float64 // related resources that answer 403
	Foreign   float64 // customers whose uri leads to another origin, ForeignOrigin
	// ForeignOrigin is the origin of foreign URIs; empty means "https://elsewhere.test:443".
	ForeignOrigin string
	WrongType     float64 // bookings with a field of the wrong type
	BadValue      float64 // bookings with a value that no column can hold
	BadBooking    float64 // bookings without a usable id
}

// withDefaults returns the configuration with every zero value replaced by what it stands for, or an error that
// names the field that makes no sense.
func (c Config) withDefaults() (Config, error) {
	if c.Bookings < 0 || c.Bookings > maxBookings {
		return c, fmt.Errorf("bookings: %d is not within 0..%d", c.Bookings, maxBookings)
	}
	orTime(&c.From, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
	orTime(&c.To, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	if !c.From.Before(c.To) {
		return c, fmt.Errorf("from %s is not before to %s", c.From.Format(time.RFC3339), c.To.Format(time.RFC3339))
	}
	orText(&c.Subject, DefaultLogin)
	orText(&c.Secret, DefaultLogin)
	orText(&c.Faults.ForeignOrigin, "https://elsewhere.test:443")
	if c.MaxPageSize <= 0 {
		c.MaxPageSize = DefaultMaxPageSize
	}
	if c.Faults.SlowFor <= 0 {
		c.Faults.SlowFor = 300 * time.Millisecond
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, c.Faults.validate()
}

func orTime(t *time.Time, otherwise time.Time) {
	if t.IsZero() {
		*t = otherwise
	}
}

func orText(s *string, otherwise string) {
	if *s == "" {
		*s = otherwise
	}
}

// validate refuses shares outside 0..1 and unknown kinds of Retry-After.
func (f Faults) validate() error {
	for name, share := range map[string]float64{
		"TooMany": f.TooMany, "ServerError": f.ServerError, "Unavailable": f.Unavailable, "CutConnection": f.CutConnection,
		"TruncatedJSON": f.TruncatedJSON, "SlowBody": f.SlowBody, "WrongCount": f.WrongCount, "Drift": f.Drift,
		"NotFound": f.NotFound, "Forbidden": f.Forbidden, "Foreign": f.Foreign,
		"WrongType": f.WrongType, "BadValue": f.BadValue, "BadBooking": f.BadBooking,
	} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("fault %s: %v is not within 0..1", name, share)
		}
	}
	switch f.RetryAfter {
	case "", "seconds", "date", "none", "mixed":
		return nil
	}
	return fmt.Errorf("fault RetryAfter: %q is not seconds, date, none or mixed", f.RetryAfter)
}
