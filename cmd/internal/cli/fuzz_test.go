package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// planted is a secret in parts: no error may show one of them.
const (
	plantedHead = "Zq7planted"
	plantedTail = "planted9Xv"
)

// mayShow reports texts of the fuzzer's that look like what is planted.
func mayShow(texts ...string) bool {
	return strings.Contains(strings.ToLower(strings.Join(texts, "\n")), "plant")
}

// isHost reports whether a planted text is what a URL has as its host, which is no secret: it stands behind the last @.
func isHost(text string) bool {
	authority, _, _ := strings.Cut(text[strings.Index(text, "//")+1:], "?")
	at := strings.LastIndexByte(authority, '@')
	return at >= 0 && strings.Contains(authority[at:], "planted")
}

// keepsQuiet checks an error of settings: it names the setting, and shows no secret.
func keepsQuiet(t *testing.T, err error, names ...string) {
	t.Helper()
	if err == nil {
		return
	}
	var config *ConfigError
	if !errors.As(err, &config) || config.Name == "" || config.Expected == "" {
		t.Errorf("%v says not which setting is wrong", err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v", err, err), config.Error()} {
		if strings.Contains(shown, "planted") {
			t.Errorf("a secret is in %s", shown)
		}
	}
	named := len(names) == 0
	for _, name := range names {
		named = named || strings.HasPrefix(config.Name, name)
	}
	if !named {
		t.Errorf("%v names none of %v", err, names)
	}
}

func FuzzDotEnv(f *testing.F) {
	f.Add("# a comment\nA=1\nSECRET='", "'\nB=2\n")
	f.Add("export SECRET=\"", "\"\n")
	f.Add("SECRET=", "$A${B}\nA: x\n")
	f.Add("A='one\ntwo'\nSECRET='", "\nB=3\n")
	f.Add("\xef\xbb\xbfA=1\r\nSECRET=", "\\\"\x00\n-")
	f.Fuzz(func(t *testing.T, before, after string) {
		if mayShow(before, after) {
			t.Skip()
		}
		variables, err := parseDotEnv([]byte(before + plantedHead + plantedTail + after))
		if (variables == nil) == (err == nil) {
			t.Errorf("%v and %v", variables, err)
		}
		keepsQuiet(t, err, dotEnv)
	})
}

// FuzzSettings puts a password with any texts around it, and in the midst of it, into the settings that hold URLs.
func FuzzSettings(f *testing.F) {
	f.Add("nats://u:", "", "@h:4222", "")
	f.Add("sqlserver://sa:", "@", "@sql01?database=x", "u")
	f.Add("https://u:", "%zz", "@h/ii/api/v2/booking", "")
	f.Add("sqlite:", "", "", "")
	f.Add("sqlserver://h?database=x&password=", "&", "&encrypt=maybe", "")
	f.Add("nats://a,nats://u:", "\x7f", "@[::1", "me")
	f.Fuzz(func(t *testing.T, before, between, after, user string) {
		if mayShow(before, between, after, user) {
			t.Skip()
		}
		text := before + plantedHead + between + plantedTail + after
		if isHost(text) {
			t.Skip()
		}
		api := API{AuthURL: text, DataURL: text, Subject: user, Secret: Secret(text), Concurrency: 1, Timeout: time.Second}
		keepsQuiet(t, api.Check(), "AUTH_URL", "DATA_API_URL", "SUBJECT")
		nats := NATS{URL: text, User: user, Password: Secret(text), Replicas: 1, MaxGiB: 1}
		keepsQuiet(t, nats.Check(), "NATS_")
		said := strings.Join(api.Warnings(), " ")
		for _, warehouse := range []Warehouse{
			{URL: Secret(text)}, {URL: Secret(text), User: user, Password: plantedHead},
			{Server: user, Database: between, User: before, Password: Secret(text)},
		} {
			target, err := warehouse.Target()
			keepsQuiet(t, err, "WAREHOUSE_", "SERVER", "DATABASE")
			if target.SQLServer != nil {
				said += fmt.Sprintf("%v %#v %s", target, target.SQLServer, target.Warnings())
			}
			said += fmt.Sprintf("%v %+v %#v", warehouse.URL, warehouse.Password, warehouse.URL)
		}
		if strings.Contains(said, "planted") {
			t.Errorf("a secret is in %s", said)
		}
	})
}

// FuzzValueFiles gives settings their values from a file that holds anything.
func FuzzValueFiles(f *testing.F) {
	names := []string{"T_SECRET", "T_RATE", "T_WAIT", "T_ONCE", "T_LEVEL", "T_LOG_FILE", "T_FROM"}
	for i, seed := range []string{"", "1", "3s\n", "true\r\n", "high", "/etc/passwd\n/x", "2019-01-01", "\x00", "-1e999"} {
		f.Add(uint8(i), seed, "")
		f.Add(uint8(i), "", seed)
	}
	path := filepath.Join(f.TempDir(), "value")
	f.Chdir(f.TempDir()) // where no .env is
	f.Fuzz(func(t *testing.T, which uint8, before, after string) {
		if mayShow(before, after) {
			t.Skip()
		}
		if err := os.WriteFile(path, []byte(before+plantedHead+after), 0o600); err != nil {
			t.Fatal(err)
		}
		name := names[int(which)%len(names)] + fileSuffix
		t.Setenv(name, path)
		_, code, printed := parse(t)
		if code != ExitDone && !strings.Contains(printed, name) {
			t.Errorf("ends with %d and does not name %s: %s", code, name, printed)
		}
		if strings.Contains(printed, "planted") {
			t.Errorf("a secret is in %s", printed)
		}
	})
}
