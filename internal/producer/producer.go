// Package producer is the first stage: it decides what is asked of the API and when, pages through the list of
// bookings and publishes each booking as the API sent it.
//
// A period is cut into windows. Of a window all pages are listed and published, and a page counts as done only when
// the queue has stored all its bookings: then a checkpoint says so. A run that was interrupted goes on at the first
// page that is not done. Pages are numbered, not cursors: when bookings come and go while a window is listed, others
// shift between pages. So a window is settled only when every page reported the same count and the distinct bookings
// seen are exactly as many, in one listing or in several together; else it is listed again, a few times. What never settled is told in the Summary.
//
// A run keeps the checkpoints of its windows until a newer run of the same period begins; those of a sync, which is
// never resumed, go when it ends or, when it failed, as the next one begins.
package producer

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// Stage is the name of this stage in dead letters and logs.
const Stage = "producer"

// Lister lists one page of bookings, numbered from 1.
type Lister interface {
	ListPage(ctx context.Context, query booking.Query, page int) (booking.Page, error)
}

// Publisher publishes messages and returns when the queue has stored them all.
type Publisher interface {
	Publish(ctx context.Context, messages []queue.Message) error
}

// Checkpoints keep small values durably.
type Checkpoints interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
	// List returns the values of the keys that begin with prefix, by key.
	List(ctx context.Context, prefix string) (map[string][]byte, error)
}

// Config of a producer. The zero value of a field means its default.
type Config struct {
	PageSize int // bookings a page; 50
	Pages    int // pages listed side by side within a window; 4
	Attempts int // how often a window that does not settle is listed; 5
	// MostBytes is the largest booking that the queue takes; a larger one is dead-lettered. 0: no limit.
	MostBytes int
	// Backlog says how many bookings wait to be enriched; listing pauses while they are more than MostBacklog (20,000).
	// nil: no pause.
	Backlog     func(ctx context.Context) (uint64, error)
	MostBacklog uint64
	// RetryMin and RetryMax bound the delay between tries while the API is away. 1 s and 1 min.
	RetryMin, RetryMax time.Duration
	// PollEvery is how often the backlog is asked for while listing pauses. 1 s.
	PollEvery time.Duration
}

func (c Config) withDefaults() Config {
	c.PageSize = orDefault(c.PageSize, 50)
	c.Pages = orDefault(c.Pages, 4)
	c.Attempts = orDefault(c.Attempts, 5)
	c.MostBacklog = orDefault(c.MostBacklog, 20_000)
	c.RetryMin = orDefault(c.RetryMin, time.Second)
	c.RetryMax = orDefault(c.RetryMax, time.Minute)
	c.PollEvery = orDefault(c.PollEvery, time.Second)
	return c
}

func orDefault[T int | uint64 | time.Duration](value, fallback T) T {
	if value <= 0 {
		return fallback
	}
	return value
}

// Producer lists bookings and publishes them.
type Producer struct {
	config      Config
	lister      Lister
	publisher   Publisher
	checkpoints Checkpoints
	logger      *slog.Logger
	progress    Progress
}

// Progress counts what was done since the process began; it may be read at any time.
type Progress struct {
	Windows, WindowsDone atomic.Int64
	Pages                atomic.Int64 // list pages received
	Published            atomic.Int64 // bookings published, repeated listings of a window included
	Dead                 atomic.Int64 // items of pages that are no bookings
}

// New returns a producer.
func New(config Config, lister Lister, publisher Publisher, checkpoints Checkpoints, logger *slog.Logger) *Producer {
	return &Producer{
		config: config.withDefaults(), lister: lister, publisher: publisher, checkpoints: checkpoints, logger: logger,
	}
}

// Progress returns the counters.
func (p *Producer) Progress() *Progress { return &p.progress }

// Summary is what a run listed. A run that returns one without an error has published all that it saw. It listed all
// there is when Unsettled is empty, and a sync has then moved its watermark, however many items are Dead: these are
// kept as dead letters.
type Summary struct {
	Run      string
	Windows  int
	Bookings int // distinct within their windows
	Dead     int // items that are no bookings, dead-lettered
	// Unsettled are the windows that never added up: what was listed is published, but bookings may be missing.
	Unsettled []Unsettled
}

// Unsettled is a window whose list never added up.
type Unsettled struct {
	Window booking.Window
	Count  int // bookings as the API counts them
	Seen   int // distinct bookings and dead items that its pages held
}

func (s *Summary) add(w windowResult) {
	s.Windows++
	s.Bookings += w.bookings
	s.Dead += w.dead
	if !w.settled {
		s.Unsettled = append(s.Unsettled, Unsettled{Window: w.window, Count: w.count, Seen: w.bookings + w.dead})
	}
}
