package producer_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/listing"
	"mcis/internal/logtest"
	"mcis/internal/producer"
)

func TestOneLineAPageAndOneABookingAtDebug(t *testing.T) {
	items := append(bookings(1, 1, 3), item{day(1, 20), `{"name":"no id"}`})
	for level, perBooking := range map[slog.Level]int{slog.LevelInfo: 0, slog.LevelDebug: 3} {
		log, logger := logtest.New(level)
		f := newFixture(t, items)
		f.Producer = producer.New(producer.Config{Listing: listing.Config{PageSize: 2, Pages: 1, Windows: 1}}, f.list, f.broker, f.store, logger)
		summary := f.mustBackfill(t, months(1))
		var pages, lines []string
		for _, line := range log.Lines() {
			switch {
			case strings.Contains(line, "page published"), strings.Contains(line, "item dead-lettered"):
				pages = append(pages, strings.ReplaceAll(line, summary.Run, "RUN"))
			case strings.Contains(line, "booking published"):
				lines = append(lines, strings.ReplaceAll(line, summary.Run, "RUN"))
			}
		}
		slices.Sort(pages)
		want := []string{
			`level=INFO msg="page published" stage=producer run=RUN window=2024-01-01/2024-02-01 page=1 bookings=2 dead=0 duration_ms=some`,
			`level=INFO msg="page published" stage=producer run=RUN window=2024-01-01/2024-02-01 page=2 bookings=1 dead=1 duration_ms=some`,
			`level=WARN msg="item dead-lettered" stage=producer run=RUN window=2024-01-01/2024-02-01 page=2 class=key message_id="" error="`,
		}
		if len(pages) == len(want) {
			pages[2] = pages[2][:min(len(pages[2]), len(want[2]))]
		}
		if diff := cmp.Diff(want, pages); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
		if len(lines) != perBooking {
			t.Errorf("%s: %d lines of bookings: %v", level, len(lines), lines)
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, `level=DEBUG msg="booking published" stage=producer run=RUN booking_id=`) {
				t.Errorf("a booking is logged as %s", line)
			}
		}
	}
}
