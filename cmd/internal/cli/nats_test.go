package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNATSSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	const url = "nats://one:4222,two:4222"
	tests := []struct {
		name     string
		settings NATS
		want     []string // nothing for settings that are right
	}{
		{"nothing", NATS{}, nil},
		{"a URL", NATS{URL: url}, nil},
		{"a user in the URL", NATS{URL: "nats://u:sesame@one"}, nil},
		{"a user apart", NATS{URL: url, User: "u", Password: "sesame"}, nil},
		{"credentials", NATS{URL: url, Creds: file}, nil},
		{"three replicas", NATS{URL: url, Replicas: 3}, nil},

		{"two users", NATS{URL: "nats://one,nats://u:sesame@two", User: "u", Password: "sesame"}, []string{"NATS_USER is set and NATS_URL holds a user too"}},
		{"a token and a user", NATS{URL: "sesame@one", User: "u", Password: "sesame"}, []string{"NATS_USER is set and NATS_URL holds a user too"}},
		{"no user", NATS{URL: url, Password: "sesame"}, []string{"NATS_USER is missing"}},
		{"no password", NATS{URL: url, User: "u"}, []string{"NATS_PASSWORD is missing"}},
		{"user and credentials", NATS{URL: url, User: "u", Password: "sesame", Creds: file}, []string{"NATS_USER and NATS_CREDS are both set"}},
		{"no server", NATS{User: "u", Password: "sesame"}, []string{"NATS_URL is missing"}},
		{"no credentials", NATS{URL: url, Creds: file + "x"}, []string{"NATS_CREDS cannot be read"}},
		{"no authority", NATS{URL: url, CA: file + "x"}, []string{"NATS_CA cannot be read"}},
		{"no certificate in it", NATS{URL: url, CA: file}, []string{"NATS_CA holds no certificate"}},
		{"no key", NATS{URL: url, Cert: file}, []string{"NATS_KEY is missing"}},
		{"no certificate", NATS{URL: url, Key: file}, []string{"NATS_CERT is missing"}},
		{"not a pair", NATS{URL: url, Cert: file, Key: file}, []string{"NATS_CERT and NATS_KEY cannot be used"}},
		{"several", NATS{URL: url, Replicas: 2, MaxGiB: -1, User: "u"}, []string{"NATS_REPLICAS", "STREAM_GIB", "NATS_PASSWORD"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.settings.Check()
			if len(test.want) == 0 {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if ExitCode(err) != ExitUsage {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("does not say %q: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("shows a secret: %v", err)
			}
		})
	}
}
