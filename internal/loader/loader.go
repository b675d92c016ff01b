// Package loader is the third stage: it takes batches of records, maps them to rows and loads them into the
// warehouse, each batch in one transaction.
//
// When the warehouse refuses data, the batch is bisected down to the one bad record and everything else is loaded.
// When the warehouse is away, the batch is tried again, for ever: its messages stay unacknowledged.
//
// Batches take turns at the warehouse, but not at what comes before: while one commits, the next is decoded and
// converted.
package loader

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mcis/internal/convert"
	"mcis/internal/health"
	"mcis/internal/mapping"
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
	// Fit says what the warehouse's actual columns keep of a value. nil: they are as the mapping says.
	Fit rows.Fit
	// RejectBadValues dead-letters a booking with a value that does not fit its column, instead of loading it without.
	RejectBadValues bool
	// ForceBefore, unless it is zero, has rows replaced that were last written before that time, whatever they are: see package
	// warehouse.
	ForceBefore time.Time
	// ForceBegan is when that was, of which rows count that were written after ForceBefore: see package warehouse.
	ForceBegan time.Time
	// Health is told while the warehouse is away. nil: nobody asks.
	Health *health.Registry
	// RetryMin and RetryMax bound the delay between tries while the warehouse is away. 0: 1 s and 1 min.
	RetryMin, RetryMax time.Duration
}

// Loader loads records. It is safe for concurrent use: see [Loader.Handle].
type Loader struct {
	config    Config
	mapper    *rows.Mapper
	warehouse Warehouse
	logger    *slog.Logger

	turn      chan struct{} // holds one token: whose turn it is at the warehouse
	awaySince time.Time     // zero while the warehouse takes batches; of whoever has the turn
	fatal     error         // why nothing is loaded any more; of whoever has the turn

	measures measures

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
	if config.Health == nil {
		config.Health = new(health.Registry)
	}
	mapper := rows.NewMapper(config.Mapping, config.HashKey)
	if config.Fit != nil {
		mapper = mapper.WithFit(config.Fit)
	}
	return &Loader{
		config: config, mapper: mapper, warehouse: w, logger: logger.With("stage", Stage),
		turn: make(chan struct{}, 1), measures: newMeasures(), totals: Totals{BadValues: make(map[BadValue]int)},
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
