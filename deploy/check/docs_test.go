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
