package producer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/booking"
	"mcis/internal/leaktest"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, client and producer that a test makes.
var leaks = leaktest.Planted()

// fixture is a producer over lists, queue and checkpoints in memory.
type fixture struct {
	*producer.Producer
	list   *catalogue
	broker *broker
	store  *store
}

// newFixture lists the items in pages of two, two at once, without waiting between tries.
func newFixture(t testing.TB, items []item, change ...func(*producer.Config)) *fixture {
	config := producer.Config{PollEvery: time.Microsecond, Listing: listing.Config{
		PageSize: 2, Pages: 2, Windows: 1, RetryMin: time.Microsecond, RetryMax: time.Microsecond,
	}}
	for _, c := range change {
		c(&config)
	}
	f := &fixture{list: &catalogue{items: items}, broker: &broker{}}
	f.store = &store{t: t, broker: f.broker, values: map[string][]byte{}}
	f.Producer = producer.New(config, f.list, f.broker, f.store, leaks.Logger(t.Name()))
	return f
}

var fetched = time.Date(2024, 5, 6, 7, 8, 9, 123000000, time.UTC)

func day(month time.Month, day int) time.Time {
	return time.Date(2024, month, day, 0, 0, 0, 0, time.UTC)
}

// months is a backfill of the first months of 2024, a month at a time.
func months(n int) producer.Backfill {
	return producer.Backfill{From: day(1, 1), To: day(time.Month(n+1), 1), Step: booking.Step{Months: 1}}
}

// bookings are n bookings that start in the month, with ids from first on.
func bookings(month time.Month, first, n int) []item {
	var items []item
	for i := range n {
		items = append(items, item{day(month, 1+i%28), fmt.Sprintf(`{"id":%d,"versionValue":3,"lastModifiedDate":"2024-03-04T05:06:07Z"}`, first+i)})
	}
	return items
}

func ids(messages []queue.Message) []string {
	var found []string
	for _, m := range messages {
		found = append(found, m.Subject[strings.LastIndexByte(m.Subject, '.')+1:])
	}
	return found
}

var errCrash = errors.New("crash")

// mustBackfill runs a backfill that must succeed.
func (f *fixture) mustBackfill(t testing.TB, b producer.Backfill) producer.Summary {
	t.Helper()
	summary, err := f.Backfill(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}
