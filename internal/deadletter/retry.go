package deadletter

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

// Queue is where letters come from and their originals go to.
type Queue interface {
	Source
	// Publish returns when all messages are stored, or ctx has ended; it waits while their streams are full. The error of a message that
	// the server never takes is a *fault.Permanent, and does not keep the others from being stored.
	Publish(ctx context.Context, messages []queue.Message) error
	// Remove removes a letter from DEAD; one that is gone already is no error.
	Remove(ctx context.Context, sequence uint64) error
}

const (
	mostOpen  = 64      // letters whose originals are published at once
	bytesOpen = 4 << 20 // and how large they may be together, less the last
)

// Retrier publishes the originals of letters again and removes the letters, each only when the server has acked its original. Retried once
// more after a crash in between, a letter gives a message with the same ID.
type Retrier struct {
	queue  Queue
	dryRun bool

	open    []retrial
	bytes   int
	retried int
	refused map[string]*Refusal
}

// retrial is a letter and the message that it becomes.
type retrial struct {
	sequence uint64
	message  queue.Message
}

// Refusal is why letters were not retried.
type Refusal struct {
	Problem   string
	Count     int
	Sequences []uint64 // of the first few
}

// NewRetrier returns a retrier. With dryRun it only counts.
func NewRetrier(q Queue, dryRun bool) *Retrier {
	return &Retrier{queue: q, dryRun: dryRun, refused: make(map[string]*Refusal)}
}

// Retried is how many letters were retried, or would have been.
func (r *Retrier) Retried() int { return r.retried }

// Refused are the letters that were not, the most frequent problem first. They stay in DEAD.
func (r *Retrier) Refused() []Refusal {
	all := make([]Refusal, 0, len(r.refused))
	for refusal := range maps.Values(r.refused) {
		all = append(all, *refusal)
	}
	slices.SortFunc(all, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Problem, b.Problem))
	})
	return all
}

// Add takes a letter. It may publish this letter and those before it, or leave that to a later call or to [Retrier.Flush]. The error is
// one that ends it all; of what was not published, the letters stay.
func (r *Retrier) Add(ctx context.Context, l Letter) error {
	message, err := l.original(ctx, r.queue)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		r.Refuse(refused.Sequence, refused.Problem)
		return nil
	case err != nil:
		return err
	}
	r.open = append(r.open, retrial{l.Sequence, message})
	if r.bytes += len(message.Data); len(r.open) < mostOpen && r.bytes < bytesOpen {
		return nil
	}
	return r.Flush(ctx)
}

// Flush publishes what is left.
func (r *Retrier) Flush(ctx context.Context) error {
	open := r.open
	r.open, r.bytes = nil, 0
	if r.dryRun || len(open) == 0 {
		r.retried += len(open)
		return nil
	}
	messages := make([]queue.Message, len(open))
	for i, one := range open {
		messages[i] = one.message
	}
	err := r.queue.Publish(ctx, messages)
	switch {
	case err == nil:
		return r.remove(ctx, open)
	case ctx.Err() != nil || fault.AsPermanent(err) == nil:
		return err
	}
	return r.each(ctx, open)
}

// each publishes messages one by one, of which the server refuses some. What is stored already is stored once, by its ID.
func (r *Retrier) each(ctx context.Context, open []retrial) error {
	for _, one := range open {
		err := r.queue.Publish(ctx, []queue.Message{one.message})
		switch {
		case err == nil:
			err = r.remove(ctx, []retrial{one})
		case ctx.Err() == nil && fault.AsPermanent(err) != nil:
			r.Refuse(one.sequence, "its message is larger than the server takes: raise max_payload")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remove removes letters whose originals are stored again. It is done also when ctx has ended: there is nothing left to wait for.
func (r *Retrier) remove(ctx context.Context, done []retrial) error {
	ctx = context.WithoutCancel(ctx)
	for _, one := range done {
		if err := r.queue.Remove(ctx, one.sequence); err != nil {
			return err
		}
		r.retried++
	}
	return nil
}

// Refuse counts a letter that is not retried.
func (r *Retrier) Refuse(sequence uint64, problem string) {
	refusal := r.refused[problem]
	if refusal == nil {
		refusal = &Refusal{Problem: problem}
		r.refused[problem] = refusal
	}
	refusal.Count++
	if len(refusal.Sequences) < mostSequences {
		refusal.Sequences = append(refusal.Sequences, sequence)
	}
}
