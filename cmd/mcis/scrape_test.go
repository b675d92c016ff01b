package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scraped is what a process told on /metrics.
type scraped map[string]*dto.MetricFamily

// scrape asks a process for its metrics.
func scrape(t *testing.T, addr string) scraped {
	t.Helper()
	status, text := answer(t, "http://"+addr+"/metrics")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d: %v", status, err)
	}
	return families
}

// answer is what an address answers, on a connection of its own. It is searched for planted secrets.
func answer(t *testing.T, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	leaks.Look(t.Name()+" "+request.URL.Path, string(text))
	return response.StatusCode, string(text)
}

// own are this project's metrics as docs/metrics.md writes them: mcis_api_requests_total{code,resource}.
func (s scraped) own() []string {
	var names []string
	for name, family := range s {
		if strings.HasPrefix(name, "mcis_") {
			names = append(names, spelled(name, labelsOf(family.GetMetric()[0])))
		}
	}
	slices.Sort(names)
	return names
}

func spelled(name string, labels []string) string {
	if len(labels) == 0 {
		return name
	}
	slices.Sort(labels)
	return name + "{" + strings.Join(labels, ",") + "}"
}

func labelsOf(metric *dto.Metric) (names []string) {
	for _, label := range metric.GetLabel() {
		names = append(names, label.GetName())
	}
	return names
}

// sum adds up the metrics of a name whose labels have these values: "stage", "loader". Of a histogram it is the count.
func (s scraped) sum(name string, labels ...string) float64 {
	total := 0.0
	for _, metric := range s[name].GetMetric() {
		if has(metric, labels) {
			total += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return total
}

func has(metric *dto.Metric, labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		if !slices.ContainsFunc(metric.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == labels[i] && l.GetValue() == labels[i+1] }) {
			return false
		}
	}
	return true
}

// awaitMetrics scrapes until what was scraped is as wanted.
func awaitMetrics(t *testing.T, addr string, wanted func(scraped) bool) scraped {
	t.Helper()
	const patience, every = time.Minute, 100 * time.Millisecond
	deadline := time.After(patience)
	for {
		metrics := scrape(t, addr)
		if wanted(metrics) {
			return metrics
		}
		select {
		case <-deadline:
			t.Fatalf("after %s: %v", patience, metrics.own())
		case <-time.After(every):
		}
	}
}
