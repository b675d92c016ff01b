package stages

import (
	"github.com/prometheus/client_golang/prometheus"

	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// bookingsDesc counts what a stage has done. The stage is no variable label: each stage of a process has a collector of its own.
func bookingsDesc(stage string) *prometheus.Desc {
	return prometheus.NewDesc("mcis_bookings_total", "Bookings that a stage is done with: listed and published, enriched, or loaded.",
		nil, prometheus.Labels{"stage": stage})
}

// ProducerMetrics are what the producer has listed.
func ProducerMetrics(p *ProducerStage) prometheus.Collector {
	bookings := bookingsDesc(producer.Stage)
	return snapshot{[]*prometheus.Desc{bookings}, func(out sink) {
		out.counter(bookings, float64(p.Progress().Published.Load()))
	}}
}

// EnricherMetrics are what the enricher has enriched.
func EnricherMetrics(e *enricher.Enricher) prometheus.Collector {
	bookings := bookingsDesc(enricher.Stage)
	return snapshot{[]*prometheus.Desc{bookings}, func(out sink) { out.counter(bookings, float64(e.Enriched())) }}
}

// LoaderMetrics are what the loader has loaded, table by table of the mapping.
func LoaderMetrics(l *loader.Loader, m *mapping.Mapping) prometheus.Collector {
	bookings := bookingsDesc(loader.Stage)
	rows := newDesc("rows_total", "Rows of loaded bookings by what became of them.", "table", "op")
	rejected := newDesc("rejected_values_total", "Values that did not fit their column and are in the table RejectedValue.", "table", "column", "reason")
	durations := newDesc("batch_duration_seconds", "How long each committed batch took at the warehouse.")
	sizes := newDesc("batch_bookings", "Bookings of each committed batch.")
	delays := newDesc("booking_delay_seconds", "From the time at which the API sent a booking to its commit.")
	return snapshot{[]*prometheus.Desc{bookings, rows, rejected, durations, sizes, delays}, func(out sink) {
		totals := l.Totals()
		out.counter(bookings, float64(totals.Bookings))
		for _, table := range m.Tables {
			counts := totals.Tables[table.Name]
			for op, n := range map[string]int{
				"inserted": counts.Inserted, "updated": counts.Updated, "deleted": counts.Deleted,
				"unchanged": counts.Unchanged, "older": counts.Older,
			} {
				out.counter(rows, float64(n), table.Name, op)
			}
		}
		for value, n := range totals.BadValues {
			out.counter(rejected, float64(n), value.Table, value.Column, string(value.Reason))
		}
		measures := l.Measures()
		out.histogram(durations, measures.Durations)
		out.histogram(sizes, measures.Bookings)
		out.histogram(delays, measures.Delays)
	}}
}

// ArchiveMetrics are what this process has archived; a nil archiver tells nothing.
func ArchiveMetrics(a *Archiver) prometheus.Collector {
	files := newDesc("archive_files_total", "Archives that this process has written.", "kind")
	records := newDesc("archive_records_total", "Records in the archives that this process has written.", "kind")
	gone := newDesc("archive_gone_windows_total", "Windows whose records had expired before they were archived.")
	last := newDesc("archive_last_success_timestamp_seconds", "When this process had archived all that could be, in seconds since 1970; 0 if it never had.")
	return snapshot{[]*prometheus.Desc{files, records, gone, last}, func(out sink) {
		if a == nil {
			return
		}
		counts := a.archive.Counts()
		for kind, n := range counts.Files {
			out.counter(files, float64(n), string(kind))
		}
		for kind, n := range counts.Records {
			out.counter(records, float64(n), string(kind))
		}
		out.counter(gone, float64(counts.Gone))
		out.gauge(last, secondsOf(counts.Last))
	}}
}

// DeadMetrics are the dead letters that a process with these stages has stored.
func DeadMetrics(conn *stream.Conn, stages ...string) prometheus.Collector {
	letters := newDesc("dead_letters_total", "Dead letters that this process has stored.", "stage", "class")
	return snapshot{[]*prometheus.Desc{letters}, func(out sink) {
		for of, n := range lettersOf(conn.Buried(), stages) {
			out.counter(letters, float64(n), of.stage, of.class)
		}
	}}
}

type letterKind struct{ stage, class string }

// lettersOf counts by stage and class what was counted by subject, with every class of these stages.
func lettersOf(bySubject map[string]uint64, stages []string) map[letterKind]uint64 {
	all := make(map[letterKind]uint64)
	for _, stage := range stages {
		for _, class := range fault.Classes() {
			all[letterKind{stage, string(class)}] = 0
		}
	}
	for subject, n := range bySubject {
		if stage, class, isDead := queue.DeadOf(subject); isDead {
			all[letterKind{stage, class}] += n
		}
	}
	return all
}
