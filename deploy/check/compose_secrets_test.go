package check

import (
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

// tellsSecrets are the names of variables that hold a secret themselves: not those that name a file with one, and not those
// that say that there is one.
var tellsSecrets = regexp.MustCompile(`(PASSWORD|SECRET|TOKEN|HASH_KEY|CREDS)$`)

// given are the settings that a person may put into .env.
var given = []string{"NATS_PASSWORD=planted-nats-1", "SQLSERVER_SA_PASSWORD=planted-Sa-2", "WAREHOUSE_PASSWORD=planted-wh-3", "GRAFANA_PASSWORD=planted-gr-4", "HASH_KEY=planted-hash-5", "SECRET=planted-api-6"}

func TestComposeHoldsNoSecret(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Environment map[string]any `yaml:"environment"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, service := range file.Services {
		for variable, value := range service.Environment {
			if !tellsSecrets.MatchString(variable) {
				continue
			}
			seen++
			if text, _ := value.(string); name != "secrets" || text != "${"+variable+":-}" {
				t.Errorf("%s: %s is %v: only the service secrets is given any, and the file holds none", name, variable, value)
			}
		}
	}
	if seen != len(given) {
		t.Errorf("%d variables hold secrets, expected %d", seen, len(given))
	}
}

// Whoever sees what a container was started with, as `docker inspect` shows it, sees no secret but in that which writes the files.
func TestComposeHandsSecretsToOneContainerOnly(t *testing.T) {
	project := compose(t, everyProfile, given...)
	for name, service := range project.Services {
		shown := strings.Join(service.Command, " ") + strings.Join(service.Entrypoint, " ") + strings.Join(values(service), " ")
		if planted := strings.Contains(shown, "planted-"); planted != (name == "secrets") {
			t.Errorf("%s is started with a secret: %v", name, planted)
		}
	}
}

func values(service types.ServiceConfig) []string {
	var found []string
	for name, value := range service.Environment {
		if value != nil {
			found = append(found, name+"="+*value)
		}
	}
	return slices.Sorted(slices.Values(found))
}

// The tests' container is given the server's password as a file: in a URL an @ or a # would end it.
func TestComposeTestsTakeAnyPassword(t *testing.T) {
	service := compose(t, everyProfile).Services["test"]
	file, address := service.Environment["MCIS_TEST_SQLSERVER_PASSWORD_FILE"], service.Environment["MCIS_TEST_SQLSERVER_URL"]
	if file == nil || *file != "/secrets/sa/password" || address == nil {
		t.Fatalf("the password is in %s, the server %s", shownValue(file), shownValue(address))
	}
	server, err := url.Parse(*address)
	if err != nil {
		t.Fatal(err)
	}
	if _, given := server.User.Password(); given || server.User.Username() != "sa" || strings.Contains(strings.Join(append(service.Command, service.Entrypoint...), " "), "sqlserver://") {
		t.Errorf("it logs in at %s, and runs %v %v", server.Redacted(), service.Entrypoint, service.Command)
	}
	for _, name := range []string{"MCIS_TEST_SQLSERVER_PASSWORD_FILE", "MCIS_TEST_SQLSERVER_URL"} {
		if !strings.Contains(read(t, "internal", "warehouse", "mssql", "mssqltest", "mssqltest.go"), strconv.Quote(name)) {
			t.Errorf("the tests do not read %s", name)
		}
	}
}

// Each container mounts the secrets that it needs, read only, and none of the others.
func TestComposeMountsOnlyTheSecretsThatAreNeeded(t *testing.T) {
	want := map[string][]string{
		"nats": {"nats"}, "sqlserver": {"sa"}, "database": {"sa", "warehouse"}, "test": {"sa"}, "grafana": {"grafana"},
		"producer": {"api", "nats"}, "enricher": {"api", "hash", "nats"}, "loader": {"hash", "nats", "warehouse"},
		"check": {"api", "hash", "nats", "warehouse"}, "mcis": {"api", "hash", "nats", "warehouse"},
	}
	for name, service := range compose(t, everyProfile).Services {
		if name == "secrets" {
			continue
		}
		var mounted []string
		for _, volume := range service.Volumes {
			if secret, isSecret := strings.CutPrefix(volume.Target, "/secrets/"); isSecret {
				mounted = append(mounted, secret)
				if !volume.ReadOnly || volume.Source != "secrets-"+secret {
					t.Errorf("%s: %s is mounted from %s, read only %v", name, volume.Target, volume.Source, volume.ReadOnly)
				}
			}
		}
		slices.Sort(mounted)
		if !slices.Equal(mounted, want[name]) {
			t.Errorf("%s mounts the secrets %v, expected %v", name, mounted, want[name])
		}
		for _, value := range values(service) {
			if _, path, isFile := strings.Cut(value, "/secrets/"); isFile && !slices.Contains(mounted, path[:strings.Index(path+"/", "/")]) {
				t.Errorf("%s reads a secret that is not mounted: %s", name, value)
			}
		}
	}
}

// What is in .env reaches those whom it concerns, and what is in neither place is left to the binaries' own defaults.
func TestComposeTakesSettingsFromDotEnv(t *testing.T) {
	dotEnv := write(t, t.TempDir(), ".env", strings.Join(append(given, "AUTH_URL=https://api.example/login", "DATA_API_URL=https://api.example/booking",
		"SUBJECT=nightly", "API_RPS=7", "LIST_FROM=2024-01-01", "STREAM_GIB=4", "ENRICH_WORKERS=16", "MCIS_VERSION=1.2.3", "NATS_PORT=14222"), "\n")+"\n")
	options, err := cli.NewProjectOptions([]string{inRepo(t, "docker-compose.yml")},
		cli.WithWorkingDirectory(inRepo(t)), cli.WithEnvFiles(dotEnv), cli.WithDotEnv)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{
		"producer":   {"AUTH_URL": "https://api.example/login", "SUBJECT": "nightly", "API_RPS": "7", "LIST_FROM": "2024-01-01", "STREAM_GIB": "4", "SYNC_EVERY": "15m"},
		"enricher":   {"DATA_API_URL": "https://api.example/booking", "API_RPS": "7", "ENRICH_WORKERS": "16"},
		"loader":     {"WAREHOUSE_URL": "sqlserver://sqlserver:1433?database=mcis&TrustServerCertificate=true", "STREAM_GIB": "4"},
		"secrets":    {"SECRET": "planted-api-6"},
		"configured": {"SECRET_IS_SET": "yes", "SUBJECT": "nightly"},
	}
	for name, variables := range want {
		environment := project.Services[name].Environment
		for variable, value := range variables {
			if got := environment[variable]; got == nil || *got != value {
				t.Errorf("%s: %s is %v, expected %q", name, variable, shownValue(got), value)
			}
		}
	}
	if image := project.Services["loader"].Image; image != "mcis:1.2.3" {
		t.Errorf("the image is %s", image)
	}
	if port := project.Services["nats"].Ports[0].Published; port != "14222" {
		t.Errorf("the published port is %s", port)
	}
}

func TestComposeLeavesDefaultsToTheBinaries(t *testing.T) {
	left := []string{"API_RPS", "LIST_FROM", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT"}
	environment := compose(t, nil).Services["producer"].Environment
	for _, name := range left {
		if value := environment[name]; value != nil {
			t.Errorf("%s is %q though nobody set it", name, *value)
		}
	}
	for _, name := range []string{"AUTH_URL", "DATA_API_URL"} {
		if value := environment[name]; value == nil || !strings.HasPrefix(*value, "http://api:8088/") {
			t.Errorf("%s is %s: the demo would not reach its simulated API", name, shownValue(value))
		}
	}
}

func shownValue(value *string) string {
	if value == nil {
		return "not set"
	}
	return *value
}

// Every variable that a service of ours is given is one that our binaries read: a name that is spelt wrong would be
// without effect and without a word.
func TestComposeKnowsTheSettings(t *testing.T) {
	known := settings(t)
	for _, name := range ours {
		for variable := range compose(t, everyProfile).Services[name].Environment {
			if !slices.Contains(known, strings.TrimSuffix(variable, "_FILE")) && !slices.Contains(known, variable) {
				t.Errorf("%s: no setting is called %s", name, variable)
			}
		}
	}
}

// settings are the variables that our binaries read, as their sources say.
func settings(t *testing.T) []string {
	t.Helper()
	tag := regexp.MustCompile(`env:"([A-Z_]+)"`)
	found := map[string]bool{"GOMEMLIMIT": true, "OTEL_EXPORTER_OTLP_ENDPOINT": true} // the runtime's and the exporter's
	for _, dir := range []string{"cmd/internal/cli", "cmd/internal/stages", "cmd/mcis", "cmd/producer", "cmd/enricher", "cmd/loader"} {
		entries, err := os.ReadDir(inRepo(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if strings.HasSuffix(entry.Name(), ".go") && !strings.HasSuffix(entry.Name(), "_test.go") {
				for _, match := range tag.FindAllStringSubmatch(read(t, dir, entry.Name()), -1) {
					found[match[1]] = true
				}
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}
