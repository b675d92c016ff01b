package cli

import (
	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/health"
)

// buildMetric is 1, and its labels say what was built.
func buildMetric(build Build) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mcis_build_info", Help: "1; its labels say what the process was built from.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "go": build.Go},
	}, func() float64 { return 1 })
}

// degradedMetrics are what /readyz says, as numbers.
type degradedMetrics struct{ health *health.Registry }

var degraded = prometheus.NewDesc("mcis_degraded", "1 while a component does not do its work, as /readyz says, else 0.", []string{"component"}, nil)

// Describe names the metric.
func (degradedMetrics) Describe(out chan<- *prometheus.Desc) { out <- degraded }

// Collect looks at the registry.
func (m degradedMetrics) Collect(out chan<- prometheus.Metric) {
	values := make(map[string]float64)
	for _, name := range health.Names() {
		values[name] = 0
	}
	for _, component := range m.health.Degraded() {
		values[component.Name] = 1
	}
	for name, value := range values {
		out <- prometheus.MustNewConstMetric(degraded, prometheus.GaugeValue, value, name)
	}
}
