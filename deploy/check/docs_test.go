package check

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What docs/deploying.md names is there: files, anchors, services, profiles.
func TestDeployingNamesWhatIsThere(t *testing.T) {
	text := read(t, "docs", "deploying.md")
	for _, match := range regexp.MustCompile("`?((?:deploy/|docker-compose\\.yml)[A-Za-z0-9_./*-]*)").FindAllStringSubmatch(text, -1) {
		path := strings.TrimRight(match[1], "./")
		if strings.Contains(path, "*") {
			continue
		}
		if _, err := os.Stat(inRepo(t, path)); err != nil {
			t.Errorf("there is no %s", path)
		}
	}
	for _, match := range regexp.MustCompile(`\]\(([a-z]*\.?m?d?)#([a-z-]+)\)`).FindAllStringSubmatch(text, -1) {
		in := text
		if match[1] != "" {
			in = read(t, "docs", match[1])
		}
		if !slices.Contains(anchors(in), match[2]) {
			t.Errorf("%s has no %s", match[1], match[2])
		}
	}
	project := compose(t, everyProfile)
	for _, match := range regexp.MustCompile(`docker compose (?:--profile (\w+) )?(?:exec|run --rm|logs -f|up -d --scale) ?([a-z]+)`).FindAllStringSubmatch(text, -1) {
		if match[1] != "" && !slices.Contains(everyProfile, match[1]) {
			t.Errorf("there is no profile %s", match[1])
		}
		if _, there := project.Services[match[2]]; !there {
			t.Errorf("there is no service %s", match[2])
		}
	}
}

// Settings that the docs name are spelt as the binaries, or the compose file, read them.
func TestDeployingKnowsTheSettings(t *testing.T) {
	known := append(settings(t), "GOOS", "NAME", "NAME_FILE", "MCIS_TEST_SQLSERVER_URL")
	compose := read(t, "docker-compose.yml")
	for _, match := range regexp.MustCompile("`([A-Z][A-Z_]{3,})(?:=[^`]*)?`").FindAllStringSubmatch(read(t, "docs", "deploying.md"), -1) {
		if !slices.Contains(known, match[1]) && !strings.Contains(compose, "${"+match[1]) {
			t.Errorf("no setting is called %s", match[1])
		}
	}
}

// Alerts that anything here names are there.
func TestAlertsThatAreNamedAreThere(t *testing.T) {
	names := make(map[string]bool)
	for _, rule := range alerts(t) {
		names[rule.Alert] = true
	}
	for _, path := range [][]string{
		{"docs", "operating.md"}, {"docs", "deploying.md"}, {"docs", "metrics.md"}, {"deploy", "systemd", "mcis-sync.service"}, {"deploy", "kubernetes", "base", "sync.yaml"},
		{"deploy", "prometheus", "alerts.yml"},
	} {
		found := regexp.MustCompile(`\bMCIS[A-Z][a-z]\w+`).FindAllString(read(t, path...), -1)
		if len(found) == 0 {
			t.Errorf("%v names no alert", path)
		}
		for _, name := range found {
			if !names[name] {
				t.Errorf("%v: there is no alert %s", path, name)
			}
		}
	}
	for name := range names {
		if !strings.Contains(part(t, "## Is all well?"), name) {
			t.Errorf("docs/operating.md does not list %s", name)
		}
	}
}

// A sync has no limit anywhere, and no watchdog of its own: each file that leaves it the time says what it waits for, and how long the rest is waited for is what
// the sources have.
func TestWhatASyncWaitsForIsSaid(t *testing.T) {
	for _, path := range [][]string{{"deploy", "systemd", "mcis-sync.service"}, {"deploy", "kubernetes", "base", "sync.yaml"}, {"deploy", "windows", "mcis.xml"}} {
		text := strings.NewReplacer("\n#", "", "\n", "").Replace(read(t, path...))
		if !strings.Contains(text, "without end") || strings.Contains(text, "notices itself") {
			t.Errorf("%v does not say what is waited for", path)
		}
	}
	_, table, _ := strings.Cut(read(t, "docs", "deploying.md"), "\n## What a sync waits for\n")
	for _, held := range []struct{ file, source, said string }{
		{"listing.go", "const oncePatience = 10 * time.Minute\n", "| the API is away | ten minutes (`LIST_PATIENCE`), then exit code 3 |"},
		{"waiting.go", "const serverPatience = time.Minute\n", "| for a minute, then exit code 3 |"},
	} {
		if !strings.Contains(read(t, "cmd", "internal", "stages", held.file), held.source) || !strings.Contains(table, held.said) {
			t.Errorf("not both: %s has %q, docs/deploying.md says %q", held.file, held.source, held.said)
		}
	}
}

// What the servers may store fits their disks: both streams, DEAD, ADVISORIES and the buckets.
func TestStreamsFitTheirStore(t *testing.T) {
	const streams, rest = 2, 2.4 // GiB of DEAD, ADVISORIES, state and resources together, as deploy/nats.conf says
	stored := regexp.MustCompile(`max_file_store: (\d+)GB`)
	limit := func(parts ...string) float64 {
		match := stored.FindStringSubmatch(read(t, parts...))
		if match == nil {
			t.Fatalf("%v does not bound its store", parts)
		}
		return number(t, match[1])
	}
	given := number(t, regexp.MustCompile(`STREAM_GIB: \$\{STREAM_GIB:-(\d+)\}`).FindStringSubmatch(read(t, "docker-compose.yml"))[1])
	if room := limit("deploy", "nats.conf"); streams*given+rest > room {
		t.Errorf("compose: streams of %v GiB each do not fit into %v", given, room)
	}
	c := production(t)
	for _, m := range c.configMaps {
		if text := m.Data["STREAM_GIB"]; text != "" && streams*number(t, text)+rest > limit("deploy", "kubernetes", "base", "nats.conf") {
			t.Errorf("Kubernetes: streams of %s GiB do not fit", text)
		}
	}
	claimed := c.statefulSets[0].Spec.VolumeClaimTemplates[0].Spec.Resources.Requests.Storage()
	if room := limit("deploy", "kubernetes", "base", "nats.conf"); float64(claimed.Value()) <= room*(1<<30) {
		t.Errorf("a volume of %s does not hold a store of %v GiB", claimed, room)
	}
}
