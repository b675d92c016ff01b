package cli

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"mcis/internal/mapping"
)

// API are the settings of the bookings API.
type API struct {
	AuthURL     string        `name:"auth-url" env:"AUTH_URL" help:"Where a login is posted." placeholder:"URL"`
	DataURL     string        `name:"data-api-url" env:"DATA_API_URL" help:"The list of bookings, …/ii/api/v2/booking." placeholder:"URL"`
	Subject     string        `name:"subject" env:"SUBJECT" help:"Name of the API account." placeholder:"NAME"`
	Secret      Secret        `name:"secret" env:"SECRET" help:"Secret of the API account; better set in the environment." placeholder:"TEXT"`
	Concurrency int           `name:"api-concurrency" env:"API_CONCURRENCY" default:"32" help:"Most requests in flight of all processes together."`
	RPS         float64       `name:"api-rps" env:"API_RPS" default:"0" help:"Most requests a second of all processes together; 0 is no limit."`
	SyncShare   float64       `name:"sync-share" env:"SYNC_SHARE" default:"0.5" help:"The part of both that syncs get while a backfill wants all of it, from 0.05 to 0.95."`
	Timeout     time.Duration `name:"api-timeout" env:"API_TIMEOUT" default:"60s" help:"For one request, body included."`
}

// Check says which settings are missing or wrong, all of them.
func (a *API) Check() error {
	return errors.Join(
		checkURL("AUTH_URL", a.AuthURL, "the URL where a login is posted, such as https://host/ii/api/auth/login"),
		checkURL("DATA_API_URL", a.DataURL, "the URL of the list of bookings, such as https://host/ii/api/v2/booking"),
		present("SUBJECT", a.Subject, "the name of the API account"),
		present("SECRET", string(a.Secret), "the secret of the API account"),
		Positive("API_CONCURRENCY", a.Concurrency),
		NotNegative("API_RPS", a.RPS),
		checkShare(a.SyncShare),
		Positive("API_TIMEOUT", a.Timeout),
	)
}

// Warnings are what is risky about the settings, though it may be wanted.
func (a *API) Warnings() (warnings []string) {
	for _, setting := range []struct{ name, url, what string }{{"AUTH_URL", a.AuthURL, "the secret crosses"}, {"DATA_API_URL", a.DataURL, "token and bookings cross"}} {
		parsed, err := url.Parse(setting.url)
		if err == nil && parsed.Scheme == "http" && !isHere(parsed.Hostname()) {
			warnings = append(warnings, setting.name+" is no https URL: "+setting.what+" the network readable")
		}
	}
	return warnings
}

// isHere reports a host that is this machine by its name or address.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkShare(share float64) error {
	const least, most = 0.05, 0.95
	if share == 0 || share >= least && share <= most { // 0 is nobody's wish: settings that a test made
		return nil
	}
	return &ConfigError{Name: "SYNC_SHARE", Problem: fmt.Sprintf("is %v", share), Expected: fmt.Sprintf("a part from %v to %v", least, most)}
}

func checkURL(name, value, expected string) error {
	if err := present(name, value, expected); err != nil {
		return err
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return &ConfigError{Name: name, Problem: "is not a URL", Expected: expected}
	}
	return nil
}

func present(name, value, expected string) error {
	if value != "" {
		return nil
	}
	return &ConfigError{Name: name, Problem: "is missing", Expected: expected}
}

// Positive says that a setting must be above 0.
func Positive[T int | time.Duration](name string, value T) error {
	if value > 0 {
		return nil
	}
	return &ConfigError{Name: name, Problem: fmt.Sprintf("is %v", value), Expected: "more than 0"}
}

// NotNegative says that a setting must not be below 0.
func NotNegative[T float64 | time.Duration](name string, value T) error {
	if value >= 0 {
		return nil
	}
	return &ConfigError{Name: name, Problem: fmt.Sprintf("is %v", value), Expected: "0 or more"}
}

// Mapping are the settings of the mapping.
type Mapping struct {
	File        string   `name:"mapping" env:"MAPPING" help:"Mapping file in place of the built-in one." type:"path" placeholder:"FILE"`
	Collections []string `name:"collections" env:"COLLECTIONS" help:"Collections of bookings that are loaded into tables of their own: jobOffer, incidental, videoSession, bookingCriteria. Each costs a request a booking." placeholder:"KIND"`
	HashKey     Secret   `name:"hash-key" env:"HASH_KEY" help:"Key of the hashes that the mapping asks for; better set in the environment." placeholder:"TEXT"`
}

// Load reads the mapping and makes sure that a key is there when columns are hashed.
func (s *Mapping) Load() (*mapping.Mapping, error) {
	m, err := s.load()
	if err != nil {
		return nil, err
	}
	if m.Hashes() && s.HashKey == "" {
		return nil, &ConfigError{Name: "HASH_KEY", Problem: "is missing", Expected: "a secret text: the mapping hashes columns"}
	}
	return m, nil
}

func (s *Mapping) load() (*mapping.Mapping, error) {
	if s.File == "" && len(s.Collections) == 0 {
		return mapping.Default(), nil
	}
	name, data := "mapping.yaml", mapping.Embedded()
	if s.File != "" {
		var err error
		if name, data, err = s.read(); err != nil {
			return nil, err
		}
	}
	m, err := mapping.Load(name, data, s.Collections...)
	var unknown *mapping.UnknownCollectionError
	switch {
	case errors.As(err, &unknown):
		return nil, &ConfigError{Name: "COLLECTIONS", Problem: "has an unknown one", Expected: unknown.Error()}
	case err != nil:
		return nil, &ConfigError{Name: "MAPPING", Problem: "is not valid: " + err.Error(), Expected: "a valid mapping file"}
	}
	return m, nil
}

func (s *Mapping) read() (name string, data []byte, err error) {
	if data, err = os.ReadFile(s.File); err != nil {
		return "", nil, &ConfigError{Name: "MAPPING", Problem: "cannot be read: " + err.Error(), Expected: "a mapping file"}
	}
	return s.File, data, nil
}

// Day is a date or a time on the command line.
type Day struct {
	time.Time
	Now bool // it was written as "now"
}

// UnmarshalText reads 2019-01-01, 2019-01-01T10:00:00Z, or now.
func (d *Day) UnmarshalText(text []byte) error {
	if string(text) == "now" {
		d.Time, d.Now = time.Now().UTC().Truncate(time.Second), true
		return nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			d.Time, d.Now = t.UTC(), false
			return nil
		}
	}
	return &ConfigError{Name: "date", Problem: "is not one: \"" + string(text) + "\"", Expected: "2019-01-01, 2019-01-01T10:00:00Z or now"}
}
