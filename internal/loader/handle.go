package loader

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// Handle loads the records of a batch of messages and returns one error for each, nil for those that are committed.
// It returns early only when ctx ends or a *fault.Fatal occurs, now or in another batch: after one nothing is loaded any
// more.
//
// Several goroutines may call it, each with its own batch. They convert side by side, then take turns at the warehouse,
// in the order in which they began to wait. Every caller holds a whole batch in memory: two are enough to keep the
// warehouse busy.
func (l *Loader) Handle(ctx context.Context, messages []queue.Message) []error {
	errs := make([]error, len(messages))
	items := l.convert(messages, errs)
	if len(items) == 0 {
		return errs
	}
	batch := l.gather(items)
	if err := l.begin(ctx); err != nil {
		fail(items, err)
		return errs
	}
	defer l.end()
	began := time.Now()
	result, err := l.load(ctx, items, batch)
	l.count(result, items)
	switch {
	case err == nil:
		l.logger.Info("batch loaded", "bookings", result.Bookings, "rejected_values", result.Rejected,
			"rows", rowsWritten(result), "duration_ms", time.Since(began).Milliseconds())
	case fault.IsFatal(err):
		l.fatal = err
	}
	return errs
}

// begin waits for this batch's turn at the warehouse.
func (l *Loader) begin(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}: // senders are served in the order in which they came
	case <-ctx.Done():
		return fmt.Errorf("wait for the warehouse: %w", ctx.Err())
	}
	if l.fatal != nil {
		defer l.end()
		return l.fatal
	}
	return nil
}

// end lets the next batch have its turn.
func (l *Loader) end() { <-l.turn }

// item is a record of the batch, and where its message's error goes.
type item struct {
	set *rows.Set
	err *error
}

// convert makes rows of the messages. The error of a message that is no record, or whose key does not convert, is put
// into errs.
func (l *Loader) convert(messages []queue.Message, errs []error) []item {
	items := make([]item, 0, len(messages))
	for i, message := range messages {
		set, err := l.rows(message)
		if err != nil {
			errs[i] = err
			continue
		}
		items = append(items, item{set: set, err: &errs[i]})
	}
	return items
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

// gather makes a batch of items.
func (l *Loader) gather(items []item) *warehouse.Batch {
	sets := make([]*rows.Set, len(items))
	for i := range items {
		sets[i] = items[i].set
	}
	return warehouse.NewBatch(l.config.Mapping, sets)
}

func fail(items []item, err error) {
	for _, it := range items {
		*it.err = err
	}
}

func rowsWritten(result warehouse.Result) int {
	n := 0
	for _, counts := range result.Tables {
		n += counts.Inserted + counts.Updated + counts.Deleted
	}
	return n
}
