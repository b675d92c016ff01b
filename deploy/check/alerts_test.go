package check

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"
)

// ruleTests is a file for `promtool test rules`, as far as it is used here; anything else in it fails the test.
type ruleTests struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []ruleTest     `yaml:"tests"`
}

type ruleTest struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Input    []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Alerts []expectedAlerts `yaml:"alert_rule_test"`
}

type expectedAlerts struct {
	EvalTime model.Duration `yaml:"eval_time"`
	Name     string         `yaml:"alertname"`
	Alerts   []alert        `yaml:"exp_alerts"`
}

// alert is one that fires.
type alert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

func loadRuleTests(t *testing.T) (file ruleTests) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(read(t, "deploy", "prometheus", "alerts_test.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file
}

// The alerts fire when they should and not else, evaluated by Prometheus's own rule manager over given series.
func TestAlertsFire(t *testing.T) {
	file := loadRuleTests(t)
	for _, test := range file.Tests {
		t.Run(test.Name, func(t *testing.T) { test.run(t, time.Duration(file.EvaluationInterval)) })
	}
}

// Each alert is seen to fire, and seen not to.
func TestEveryAlertIsTested(t *testing.T) {
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, test := range loadRuleTests(t).Tests {
		for _, expected := range test.Alerts {
			fires[expected.Name] = fires[expected.Name] || len(expected.Alerts) > 0
			silent[expected.Name] = silent[expected.Name] || len(expected.Alerts) == 0
		}
	}
	for _, rule := range alerts(t) {
		if !fires[rule.Alert] || !silent[rule.Alert] {
			t.Errorf("%s: seen to fire %v, seen not to fire %v", rule.Alert, fires[rule.Alert], silent[rule.Alert])
		}
		delete(fires, rule.Alert)
	}
	for name := range fires {
		t.Errorf("there is no alert %s", name)
	}
}

// run evaluates the rules at every interval, and compares what fires at the times that are asked for.
func (r *ruleTest) run(t *testing.T, every time.Duration) {
	series := fmt.Sprintf("load %s\n", time.Duration(r.Interval))
	for _, input := range r.Input {
		series += "  " + input.Series + " " + input.Values + "\n"
	}
	samples, err := promqltest.NewLazyLoader(series, promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true, Parser: promQL})
	if err != nil {
		t.Fatal(err)
	}
	defer samples.Close()
	samples.SubqueryInterval = every
	groups := loadRules(t, samples, every)
	slices.SortFunc(r.Alerts, func(a, b expectedAlerts) int { return int(a.EvalTime - b.EvalTime) })
	start := time.Unix(0, 0).UTC()
	next := 0
	for at := start; next < len(r.Alerts); at = at.Add(every) {
		samples.WithSamplesTill(at, func(err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, group := range groups {
				group.Eval(samples.Context(), at)
			}
		})
		for ; next < len(r.Alerts) && !at.Before(start.Add(time.Duration(r.Alerts[next].EvalTime))); next++ {
			r.Alerts[next].compare(t, groups)
		}
	}
}

// loadRules loads alerts.yml over the samples.
func loadRules(t *testing.T, samples *promqltest.LazyLoader, every time.Duration) map[string]*rules.Group {
	t.Helper()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(samples.QueryEngine(), samples.Storage()),
		AppendableV2: samples.Storage(),
		Context:      t.Context(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		Logger:       slog.New(slog.DiscardHandler),
		Parser:       promQL,
	})
	groups, errs := manager.LoadGroups(every, labels.EmptyLabels(), "", nil, false, inRepo(t, "deploy", "prometheus", "alerts.yml"))
	for _, err := range errs {
		t.Fatal(err)
	}
	for _, group := range groups {
		for _, rule := range group.AlertingRules() {
			rule.SetRestored(true) // else the first evaluations only look for what fired before
		}
	}
	return groups
}

// compare compares what fires of an alert with what is to.
func (e *expectedAlerts) compare(t *testing.T, groups map[string]*rules.Group) {
	t.Helper()
	var firing []alert
	for group := range maps.Values(groups) {
		for _, rule := range group.AlertingRules() {
			if err := rule.LastError(); err != nil {
				t.Errorf("%s: %v", rule.Name(), err)
			}
			if rule.Name() != e.Name {
				continue
			}
			for _, active := range rule.ActiveAlerts() {
				if active.State == rules.StateFiring {
					named := active.Labels.Map()
					delete(named, model.AlertNameLabel)
					firing = append(firing, alert{named, active.Annotations.Map()})
				}
			}
		}
	}
	byLabels := func(a, b alert) int { return strings.Compare(fmt.Sprint(a.Labels), fmt.Sprint(b.Labels)) }
	slices.SortFunc(firing, byLabels)
	slices.SortFunc(e.Alerts, byLabels)
	if diff := difference(e.Alerts, firing); diff != "" {
		t.Errorf("%s after %s (- expected, + fires):\n%s", e.Name, time.Duration(e.EvalTime), diff)
	}
}
