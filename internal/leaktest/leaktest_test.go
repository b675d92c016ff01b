package leaktest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const planted = "Kq7sesame/Vx9opens\"Zt4doors@Mw2behind ü"

// TestSecretsAreFound plants a secret in every way in which programs print one.
func TestSecretsAreFound(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("nightly", planted)
	body, err := json.Marshal(map[string]string{"subject": "nightly", "secret": planted})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("login", "secret", planted)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("login", "secret", planted)
	prints := map[string]string{
		"as it is":             "Authorization: Bearer " + planted,
		"in a URL":             (&url.URL{Scheme: "nats", User: url.UserPassword("u", planted), Host: "h"}).String(),
		"as a parameter":       "http://h/?" + url.Values{"secret": {planted}}.Encode(),
		"in a path":            "http://h/" + url.PathEscape(planted),
		"quoted":               fmt.Sprintf("secret %q", planted),
		"quoted to ASCII":      fmt.Sprintf("secret %+q", planted),
		"in JSON":              string(body),
		"in logs":              logged.String(),
		"Basic authentication": request.Header.Get("Authorization"),
		"base64 for URLs":      base64.URLEncoding.EncodeToString([]byte("ab" + planted + "cd")),
		"base64 moved by one":  base64.StdEncoding.EncodeToString([]byte("a" + planted)),
		"hexadecimal":          fmt.Sprintf("%x", planted),
		"HEXADECIMAL":          fmt.Sprintf("%X", planted),
		"cut off":              "parse \"sqlserver://sa:Kq7sesame\": invalid port",
		"the rest of it":       "no such host: Mw2behind",
	}
	for name, text := range prints {
		for _, write := range []func(*Watch){
			func(w *Watch) { w.Look("here", text) },
			func(w *Watch) { mustWrite(t, w.Writer("here"), "before\nfirst "+text+" last\nafter") },
			func(w *Watch) { w.Logger("here").Debug("logged", "text", text) },
			func(w *Watch) { // a byte at a time
				out := w.Writer("here")
				for _, b := range []byte("before\n" + text) {
					mustWrite(t, out, string(b))
				}
			},
		} {
			watch := New(Secret{"password", planted})
			write(watch)
			var report bytes.Buffer
			if watch.Report(&report) || !strings.Contains(report.String(), "the password") || !strings.Contains(report.String(), "by here") {
				t.Errorf("%s: not found in %s", name, text)
			}
			again := New(Secret{"password", planted})
			if again.Look("report", report.String()); !again.Report(io.Discard) {
				t.Errorf("%s: the report shows it: %s", name, report.String())
			}
		}
	}
}

func mustWrite(t *testing.T, out io.Writer, text string) {
	t.Helper()
	if n, err := io.WriteString(out, text); n != len(text) || err != nil {
		t.Fatalf("%d bytes written of %d: %v", n, len(text), err)
	}
}

func TestWhatIsNoSecretIsNotFound(t *testing.T) {
	watch := New(Secret{"password", planted}, Secret{"token", "sim-access-"})
	out := watch.Writer("log")
	mustWrite(t, out, "logged in as nightly, sesame opens no doors, similar access\n")
	watch.Look("other", "Kq7 Vx9 Zt4 [secret] xxxxx")
	if !watch.Report(io.Discard) || watch.Leaks() != nil {
		t.Errorf("found %v", watch.Leaks())
	}
	if watch.Seen() < 80 {
		t.Errorf("only %d bytes were looked at", watch.Seen())
	}
}

func TestLeaksNameTheirLine(t *testing.T) {
	watch := New(Secret{"password", planted})
	mustWrite(t, watch.Writer("loader"), "one\nWRN refused error=\""+planted+"\" n=1\nthree\n")
	leaks := watch.Leaks()
	want := Leak{Secret: "password", Form: "plain", Source: "loader", Line: `WRN refused error="***" n=1`}
	if len(leaks) == 0 || !strings.Contains(fmt.Sprint(leaks), fmt.Sprint(want)) {
		t.Errorf("got %v, want %v among them", leaks, want)
	}
}

type tests func() int

func (t tests) Run() int { return t() }

func TestAroundFailsForLeaks(t *testing.T) {
	quiet, loud := New(Secret{"password", planted}), New(Secret{"password", planted})
	if code := quiet.Around(tests(func() int { return 0 })).Run(); code != 0 {
		t.Errorf("without a leak the code is %d", code)
	}
	if code := quiet.Around(tests(func() int { return 3 })).Run(); code != 3 {
		t.Errorf("the code of the tests became %d", code)
	}
	if code := loud.Around(tests(func() int { loud.Look("log", planted); return 0 })).Run(); code != 1 {
		t.Errorf("with a leak the code is %d", code)
	}
}

func TestShortSecretsAreRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a secret that is in every log is taken")
		}
	}()
	New(Secret{"password", "demo"})
}
