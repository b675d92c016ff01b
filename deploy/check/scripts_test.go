package check

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// script runs a script of deploy/compose with these variables and no others.
func script(t *testing.T, name string, variables ...string) (code int, text string) {
	t.Helper()
	command := exec.Command("sh", inRepo(t, "deploy", "compose", name))
	command.Env = append(variables, "PATH="+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(out)
}

// secretsIn are the files that secrets.sh has written, by name.
func secretsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, name := range []string{"nats/password", "sa/password", "warehouse/password", "grafana/password", "hash/key", "api/secret"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		found[name] = string(text)
	}
	return found
}

// volumes are empty ones, as secrets.sh finds them the first time.
func volumes(t *testing.T) (secrets, nats string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nats", "sa", "warehouse", "grafana", "hash", "api"} {
		if err := os.MkdirAll(filepath.Join(dir, "secrets", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "secrets"), t.TempDir()
}

func TestSecretsAreMadeOnce(t *testing.T) {
	dir, nats := volumes(t)
	code, said := script(t, "secrets.sh", "SECRETS="+dir, "NATS_DATA="+nats)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	first := secretsIn(t, dir)
	seen := make(map[string]bool)
	for name, secret := range first {
		if name == "api/secret" {
			if secret != "demo" {
				t.Errorf("the simulated API takes demo, it is given %q", secret)
			}
			continue
		}
		// SQL Server wants 8 characters of three kinds; NATS's configuration reads a number as one, and a URL stops at a @.
		if len(secret) < 40 || !regexp.MustCompile(`^[A-Z][A-Za-z0-9]+$`).MatchString(secret) || !strings.ContainsAny(secret, "0123456789") || strings.ToUpper(secret) == secret {
			t.Errorf("%s is %q", name, secret)
		}
		if seen[secret] || strings.Contains(said, secret) {
			t.Errorf("%s is that of another, or printed", name)
		}
		seen[secret] = true
	}
	if code, said = script(t, "secrets.sh", "SECRETS="+dir, "NATS_DATA="+nats); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if diff := difference(first, secretsIn(t, dir)); diff != "" {
		t.Errorf("the second time they are others:\n%s", diff)
	}
}

func TestSecretsThatAreSetWin(t *testing.T) {
	dir, nats := volumes(t)
	script(t, "secrets.sh", "SECRETS="+dir, "NATS_DATA="+nats)
	const strange = `a b"c'd$e\f%g`
	code, said := script(t, "secrets.sh", append(given, "SECRETS="+dir, "NATS_DATA="+nats, "SECRET="+strange)...)
	if code != 0 || strings.Contains(said, "planted") || strings.Contains(said, strange) {
		t.Fatalf("exit code %d: %s", code, said)
	}
	want := map[string]string{"nats/password": "planted-nats-1", "sa/password": "planted-Sa-2", "warehouse/password": "planted-wh-3",
		"grafana/password": "planted-gr-4", "hash/key": "planted-hash-5", "api/secret": strange}
	if diff := difference(want, secretsIn(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestUpSaysWhatIsNotConfigured(t *testing.T) {
	demo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer demo.Close()
	const nobody = "DEMO_URL=http://127.0.0.1:1/_stats"
	all := []string{"AUTH_URL=https://a/login", "DATA_API_URL=https://a/booking", "SUBJECT=nightly", "SECRET_IS_SET=yes"}
	tests := []struct {
		name      string
		variables []string
		code      int
		says      []string
	}{
		{"nothing", []string{nobody}, 2, []string{"No API is configured", "docker compose --profile demo up", ".env", "AUTH_URL, DATA_API_URL, SUBJECT and SECRET"}},
		{"nothing, as compose hands it on", []string{nobody, "AUTH_URL=", "DATA_API_URL=", "SUBJECT=", "SECRET_IS_SET="}, 2, []string{"No API is configured"}},
		{"the demo", []string{"DEMO_URL=" + demo.URL}, 0, []string{"the simulated one is used"}},
		{"all of it", append(all, nobody), 0, []string{"https://a/booking"}},
		{"no secret", append(all[:3:3], "DEMO_URL="+demo.URL), 2, []string{"missing: SECRET"}},
		{"a URL alone", append(all[:1:1], nobody), 2, []string{"missing: DATA_API_URL SUBJECT SECRET"}},
	}
	for _, test := range tests {
		code, said := script(t, "configured.sh", test.variables...)
		if code != test.code {
			t.Errorf("%s: exit code %d, expected %d: %s", test.name, code, test.code, said)
		}
		for _, text := range test.says {
			if !strings.Contains(said, text) {
				t.Errorf("%s: it does not say %q: %s", test.name, text, said)
			}
		}
	}
}

// The rights that the one-shot grants are those that docs/sqlserver.md names, word for word.
func TestDatabaseGrantsWhatTheDocsSay(t *testing.T) {
	granted := regexp.MustCompile("GRANT [^;`\n]+;")
	said := granted.FindAllString(strings.ReplaceAll(read(t, "docs", "sqlserver.md"), "[loader]", "[$(LOADER)]"), -1)
	given := granted.FindAllString(read(t, "deploy", "compose", "database.sql"), -1)
	if diff := difference(said, given); diff != "" || len(given) == 0 {
		t.Errorf("docs/sqlserver.md says other rights than database.sql gives:\n%s", diff)
	}
}

// Every variable of database.sql is one that database.sh gives sqlcmd.
func TestDatabaseScriptHasItsVariables(t *testing.T) {
	exported := regexp.MustCompile(`(?m)^export (.*)$`).FindStringSubmatch(read(t, "deploy", "compose", "database.sh"))
	if exported == nil {
		t.Fatal("database.sh exports nothing")
	}
	for _, match := range regexp.MustCompile(`\$\((\w+)\)`).FindAllStringSubmatch(read(t, "deploy", "compose", "database.sql"), -1) {
		if match[1] != "NAME" && !strings.Contains(" "+exported[1]+" ", " "+match[1]+" ") {
			t.Errorf("sqlcmd is not given $(%s)", match[1])
		}
	}
}
