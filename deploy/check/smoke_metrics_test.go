package check

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// exported are the series of all processes by their name: each the names of its labels.
func (s *site) exported() map[string][]string {
	s.t.Helper()
	found := make(map[string][]string)
	for _, p := range s.running {
		if !slices.Contains(stages, p.service.Name) {
			continue
		}
		_, body := s.get(p, "/metrics")
		decoder := expfmt.NewTextParser(model.UTF8Validation)
		families, err := decoder.TextToMetricFamilies(strings.NewReader(body))
		if err != nil {
			s.t.Fatalf("%s: %v", p.name, err)
		}
		for name, family := range families {
			var names []string
			for _, pair := range family.GetMetric()[0].GetLabel() {
				names = append(names, pair.GetName())
			}
			if family.GetMetric()[0].GetHistogram() != nil {
				found[name+"_sum"], found[name+"_count"], found[name+"_bucket"] = names, names, append(slices.Clone(names), "le")
			}
			found[name] = names
		}
	}
	return found
}

// knowsWhatIsAskedOf makes sure that everything which dashboards and alerts ask for is exported, with the labels that they select by.
func (s *site) knowsWhatIsAskedOf() {
	s.t.Helper()
	exported := s.exported()
	for name, asked := range askedFor(s.t) {
		labels, there := exported[name]
		if !there {
			s.t.Errorf("dashboards or alerts ask for %s, which no process exports", name)
		}
		for label := range asked {
			if there && !slices.Contains(labels, label) {
				s.t.Errorf("dashboards or alerts select %s by %s, it has the labels %v", name, label, labels)
			}
		}
	}
	s.t.Logf("%d series names are exported, of which dashboards and alerts ask for %d", len(exported), len(askedFor(s.t)))
}

// scraped are the labels that Prometheus adds to what it scrapes.
var scraped = []string{"job", "instance", "service", model.MetricNameLabel}

// onlyWhenItHappens are metrics whose labels are not known before there is something to count, and which a demo without faults has no reason to export.
var onlyWhenItHappens = []string{"mcis_rejected_values_total", "mcis_resources_absent_total"}

// askedFor are the metrics that dashboards and alerts ask for, with the labels that they select by.
func askedFor(t *testing.T) map[string]map[string]bool {
	t.Helper()
	asked := expressions(t)
	for _, rule := range alerts(t) {
		asked = append(asked, rule.Expr)
	}
	found := make(map[string]map[string]bool)
	for _, text := range asked {
		parsed, err := promQL.ParseExpr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
			selector, isSelector := node.(*parser.VectorSelector)
			if !isSelector || selector.Name == "up" || slices.Contains(onlyWhenItHappens, selector.Name) {
				return nil
			}
			if found[selector.Name] == nil {
				found[selector.Name] = make(map[string]bool)
			}
			for _, matcher := range selector.LabelMatchers {
				if !slices.Contains(scraped, matcher.Name) {
					found[selector.Name][matcher.Name] = true
				}
			}
			return nil
		})
	}
	return found
}

// The two that a healthy demo does not export are known in the docs by the same name.
func TestMetricsThatAreRareAreDocumented(t *testing.T) {
	text := read(t, "docs", "metrics.md")
	for _, name := range append(onlyWhenItHappens, slices.Collect(maps.Keys(askedFor(t)))...) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		if strings.HasPrefix(name, "mcis_") && !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"{") {
			t.Errorf("docs/metrics.md does not know %s", name)
		}
	}
}
