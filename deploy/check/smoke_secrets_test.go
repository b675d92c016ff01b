package check

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// operate runs commands of the operator and a sync that ends, and some that must fail: errors are where secrets are printed.
func (s *site) operate() {
	s.t.Helper()
	operator, producer := s.environment(s.project.Services["mcis"], ""), s.environment(s.project.Services["producer"], "")
	for _, line := range [][]string{{"mcis", "check"}, {"mcis", "status"}, {"mcis", "dlq", "list"}} {
		if err := s.run(line, operator); err != nil {
			s.t.Error(err)
		}
	}
	once := append(slices.Clone(producer), "HTTP_ADDR=off")
	if err := s.run([]string{"producer", "sync", "--once"}, once); err != nil {
		s.t.Error(err)
	}
	for name, wrong := range map[string]string{"NATS is away": "NATS_URL=nats://127.0.0.1:1", "NATS refuses": "NATS_USER=nobody", "the API refuses": "SUBJECT=nobody"} {
		if s.run([]string{"mcis", "check"}, append(slices.Clone(operator), wrong)) == nil {
			s.t.Errorf("%s, and mcis check finds nothing wrong", name)
		}
		if s.run([]string{"producer", "sync", "--once"}, append(slices.Clone(once), wrong, "LIST_PATIENCE=1s")) == nil {
			s.t.Errorf("%s, and a sync succeeds", name)
		}
	}
}

// keepsSecrets looks for the passwords in everything that was logged and printed: by services, by those that run once, by the operator's commands and by
// health checks. secrets.sh has made them, or was given them, each unlike any other text.
func (s *site) keepsSecrets() {
	s.t.Helper()
	printed := maps.Clone(s.said)
	for _, p := range s.running {
		printed[p.name] += p.log.String()
	}
	for _, name := range []string{"mcis check", "mcis status", "producer sync --once", "mcis verify --json", "loader", "nats", "sh " + s.placed("/deploy/secrets.sh", "")} {
		if printed[name] == "" {
			s.t.Errorf("nothing of %s was looked at, but of %v", name, slices.Sorted(maps.Keys(printed)))
		}
	}
	for secret, value := range secretsIn(s.t, s.placed("/secrets", "")) {
		if secret == "api/secret" { // the word demo
			continue
		}
		for name, text := range printed {
			if form := leaked(value, text); form != "" {
				s.t.Errorf("%s prints the secret %s, %s", name, secret, form)
			}
		}
	}
}

// leaked is how a text has a secret in it, or nothing. The module of the product has a watch for this that knows more, and is not to be had here.
func leaked(secret, text string) string {
	forms := map[string][]string{
		"as it is": {secret}, "in a URL": {url.QueryEscape(secret), url.PathEscape(secret)}, "hexadecimal": {hex.EncodeToString([]byte(secret))},
	}
	for before := range 3 { // three bytes become four characters, so that there are three ways for it to begin
		const bits, most = 8, 6
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		forms["base64"] = append(forms["base64"], encoded[(before*bits+most-1)/most:(before+len(secret))*bits/most])
	}
	for form, signs := range forms {
		if slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(text, sign) }) {
			return form
		}
	}
	return ""
}

func TestLeaksAreFound(t *testing.T) {
	const secret = "Aa1secret/of sorts"
	for text, want := range map[string]string{
		"login " + secret + " refused":                                     "as it is",
		"nats://mcis:" + url.PathEscape(secret) + "@host":                  "in a URL",
		hex.EncodeToString([]byte("x" + secret)):                           "hexadecimal",
		base64.StdEncoding.EncodeToString([]byte("mcis:" + secret)):        "base64",
		base64.StdEncoding.EncodeToString([]byte("user:" + secret + "\n")): "base64",
		base64.StdEncoding.EncodeToString([]byte("nobody:" + secret)):      "base64",
		"login Aa1… refused":                                               "",
	} {
		if got := leaked(secret, text); got != want {
			t.Errorf("%q: found %q, expected %q", text, got, want)
		}
	}
}
