package upstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"
)

// The defaults of [Config]'s zero values.
const (
	DefaultConcurrency = 8
	DefaultTimeout     = time.Minute
	DefaultMaxResponse = 64 << 20 // a page of 1,000 bookings of 35 KB, the largest seen, is 35 MB
	DefaultMaxElapsed  = 2 * time.Minute
	DefaultRetryFirst  = 500 * time.Millisecond
	DefaultRetryMost   = 30 * time.Second
	DefaultUserAgent   = "mcis"
)

// Config says where the API is, who asks, and how hard. The first four fields are required.
type Config struct {
	AuthURL string // setting AUTH_URL: where a login is posted; may be another host than DataURL
	DataURL string // setting DATA_API_URL: the list, such as https://host/ii/api/v2/booking
	Subject string // setting SUBJECT
	Secret  string // setting SECRET

	Concurrency       int           // setting API_CONCURRENCY: the fleet's most requests in flight, and most connections to a host; 0 is 8
	RequestsPerSecond float64       // setting API_RPS: the fleet's; 0 is no limit. 95 % of it is used, so that no second sees more
	Timeout           time.Duration // setting API_TIMEOUT: for one request from connecting to the body's last byte; 0 is 60 s
	MaxResponse       int64         // bytes of one answer after decompression; 0 is 64 MiB. What is no list page may have 16 MiB at the most

	MaxElapsed  time.Duration // how long one call repeats transient failures, from the first one on; 0 is 2 min
	MaxAttempts int           // most attempts of one call; 0 leaves MaxElapsed to decide
	RetryFirst  time.Duration // first delay between attempts; it doubles each time, ±50 % at random; 0 is 500 ms
	RetryMost   time.Duration // longest delay between attempts; 0 is 30 s

	UserAgent string       // "" is "mcis"
	Logger    *slog.Logger // repeated attempts and pauses; nil discards them
}

// withDefaults fills the zero values.
func (cfg Config) withDefaults() Config {
	orDefault(&cfg.Concurrency, DefaultConcurrency)
	orDefault(&cfg.Timeout, DefaultTimeout)
	orDefault(&cfg.MaxResponse, DefaultMaxResponse)
	orDefault(&cfg.MaxElapsed, DefaultMaxElapsed)
	orDefault(&cfg.RetryFirst, DefaultRetryFirst)
	orDefault(&cfg.RetryMost, DefaultRetryMost)
	orDefault(&cfg.UserAgent, DefaultUserAgent)
	orDefault(&cfg.Logger, slog.New(slog.DiscardHandler))
	return cfg
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate returns the two URLs, or an error that names every setting that is wrong and what was expected. It never
// repeats a value: a URL may hold a password.
func (cfg Config) validate() (auth, list *url.URL, err error) {
	auth, authErr := parseSetting("AUTH_URL", cfg.AuthURL, "https://host/path/of/the/login")
	list, listErr := parseSetting("DATA_API_URL", cfg.DataURL, "https://host/ii/api/v2/booking")
	return auth, list, errors.Join(authErr, listErr,
		required("SUBJECT", cfg.Subject), required("SECRET", cfg.Secret), cfg.validateLimits())
}

func (cfg Config) validateLimits() error {
	var faults []error
	for _, limit := range []struct {
		name     string
		negative bool
	}{
		{"API_CONCURRENCY", cfg.Concurrency < 0},
		{"API_RPS", !(cfg.RequestsPerSecond >= 0)}, // NaN is refused too
		{"API_TIMEOUT", cfg.Timeout < 0},
		{"MaxResponse", cfg.MaxResponse < 0},
		{"MaxElapsed", cfg.MaxElapsed < 0},
		{"MaxAttempts", cfg.MaxAttempts < 0},
		{"RetryFirst", cfg.RetryFirst < 0},
		{"RetryMost", cfg.RetryMost < 0},
	} {
		if limit.negative {
			faults = append(faults, fmt.Errorf("%s: expected 0 (the default) or more", limit.name))
		}
	}
	return errors.Join(faults...)
}

func parseSetting(name, text, example string) (*url.URL, error) {
	if text == "" {
		return nil, fmt.Errorf("%s is not set: expected a URL such as %s", name, example)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL: expected one such as %s", name, example)
	}
	if _, err := originOf(u); err != nil {
		return nil, fmt.Errorf("%s %w: expected a URL such as %s", name, err, example)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func required(name, value string) error {
	if value == "" {
		return fmt.Errorf("%s is not set: expected the API account's %s", name, map[string]string{
			"SUBJECT": "login name", "SECRET": "password"}[name])
	}
	return nil
}
