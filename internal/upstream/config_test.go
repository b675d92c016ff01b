package upstream

import (
	"math"
	"strings"
	"testing"
)

func TestNewNamesTheSetting(t *testing.T) {
	good := Config{AuthURL: "https://h.test/auth", DataURL: "https://h.test/ii/api/v2/booking", Subject: "s", Secret: "x"}
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"all missing":       {func(c *Config) { *c = Config{} }, []string{"AUTH_URL is not set", "DATA_API_URL is not set", "SUBJECT is not set", "SECRET is not set"}},
		"no scheme":         {func(c *Config) { c.DataURL = "h.test/booking" }, []string{"DATA_API_URL has neither scheme", "https://host/ii/api/v2/booking"}},
		"host:port only":    {func(c *Config) { c.DataURL = "localhost:8080" }, []string{"DATA_API_URL has neither scheme"}},
		"no host":           {func(c *Config) { c.AuthURL = "https:///auth" }, []string{"AUTH_URL has no host"}},
		"password in it":    {func(c *Config) { c.AuthURL = "https://me:hunter2@h.test/" }, []string{"AUTH_URL holds a user or password"}},
		"unparsable":        {func(c *Config) { c.AuthURL = "https://me:hunter2@h.test:x/%zz" }, []string{"AUTH_URL is not a URL"}},
		"impossible port":   {func(c *Config) { c.AuthURL = "https://h.test:99999/" }, []string{"AUTH_URL has an impossible port"}},
		"negative number":   {func(c *Config) { c.Concurrency = -1 }, []string{"API_CONCURRENCY: expected 0"}},
		"negative rate":     {func(c *Config) { c.RequestsPerSecond = -1 }, []string{"API_RPS: expected 0"}},
		"negative time-out": {func(c *Config) { c.Timeout = -1 }, []string{"API_TIMEOUT: expected 0"}},
		"negative retries":  {func(c *Config) { c.MaxAttempts = -1 }, []string{"MaxAttempts: expected 0"}},
		"rate is no number": {func(c *Config) { c.RequestsPerSecond = math.NaN() }, []string{"API_RPS: expected 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			test.change(&cfg)
			_, err := New(cfg)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %q holds the password", err)
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("good settings: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	got := Config{}.withDefaults()
	if got.Concurrency != 8 || got.Timeout.Seconds() != 60 || got.MaxResponse != 64<<20 || got.MaxElapsed.Minutes() != 2 {
		t.Errorf("defaults are %+v", got)
	}
}
