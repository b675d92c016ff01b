package stream

import (
	"context"
	"fmt"
	"runtime/debug"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

// process handles the messages, decides on each and tells the server. Its error is a [fault.Fatal].
func (r *consuming) process(ctx context.Context, deliveries []delivery) error {
	batch, replies := make([]queue.Message, len(deliveries)), make([]string, len(deliveries))
	for i, d := range deliveries {
		batch[i], replies[i] = d.Message, d.reply
	}
	handling, stop := r.attend(ctx, replies, batch[0].Sequence)
	verdicts, fatal := r.judge(ctx, batch, r.run(handling, batch))
	stop() // before the naks: a sign of life after one would undo its delay
	r.settle(ctx, replies, verdicts)
	return fatal
}

// run calls the handler and returns one error per message.
func (r *consuming) run(ctx context.Context, batch []queue.Message) []error {
	errs, panicked := r.call(ctx, batch)
	switch {
	case panicked == nil:
		return errs
	case len(batch) == 1:
		return []error{panicked}
	}
	errs = make([]error, len(batch))
	for i := range batch { // which the handler may have packed
		if errs[i] = batch[i].Unpack(); errs[i] != nil {
			continue
		}
		one, panicked := r.call(ctx, batch[i:i+1:i+1])
		if panicked != nil {
			errs[i] = panicked
		} else {
			errs[i] = one[0]
		}
	}
	return errs
}

// call calls the handler once. A panic is logged with its stack and returned as a [fault.Permanent].
func (r *consuming) call(ctx context.Context, batch []queue.Message) (errs []error, panicked error) {
	defer func() {
		if v := recover(); v != nil {
			r.log.Error("handler panicked", "seq", batch[0].Sequence, "messages", len(batch),
				"error", fmt.Sprint(v), "stack", string(debug.Stack()))
			panicked = fault.Permanentf(fault.ClassPanic, "handler panicked: %v", v)
		}
	}()
	errs = r.handle(ctx, batch)
	switch len(errs) {
	case len(batch):
		return errs, nil
	case 0:
		return make([]error, len(batch)), nil
	}
	wrong := &fault.Fatal{Err: fmt.Errorf("handler of %s returned %d errors for %d messages", r.cons.Name, len(errs), len(batch))}
	errs = make([]error, len(batch))
	for i := range errs {
		errs[i] = wrong
	}
	return errs, nil
}
