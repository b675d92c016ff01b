package stages

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/measure"
)

// The packages count for themselves; what they have counted is read when somebody asks for metrics. docs/metrics.md says what each
// metric tells.

// snapshot is a collector of counts that somebody else keeps.
type snapshot struct {
	descs   []*prometheus.Desc
	collect func(out sink)
}

// Describe names the metrics.
func (s snapshot) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range s.descs {
		out <- desc
	}
}

// Collect reads them.
func (s snapshot) Collect(out chan<- prometheus.Metric) {
	s.collect(func(metric prometheus.Metric) { out <- metric })
}

// sink takes metrics.
type sink func(prometheus.Metric)

func (out sink) counter(desc *prometheus.Desc, value float64, labels ...string) {
	out(prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...))
}

func (out sink) gauge(desc *prometheus.Desc, value float64, labels ...string) {
	out(prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...))
}

func (out sink) histogram(desc *prometheus.Desc, s measure.Snapshot, labels ...string) {
	out(prometheus.MustNewConstHistogram(desc, s.Count, s.Sum, s.Buckets, labels...))
}

// secondsOf is a time as metrics tell it; 0 when it never came.
func secondsOf(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// newDesc is a metric of this project.
func newDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mcis_"+name, help, labels, nil)
}
