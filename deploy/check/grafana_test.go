package check

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// dashboard is what is looked at of a Grafana dashboard.
type dashboard struct {
	UID, Title string
	Panels     []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Datasource               struct{ Type, UID string }
	Targets                  []struct {
		RefID      string
		Expr       string
		Datasource struct{ Type, UID string }
	}
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	paths, err := filepath.Glob(inRepo(t, "deploy", "grafana", "dashboards", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	found := make(map[string]dashboard)
	for _, path := range paths {
		var d dashboard
		if err := json.Unmarshal([]byte(read(t, "deploy", "grafana", "dashboards", filepath.Base(path))), &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		found[filepath.Base(path)] = d
	}
	return found
}

// expressions are those of all dashboards, with Grafana's own variables replaced as it would.
func expressions(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				found = append(found, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
			}
		}
	}
	return found
}

func TestDashboardsAskInPromQL(t *testing.T) {
	for _, text := range expressions(t) {
		parsed, err := promQL.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if kind := parsed.Type(); kind != parser.ValueTypeVector {
			t.Errorf("%s is a %s", text, kind)
		}
	}
}

func TestDashboardsAreWhole(t *testing.T) {
	for name, d := range dashboards(t) {
		if d.UID == "" || d.Title == "" {
			t.Errorf("%s has no name", name)
		}
		ids := make(map[int]bool)
		taken := make(map[[2]int]string)
		for _, p := range d.Panels {
			if ids[p.ID] || p.Title == "" {
				t.Errorf("%s: the panel %d %q is there twice, or has no title", name, p.ID, p.Title)
			}
			ids[p.ID] = true
			if p.Type != "row" && (p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "prometheus") {
				t.Errorf("%s: %s says nothing of itself or asks nobody: %+v", name, p.Title, p)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: %s lies over %s, or outside", name, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// Grafana finds the data source that the dashboards ask, at the service of the compose file, and the dashboards where they are mounted.
func TestGrafanaIsProvisioned(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool           `yaml:"isDefault"`
			Editable                     bool           `yaml:"editable"`
			JSONData                     map[string]any `yaml:"jsonData"`
		} `yaml:"datasources"`
	}
	strictly(t, &sources, "deploy", "grafana", "provisioning", "datasources", "prometheus.yaml")
	if len(sources.Datasources) != 1 || sources.Datasources[0].UID != "prometheus" || sources.Datasources[0].URL != "http://prometheus:9090" {
		t.Errorf("the data source is %+v", sources.Datasources)
	}
	var folders struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type    string
			DisableDeletion       bool                  `yaml:"disableDeletion"`
			AllowUIUpdates        bool                  `yaml:"allowUiUpdates"`
			UpdateIntervalSeconds int                   `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string } `yaml:"options"`
		} `yaml:"providers"`
	}
	strictly(t, &folders, "deploy", "grafana", "provisioning", "dashboards", "mcis.yaml")
	mounted := make(map[string]string)
	for _, volume := range compose(t, everyProfile).Services["grafana"].Volumes {
		mounted[volume.Target] = volume.Source
	}
	if len(folders.Providers) != 1 || mounted[folders.Providers[0].Options.Path] != inRepo(t, "deploy", "grafana", "dashboards") {
		t.Errorf("dashboards are looked for in %+v, mounted are %v", folders.Providers, mounted)
	}
	if mounted["/etc/grafana/provisioning"] != inRepo(t, "deploy", "grafana", "provisioning") {
		t.Errorf("mounted are %v", mounted)
	}
}

// strictly decodes a YAML file; a field that is not known fails the test.
func strictly(t *testing.T, into any, parts ...string) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(read(t, parts...)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%v: %v", parts, err)
	}
}
