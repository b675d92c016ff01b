package status_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/enricher"
	"mcis/internal/loader"
	"mcis/internal/producer"
	"mcis/internal/status"
	"mcis/internal/stream"
)

func TestNamesAreThoseOfTheOthers(t *testing.T) {
	got := []string{status.Bookings, status.Records, status.Dead, status.Producer, status.Enricher, status.Loader}
	want := []string{stream.Bookings, stream.Records, stream.Dead, producer.Stage, enricher.Stage, loader.Stage}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMeasureAsksInOrder(t *testing.T) {
	want := status.Gauge{
		Bookings: status.Stream{Last: 1}, Enricher: status.Consumer{AckFloor: 2}, Records: status.Stream{Last: 3},
		Loader: status.Consumer{AckFloor: 4}, Dead: status.Stream{Last: 5},
	}
	queue := &gauges{gauge: want}
	got, err := status.Measure(t.Context(), queue)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if diff := cmp.Diff([]string{"BOOKINGS", "BOOKINGS enricher", "RECORDS", "RECORDS loader", "DEAD"}, queue.asked); diff != "" {
		t.Error(diff)
	}
	queue.err = errors.New("away")
	if _, err := status.Measure(t.Context(), queue); !errors.Is(err, queue.err) {
		t.Errorf("error %v", err)
	}
}

func TestSample(t *testing.T) {
	tests := []struct {
		name  string
		gauge status.Gauge
		want  checkpoint.Sample
	}{
		{"nothing yet", status.Gauge{}, checkpoint.Sample{}},
		{"in hand is not done", status.Gauge{
			Bookings: status.Stream{Last: 100}, Enricher: status.Consumer{Pending: 20, AckPending: 5},
			Records: status.Stream{Last: 74}, Loader: status.Consumer{Pending: 1, AckPending: 2}, Dead: status.Stream{Last: 1},
		}, checkpoint.Sample{Listed: 100, Enriched: 75, Records: 74, Loaded: 71, Dead: 1}},
		{"more came after the stream was asked", status.Gauge{
			Bookings: status.Stream{Last: 3}, Enricher: status.Consumer{Pending: 7},
		}, checkpoint.Sample{Listed: 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.At = epoch
			if diff := cmp.Diff(test.want, test.gauge.Sample(epoch)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
