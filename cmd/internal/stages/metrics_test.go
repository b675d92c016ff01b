package stages

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/health"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// gathered is the value of a metric of a stream.
func gathered(t *testing.T, registry *prometheus.Registry, name, ofStream string) (value float64, found bool) {
	t.Helper()
	value, found = told(t, registry)[name+" "+ofStream]
	return value, found
}

// told are the values of all metrics, each by its name and the values of its labels.
func told(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	values := make(map[string]float64)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	return values
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

// TestMetricsOfArchives: what was archived, and nothing where there are no archives.
func TestMetricsOfArchives(t *testing.T) {
	conn := streamtest.Start(t)
	window := booking.Window{From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)}
	var messages []queue.Message
	for id := range int64(3) {
		m := observation(t, fmt.Appendf(nil, `{"id":%d,"versionValue":1}`, id+1), window.From)
		m.Header = map[string]string{queue.HeaderRun: "run", queue.HeaderWindow: window.String()}
		m.ID = fmt.Sprint(id) // they are all of one time
		messages = append(messages, m)
	}
	if err := conn.Publish(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	gone := booking.Window{From: window.To, To: window.To.AddDate(0, 1, 0)}
	for key, state := range map[string]any{
		checkpoint.RunPrefix + "1": checkpoint.Run{Name: "run"},
		checkpoint.WindowKey("run", window): checkpoint.Window{
			From: window.From, To: window.To, State: checkpoint.Listed, Bookings: 3, BookingsSeq: 3, RecordsSeq: 3, ListedAt: time.Now(),
		},
		checkpoint.WindowKey("run", gone): checkpoint.Window{ // of a stream before this one
			From: gone.From, To: gone.To, State: checkpoint.Listed, Bookings: 7, BookingsSeq: 3, RecordsSeq: 300, ListedAt: time.Now(),
		},
	} {
		if err := checkpoint.Save(t.Context(), checkpoints{conn.State()}, key, state); err != nil {
			t.Fatal(err)
		}
	}
	archiver := NewArchiver(Archiving{Dir: t.TempDir()}, conn, new(health.Registry), leaks.Logger(t.Name()))
	registry := prometheus.NewRegistry()
	registry.MustRegister(ArchiveMetrics(archiver))
	before := map[string]float64{
		"mcis_archive_files_total window": 0, "mcis_archive_files_total changes": 0, "mcis_archive_records_total window": 0,
		"mcis_archive_records_total changes": 0, "mcis_archive_gone_windows_total": 0, "mcis_archive_last_success_timestamp_seconds": 0,
	}
	if diff := cmp.Diff(before, told(t, registry)); diff != "" {
		t.Error(diff)
	}
	archiver.Begin(t.Context())
	if err := archiver.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := told(t, registry)
	if age := time.Since(time.UnixMilli(int64(after["mcis_archive_last_success_timestamp_seconds"] * 1000))); age < -time.Second || age > time.Minute {
		t.Errorf("everything was archived %s ago", age)
	}
	delete(after, "mcis_archive_last_success_timestamp_seconds")
	delete(before, "mcis_archive_last_success_timestamp_seconds")
	before["mcis_archive_files_total window"], before["mcis_archive_records_total window"], before["mcis_archive_gone_windows_total"] = 1, 3, 1
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	none := prometheus.NewRegistry()
	none.MustRegister(ArchiveMetrics(nil))
	if values := told(t, none); len(values) > 0 {
		t.Errorf("without archives it tells %v", values)
	}
}
