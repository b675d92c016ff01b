package loader

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/tracing"
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
	return l.Prepare(messages)(ctx)
}

// Prepare converts the records of a batch of messages, which Handle does first; load is the rest of it, to be called once. So a
// caller decides which of several batches is loaded first.
func (l *Loader) Prepare(messages []queue.Message) (load func(ctx context.Context) []error) {
	from, errs := time.Now(), make([]error, len(messages))
	items := l.convert(messages, errs)
	return func(ctx context.Context) []error {
		if len(items) > 0 {
			l.loadInTurn(ctx, messages, items)
		}
		trace(ctx, messages, items, errs, from)
		return errs
	}
}

// loadInTurn loads the items when their turn has come, and tells each its error.
func (l *Loader) loadInTurn(ctx context.Context, messages []queue.Message, items []item) {
	batch := l.gather(items)
	if err := l.begin(ctx); err != nil {
		fail(items, err)
		return
	}
	defer l.end()
	began := time.Now()
	result, err := l.load(ctx, items, batch)
	l.count(result, items)
	l.measures.delayed(items)
	switch {
	case err == nil:
		l.logLoaded(ctx, messages, items, result, time.Since(began))
	case fault.IsFatal(err):
		l.fatal = err
	}
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
	set       *rows.Set
	err       *error
	message   int // which one of those that were handled together
	extracted time.Time
	loading   tracing.Span // of the last transaction that it was in
}

// convert makes rows of the messages, and packs those. The error of a message that is no record, or whose key does not convert, is put
// into errs.
func (l *Loader) convert(messages []queue.Message, errs []error) []item {
	items := make([]item, 0, len(messages))
	for i := range messages {
		it := item{err: &errs[i], message: i}
		if it.set, it.extracted, errs[i] = l.rows(&messages[i]); errs[i] == nil {
			items = append(items, it)
		}
		messages[i].Pack() // unless it is already: the rows hold what is needed
	}
	return items
}

// rows are those of a message's record, and when the API sent its booking.
func (l *Loader) rows(message *queue.Message) (*rows.Set, time.Time, error) {
	data, err := message.Unpacked()
	if err != nil {
		return nil, time.Time{}, err
	}
	arena := document.NewArena() // rows hold copies of what they need of it
	defer arena.Free()
	rec, err := record.DecodeIn(arena, data)
	if err != nil {
		return nil, time.Time{}, &fault.Permanent{Class: fault.ClassPayload, Err: err}
	}
	set, err := l.mapper.Rows(rec)
	if err != nil {
		return nil, time.Time{}, err
	}
	if l.config.RejectBadValues && len(set.Rejected) > 0 {
		first := set.Rejected[0]
		return nil, time.Time{}, &fault.Permanent{
			Class: fault.ClassValue, Table: first.Table, Column: first.Column,
			Err: fmt.Errorf("%w (row %s; %d values of the booking do not fit)", first.Problem, first.Key, len(set.Rejected)),
		}
	}
	return set, rec.ExtractedAt, nil
}

// gather makes a batch of items.
func (l *Loader) gather(items []item) *warehouse.Batch {
	sets := make([]*rows.Set, len(items))
	for i := range items {
		sets[i] = items[i].set
	}
	batch := warehouse.NewBatch(l.config.Mapping, sets)
	batch.ForceBefore, batch.ForceBegan = l.config.ForceBefore, l.config.ForceBegan
	return batch
}

// trace keeps in the trace of each message what came of it, and in which transaction.
func trace(ctx context.Context, messages []queue.Message, items []item, errs []error, from time.Time) {
	for i, message := range messages {
		var loading tracing.Span
		if len(items) > 0 && items[0].message == i {
			loading, items = items[0].loading, items[1:]
		}
		tracing.Batched(ctx, "load booking", message, from, loading, errs[i])
	}
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
