package enricher_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/simapi"
)

// BenchmarkHandle enriches bookings of the simulated API whose resources are in the process's cache: all that the enricher does
// to a booking besides what the API and the queue do. It reports bookings a second and core.
func BenchmarkHandle(b *testing.B) {
	api, err := simapi.New(simapi.Config{Bookings: 500, Seed: 3, BaseURL: "https://bookings.test:443"})
	if err != nil {
		b.Fatal(err)
	}
	resources, err := resource.New(resource.Config{}, direct{api}, &cache{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	e := enricher.New(mapping.Default(), resources, nowhere{}, slog.New(slog.DiscardHandler))
	var messages []queue.Message
	size := 0
	for _, id := range api.IDs() {
		m := message(string(api.Booking(id)))
		m.Subject = queue.BookingSubject(queue.Backfill, id)
		messages = append(messages, m)
		size += len(m.Data)
		if err := e.Handle(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
	warm := asked(resources)
	b.SetBytes(int64(size / len(messages)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := e.Handle(b.Context(), messages[i%len(messages)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
	b.ReportMetric(float64(asked(resources)-warm)/float64(b.N), "requests/booking")
}

func asked(resources *resource.Cache) (n int64) {
	for _, counts := range resources.Counts() {
		n += counts.API
	}
	return n
}

// direct gets resources from the simulated API without HTTP.
type direct struct{ api *simapi.Server }

func (direct) Canonical(uri string) (string, error) { return uri, nil }

func (d direct) Fetch(_ context.Context, _ queue.Lane, uri string, _ func(time.Duration) bool) ([]byte, error) {
	_, path, _ := strings.Cut(uri, simapi.PathPrefix)
	if body := d.api.Resource(path); body != nil {
		return body, nil
	}
	return nil, &fault.Absent{Status: d.api.Refusal(path), URI: uri}
}

func (direct) FetchCollection(context.Context, queue.Lane, string) ([]jsontext.Value, error) {
	return nil, nil
}

// nowhere publishes to nobody.
type nowhere struct{}

func (nowhere) Publish(context.Context, []queue.Message) error { return nil }
