package check

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/dns" // the configuration's way to find processes
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// promQL reads expressions as the server does, without what has to be switched on there.
var promQL = parser.NewParser(parser.Options{})

func TestPrometheusConfigLoads(t *testing.T) {
	loaded, err := config.LoadFile(inRepo(t, "deploy", "prometheus", "prometheus.yml"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range loaded.RuleFiles {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("a rule file that is named is not there: %v", err)
		}
	}
	var jobs []string
	for _, scrape := range loaded.ScrapeConfigs {
		jobs = append(jobs, scrape.JobName)
	}
	if !slices.Contains(jobs, "mcis") {
		t.Errorf("the jobs are %v: the alerts ask for mcis", jobs)
	}
}

// Prometheus asks the services of the compose file at the port that they declare.
func TestPrometheusAsksEveryStage(t *testing.T) {
	text := read(t, "deploy", "prometheus", "prometheus.yml")
	if !strings.Contains(text, "names: ["+strings.Join(stages, ", ")+"]") || !strings.Contains(text, "port: 9090") {
		t.Errorf("it does not scrape %v at 9090", stages)
	}
	for _, name := range stages {
		if expose := compose(t, nil).Services[name].Expose; len(expose) != 1 || expose[0] != "9090" {
			t.Errorf("%s declares %v", name, expose)
		}
	}
}

// alerts are the rules of deploy/prometheus/alerts.yml.
func alerts(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(inRepo(t, "deploy", "prometheus", "alerts.yml"), false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	var rules []rulefmt.Rule
	for _, group := range groups.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	runbook := anchors(read(t, "docs", "operating.md"))
	seen := make(map[string]bool)
	for _, rule := range alerts(t) {
		if seen[rule.Alert] || !strings.HasPrefix(rule.Alert, "MCIS") {
			t.Errorf("there are two alerts %s, or the name does not say whose it is", rule.Alert)
		}
		seen[rule.Alert] = true
		if severity := rule.Labels["severity"]; severity != "critical" && severity != "warning" {
			t.Errorf("%s: severity %q", rule.Alert, severity)
		}
		if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || rule.For == 0 {
			t.Errorf("%s has no summary, no description, or fires at once", rule.Alert)
		}
		file, anchor, _ := strings.Cut(rule.Annotations["runbook_url"], "#")
		if file != "docs/operating.md" || !slices.Contains(runbook, anchor) {
			t.Errorf("%s: the runbook has no %q, it has %v", rule.Alert, rule.Annotations["runbook_url"], runbook)
		}
	}
}

// anchors are those of a Markdown file's headings, as the usual viewers make them.
func anchors(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		heading, isHeading := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !isHeading || !strings.HasPrefix(line, "#") {
			continue
		}
		kept := func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case strings.ContainsRune("`*:,.;!?()/'\"…=<>|&$", r):
				return -1
			}
			return r
		}
		found = append(found, strings.Map(kept, strings.ToLower(strings.TrimSpace(heading))))
	}
	return found
}

// Prometheus' folder is mounted whole: what is in it is what is named here.
func TestPrometheusFolderHoldsWhatIsChecked(t *testing.T) {
	entries, err := filepath.Glob(inRepo(t, "deploy", "prometheus", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, filepath.Base(entry))
	}
	if want := []string{"alerts.yml", "alerts_test.yml", "prometheus.yml"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, checked are %v", names, want)
	}
}
