package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/mapping"
	"mcis/internal/simapi"
)

// TestExtendingTheMapping applies the changes of docs/extending.md to the built-in mapping and goes the ways that the page describes.
func TestExtendingTheMapping(t *testing.T) {
	notUnderRace(t)
	changed := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(changed, []byte(extended(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProcesses(t, simapi.Config{Bookings: 30, Seed: 81})
	loader, enricher := p.start("loader"), p.start("enricher")
	p.ends(nil, cli.ExitDone, nil, "producer", "backfill", "--window", "12mo")
	p.drained()
	enricher()
	loader()

	with := []string{"MAPPING=" + changed}
	p.ends(with, cli.ExitDone, []string{"33 tables", "needs ", "statements to be up to date"}, "mcis", "check")
	p.ends(with, cli.ExitDone, []string{"CREATE TABLE", `"Role"`, "BookingRequestorRoles", "contact_name", "contact_email"}, "mcis", "schema", "migrate", "--dry-run")
	asked := p.api.Stats().Total
	p.ends(with, cli.ExitDone, []string{"records loaded    30"}, "mcis", "replay")
	if now := p.api.Stats().Total; now != asked {
		t.Errorf("the replay asked the API %d times", now-asked)
	}
	filled := []string{"Customer WHERE contact_name IS NOT NULL", "Role WHERE authority IS NOT NULL", "BookingRequestorRoles"}
	for _, rows := range filled {
		if p.count("SELECT count(*) FROM "+rows) == 0 {
			t.Errorf("the replay left %s empty", rows)
		}
	}
	const beyond = "SELECT count(*) FROM Client WHERE contact_email IS NOT NULL"
	if n := p.count(beyond); n != 0 {
		t.Errorf("%d clients have what nothing has asked for", n)
	}

	p.env = append(p.env, with...)
	p.start("loader")
	p.start("enricher")
	p.ends(nil, cli.ExitDone, nil, "producer", "backfill", "--window", "12mo", "--restart")
	p.drained()
	if p.count(beyond) == 0 {
		t.Error("the new kind of related resource was not fetched")
	}
}

// extended is the built-in mapping with the changes that docs/extending.md shows, in their order.
func extended(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/extending.md")
	if err != nil {
		t.Fatal(err)
	}
	text, changes := string(mapping.Embedded()), regexp.MustCompile("(?s)```diff\n(.*?)```").FindAllSubmatch(page, -1)
	for _, change := range changes {
		var before, after strings.Builder
		for line := range strings.Lines(string(change[1])) {
			if line[0] != '+' {
				before.WriteString(line[1:])
			}
			if line[0] != '-' {
				after.WriteString(line[1:])
			}
		}
		if n := strings.Count(text, before.String()); n != 1 {
			t.Fatalf("what docs/extending.md changes stands %d times in the mapping:\n%s", n, before.String())
		}
		text = strings.Replace(text, before.String(), after.String(), 1)
	}
	const shown = 6
	if len(changes) != shown {
		t.Fatalf("docs/extending.md shows %d changes, expected %d", len(changes), shown)
	}
	return text
}
