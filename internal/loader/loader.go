// Package loader is the third stage: it takes batches of records, maps them to rows and loads them into the
// warehouse, each batch in one transaction.
//
// When the warehouse refuses data, the batch is bisected down to the one bad record and everything else is loaded.
// When the warehouse is away, the batch is tried again, for ever: its messages stay unacknowledged.
package loader

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// Stage is the name of this stage in dead letters and logs, and of its durable consumer.
const Stage = "loader"

// Warehouse loads a batch in one transaction, as package warehouse describes it.
type Warehouse interface {
	Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error)
}

// Config of a loader.
type Config struct {
	Mapping *mapping.Mapping
	HashKey []byte // for columns that the mapping hashes
	// RejectBadValues dead-letters a booking with a value that does not fit its column, instead of loading it without.
	RejectBadValues bool
	// RetryMin and RetryMax bound the delay between tries while the warehouse is away. 0: 1 s and 1 min.
	RetryMin, RetryMax time.Duration
}

// Loader loads records. Handle may be called by one goroutine at a time; Totals by any.
type Loader struct {
	config    Config
	mapper    *rows.Mapper
	warehouse Warehouse
	logger    *slog.Logger

	mu     sync.Mutex
	totals Totals
}

// Totals are what was loaded since the process began.
type Totals struct {
	warehouse.Result
	// BadValues counts the values that did not fit, by table, column and reason.
	BadValues map[BadValue]int
}

// BadValue is a kind of value that did not fit its column.
type BadValue struct {
	Table, Column string
	Reason        convert.Reason
}

// New returns a loader.
func New(config Config, w Warehouse, logger *slog.Logger) *Loader {
	if config.RetryMin <= 0 {
		config.RetryMin = time.Second
	}
	if config.RetryMax <= 0 {
		config.RetryMax = time.Minute
	}
	return &Loader{
		config: config, mapper: rows.NewMapper(config.Mapping, config.HashKey), warehouse: w, logger: logger,
		totals: Totals{BadValues: make(map[BadValue]int)},
	}
}

// Totals returns a copy of the totals.
func (l *Loader) Totals() Totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := Totals{BadValues: make(map[BadValue]int, len(l.totals.BadValues))}
	sum.Add(l.totals.Result)
	for key, n := range l.totals.BadValues {
		sum.BadValues[key] = n
	}
	return sum
}

// Handle loads the records of a batch of messages and returns one error for each, nil for those that are committed.
// It returns early only when ctx ends or a *fault.Fatal occurs.
func (l *Loader) Handle(ctx context.Context, messages []queue.Message) []error {
	began := time.Now()
	errs := make([]error, len(messages))
	var good []item
	for i, message := range messages {
		set, err := l.rows(message)
		if err != nil {
			errs[i] = err
			continue
		}
		good = append(good, item{set: set, err: &errs[i]})
	}
	result, err := l.load(ctx, good)
	l.count(result, good)
	if err == nil {
		l.logger.Info("batch loaded", "bookings", result.Bookings, "rejected_values", result.Rejected,
			"rows", rowsWritten(result), "duration_ms", time.Since(began).Milliseconds())
	}
	return errs
}

// item is a record of the batch, and where its message's error goes.
type item struct {
	set *rows.Set
	err *error
}

func (l *Loader) rows(message queue.Message) (*rows.Set, error) {
	rec, err := record.Decode(message.Data)
	if err != nil {
		return nil, &fault.Permanent{Class: fault.ClassPayload, Err: err}
	}
	set, err := l.mapper.Rows(rec)
	if err != nil {
		return nil, err
	}
	if l.config.RejectBadValues && len(set.Rejected) > 0 {
		first := set.Rejected[0]
		return nil, &fault.Permanent{
			Class: fault.ClassValue, Table: first.Table, Column: first.Column,
			Err: fmt.Errorf("%w (row %s; %d values of the booking do not fit)", first.Problem, first.Key, len(set.Rejected)),
		}
	}
	return set, nil
}

// load loads the items in one transaction, or in halves when the data is to blame, down to the one bad record. The error
// is one that ends it all: the rest of the batch is not tried any more.
func (l *Loader) load(ctx context.Context, items []item) (warehouse.Result, error) {
	if len(items) == 0 {
		return warehouse.Result{}, nil
	}
	sets := make([]*rows.Set, len(items))
	for i := range items {
		sets[i] = items[i].set
	}
	result, err := l.loadBatch(ctx, warehouse.NewBatch(l.config.Mapping, sets))
	switch permanent := fault.AsPermanent(err); {
	case err == nil:
		return result, nil
	case permanent != nil && len(items) > 1:
		return l.bisect(ctx, items)
	case permanent != nil:
		*items[0].err = err
		return warehouse.Result{}, nil
	default:
		fail(items, err)
		return warehouse.Result{}, err
	}
}

func (l *Loader) bisect(ctx context.Context, items []item) (warehouse.Result, error) {
	half := len(items) / 2
	result, err := l.load(ctx, items[:half])
	if err != nil {
		fail(items[half:], err)
		return result, err
	}
	rest, err := l.load(ctx, items[half:])
	result.Add(rest)
	return result, err
}

func fail(items []item, err error) {
	for _, it := range items {
		*it.err = err
	}
}

// loadBatch tries until the batch is committed, its data is refused, or ctx ends.
func (l *Loader) loadBatch(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	var result warehouse.Result
	policy := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(l.config.RetryMin), backoff.WithMaxInterval(l.config.RetryMax), backoff.WithMaxElapsedTime(0))
	try := func() error {
		var err error
		result, err = l.warehouse.Load(ctx, batch)
		if err != nil && (fault.AsPermanent(err) != nil || fault.IsFatal(err)) {
			return backoff.Permanent(err)
		}
		return err
	}
	err := backoff.RetryNotify(try, backoff.WithContext(policy, ctx), func(err error, wait time.Duration) {
		l.logger.Warn("the warehouse does not take the batch now: it stays in the queue and is tried again",
			"bookings", batch.Bookings, "retry_in", wait.Round(time.Millisecond), "error", err)
	})
	if err != nil {
		return warehouse.Result{}, fmt.Errorf("load batch of %d bookings: %w", batch.Bookings, err)
	}
	return result, nil
}

func (l *Loader) count(result warehouse.Result, items []item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals.Add(result)
	for _, it := range items {
		if *it.err != nil {
			continue
		}
		for _, r := range it.set.Rejected {
			l.totals.BadValues[BadValue{r.Table, r.Column, r.Problem.Reason}]++
		}
	}
}

func rowsWritten(result warehouse.Result) int {
	n := 0
	for _, counts := range result.Tables {
		n += counts.Inserted + counts.Updated + counts.Deleted
	}
	return n
}
