package check

import (
	"flag"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/prometheus/prometheus/model/rulefmt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the alerts for the Prometheus operator anew")

// podMonitor is the operator's, as far as it is used here; anything else in it fails the test.
type podMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Selector            metav1.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port          string `json:"port"`
			Path          string `json:"path"`
			Interval      string `json:"interval"`
			ScrapeTimeout string `json:"scrapeTimeout"`
			Relabelings   []struct {
				Action       relabel.Action `json:"action"`
				SourceLabels []string       `json:"sourceLabels"`
				TargetLabel  string         `json:"targetLabel"`
				Replacement  string         `json:"replacement"`
			} `json:"relabelings"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}

// relabelings are Prometheus' own, as the operator makes them of the monitor's.
func (m podMonitor) relabelings() (found []*relabel.Config) {
	for _, r := range m.Spec.PodMetricsEndpoints[0].Relabelings {
		config := relabel.DefaultRelabelConfig
		config.Action, config.TargetLabel, config.NameValidationScheme = r.Action, r.TargetLabel, model.UTF8Validation
		for _, name := range r.SourceLabels {
			config.SourceLabels = append(config.SourceLabels, model.LabelName(name))
		}
		if r.Replacement != "" {
			config.Replacement = r.Replacement
		}
		found = append(found, &config)
	}
	return found
}

// Every pod of ours, and nobody else's, is asked at a port that it has and that the network lets a Prometheus reach.
func TestKubernetesIsScraped(t *testing.T) {
	c := production(t, components...)
	monitor := c.monitors[0]
	endpoints := monitor.Spec.PodMetricsEndpoints
	if len(endpoints) != 1 || endpoints[0].Path != "/metrics" || monitor.Namespace != "mcis" {
		t.Fatalf("%+v", monitor)
	}
	for _, w := range c.workloads() {
		container := w.pod.Spec.Containers[0]
		served := slices.ContainsFunc(container.Ports, func(port corev1.ContainerPort) bool { return port.Name == endpoints[0].Port })
		if selected := selects(t, monitor.Spec.Selector, w.pod.Labels); selected != (w.name != "nats") || selected != served {
			t.Errorf("%s: is scraped %v, and serves %v", w.name, selected, served)
		}
		if reached := c.lets(t, w, "monitoring", endpoints[0].Port); reached != served {
			t.Errorf("%s: a Prometheus in the namespace monitoring reaches it: %v, expected %v", w.name, reached, served)
		}
	}
}

// scrape is the job mcis of a configuration of Prometheus.
func scrape(t *testing.T, text string) *config.ScrapeConfig {
	t.Helper()
	loaded, err := config.Load(text, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := loaded.GetScrapeConfigs()
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if job.JobName == "mcis" {
			return job
		}
	}
	t.Fatal("there is no job mcis")
	return nil
}

// However processes are found, by the compose file's Prometheus, by the operator, or by a Prometheus without it, they get the same labels.
func TestEveryPrometheusMakesTheSameLabels(t *testing.T) {
	const byPods = "(?s)```yaml\n(scrape_configs:.*?)```"
	snippet := regexp.MustCompile(byPods).FindStringSubmatch(read(t, "docs", "deploying.md"))
	if snippet == nil {
		t.Fatal("docs/deploying.md has no scrape_configs")
	}
	const discovery = "    kubernetes_sd_configs: [{role: pod, namespaces: {names: [mcis]}}]\n" // whose package would bring a client of Kubernetes
	if !strings.Contains(snippet[1], discovery) {
		t.Errorf("pods are not found by %q", discovery)
	}
	pod := []string{"__meta_kubernetes_pod_label_app_kubernetes_io_name", "loader",
		"__meta_kubernetes_pod_container_port_name", "http", "__meta_kubernetes_pod_phase", "Running"}
	ways := map[string]struct {
		relabelings []*relabel.Config
		found       []string // names and values that discovery gives the target
	}{
		"the compose file's": {scrape(t, read(t, "deploy", "prometheus", "prometheus.yml")).RelabelConfigs, []string{"job", "mcis", "__meta_dns_name", "loader"}},
		"the operator's":     {production(t, "monitoring").monitors[0].relabelings(), append([]string{"job", "mcis/mcis"}, pod...)},
		"a cluster's own":    {scrape(t, strings.Replace(snippet[1], discovery, "", 1)).RelabelConfigs, append([]string{"job", "mcis"}, pod...)},
	}
	want := map[string]string{"job": "mcis", "service": "loader"}
	for name, way := range ways {
		builder := labels.NewBuilder(labels.FromStrings(way.found...))
		kept := relabel.ProcessBuilder(builder, way.relabelings...)
		got := make(map[string]string)
		builder.Range(func(l labels.Label) {
			if !strings.HasPrefix(l.Name, "__") {
				got[l.Name] = l.Value
			}
		})
		if diff := difference(want, got); diff != "" || !kept {
			t.Errorf("%s: is kept %v, labels:\n%s", name, kept, diff)
		}
	}
	nats := labels.NewBuilder(labels.FromStrings("__meta_kubernetes_pod_label_app_kubernetes_io_name", "nats", "__meta_kubernetes_pod_container_port_name", "monitor",
		"__meta_kubernetes_pod_phase", "Running"))
	if relabel.ProcessBuilder(nats, ways["a cluster's own"].relabelings...) {
		t.Error("a cluster's own scrapes NATS too")
	}
}

// The operator is given the alerts of deploy/prometheus, word for word, as a rule of its own kind.
func TestKubernetesAlertsAreTheSame(t *testing.T) {
	path := []string{"deploy", "kubernetes", "components", "monitoring", "rules.yaml"}
	_, groups, _ := strings.Cut(read(t, "deploy", "prometheus", "alerts.yml"), "\ngroups:")
	head, _, _ := strings.Cut(read(t, path...), "\nspec:\n")
	want := head + "\nspec:\n" + regexp.MustCompile("(?m)^(.)").ReplaceAllString("groups:"+groups, "  $1")
	if *update {
		if err := os.WriteFile(inRepo(t, path...), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := difference(want, read(t, path...)); diff != "" {
		t.Errorf("not the alerts of deploy/prometheus/alerts.yml; write them anew with -update:\n%s", diff)
	}
	var rule struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              map[string]any `json:"spec"`
	}
	if err := yaml.UnmarshalStrict(production(t, "monitoring").rules[0], &rule); err != nil || rule.Namespace != "mcis" {
		t.Fatalf("%v: %+v", err, rule)
	}
	spec, err := yaml.Marshal(rule.Spec)
	if err != nil {
		t.Fatal(err)
	}
	parsed, errs := rulefmt.Parse(spec, false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if len(errs) > 0 || len(parsed.Groups) != 1 || len(parsed.Groups[0].Rules) != len(alerts(t)) {
		t.Errorf("as it reaches the cluster: %v", errs)
	}
}

// Traces leave the pods of ours for the collector's namespace and port alone, which is where they are told to send them.
func TestKubernetesTracesReachTheCollector(t *testing.T) {
	const collector = "4318"
	for _, chosen := range [][]string{nil, {"tracing"}} {
		c := production(t, chosen...)
		traced := len(chosen) > 0
		for _, m := range c.configMaps {
			if address := m.Data["OTEL_EXPORTER_OTLP_ENDPOINT"]; strings.HasPrefix(m.Name, "mcis-") && (address == "http://collector.tracing:"+collector) != traced {
				t.Errorf("with %v traces go to %q", chosen, address)
			}
		}
		for _, w := range c.workloads() {
			if got := c.leaves(t, w, "tracing", collector); got != (traced && w.name != "nats") {
				t.Errorf("with %v %s reaches the collector: %v", chosen, w.name, got)
			}
			if c.leaves(t, w, "elsewhere", collector) {
				t.Errorf("with %v %s reaches port %s everywhere", chosen, w.name, collector)
			}
		}
	}
}
