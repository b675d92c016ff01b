package stages

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// gathered is the value of a metric of a stream.
func gathered(t *testing.T, registry *prometheus.Registry, name, ofStream string) (value float64, found bool) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == name && label.GetName() == "stream" && label.GetValue() == ofStream {
					return metric.GetGauge().GetValue(), true
				}
			}
		}
	}
	return 0, false
}

// TestTheServerIsAskedOnceInAWhile, however many ask for metrics.
func TestTheServerIsAskedOnceInAWhile(t *testing.T) {
	conn := streamtest.Start(t)
	r := &readings{conn: conn}
	registry := prometheus.NewRegistry()
	registry.MustRegister(r)
	for n := range 3 {
		if err := conn.Publish(t.Context(), []queue.Message{{Subject: queue.RecordSubject(1), ID: fmt.Sprint(n)}}); err != nil {
			t.Fatal(err)
		}
		if messages, found := gathered(t, registry, "mcis_stream_messages", stream.Records); !found || messages != 1 {
			t.Errorf("after %d records it tells of %v", n+1, messages)
		}
	}
	r.at = time.Now().Add(-readEvery)
	if messages, _ := gathered(t, registry, "mcis_stream_messages", stream.Records); messages != 3 {
		t.Errorf("after a while it tells of %v", messages)
	}
	if limit, _ := gathered(t, registry, "mcis_stream_max_bytes", stream.Dead); limit != 1<<30 {
		t.Errorf("the limit of DEAD is %v", limit)
	}
	conn.Close()
	if _, found := gathered(t, registry, "mcis_stream_messages", stream.Records); found {
		t.Error("without a connection it tells what it remembers")
	}
}
