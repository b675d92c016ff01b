// Package replay loads records again that the stream still holds: after a load went wrong and its cause was mended, or to say what
// that would do.
//
// A replay ends at the record that was the last when it began, whatever is published meanwhile: that is the running loader's. It
// has two batches in hand, one at the warehouse and the next, which is read and converted meanwhile; they are loaded in their order, so
// that a dry run counts what a replay then does. After each batch it notes how far it is: the same replay goes on there after an
// interruption, with the same end. A batch that was loaded and not noted is loaded again, which changes nothing. To go on leaves out
// what was loaded before, and so rests on the warehouse still holding it: where that is in doubt the replay begins anew, which changes
// nothing of what is there ([IsDoubt], [Forget]).
//
// Records that cannot be loaded are counted and described, by what is to blame. They are not dead-lettered: they stay where they are.
package replay

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

// Records are the records that are replayed.
type Records interface {
	// Extent returns the sequence of the last one that is there now, and how many there are from first to that one; to last where that
	// is not 0 and lower.
	Extent(ctx context.Context, first, last uint64) (end, count uint64, err error)
	// Read calls visit with those from first to last, in their order. An error of visit ends it and is returned as it is.
	Read(ctx context.Context, first, last uint64, visit func(queue.Message) error) error
}

// Loader loads batches. Prepare converts one; load loads it then, and returns an error for each message, a *fault.Permanent for one that
// cannot be loaded.
type Loader interface {
	Prepare(messages []queue.Message) (load func(ctx context.Context) []error)
	Totals() Totals
}

// Totals are what a loader has loaded, or would have, since it was made.
type Totals struct {
	warehouse.Result
	BadValues []BadValue
}

// BadValue are the values of a column that did not fit it.
type BadValue struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Reason string `json:"reason"`
	Values int    `json:"values"`
}

// Config of a replay.
type Config struct {
	// What names the replay: the same name is the same work. Where it is empty, as for a dry run, nothing is noted.
	What        string
	First, Last uint64 // sequences, both included; 0 is no bound
	Run         string // only records of this run are loaded; all when empty
	Batch       int    // most records in a transaction
	Restart     bool   // begin anew where an interrupted replay could be resumed
	// Generation is another text once the warehouse's tables have changed. nil: they are not looked at, as nothing is written.
	Generation func(ctx context.Context) (string, error)
}

// Replay is a replay under way.
type Replay struct {
	config   Config
	records  Records
	store    checkpoint.Store
	loader   Loader
	resumed  bool
	outdated bool // what an interrupted replay had noted was too old
	changed  bool // or of tables that have changed since

	open  []queue.Message // the batch that is being filled
	upTo  uint64          // the last sequence that was read
	since int             // records that were read since the last batch was given to the loader
	hand  *handed         // the batch that the loader has; nil for none
	base  Summary         // of the processes before this one

	mu    sync.Mutex
	state State
	read  uint64 // records that were read in this process
	began time.Time
}

// Begin prepares a replay, or one that was interrupted to go on. It reads no record yet.
func Begin(ctx context.Context, config Config, records Records, store checkpoint.Store) (*Replay, error) {
	r := &Replay{config: config, records: records, store: store, began: time.Now()}
	generation, err := r.generation(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.resume(ctx, generation); err != nil || r.resumed {
		return r, err
	}
	began := time.Now().UTC() // before the end is looked up: what is loaded of records behind that is written later
	end, count, err := records.Extent(ctx, config.First, config.Last)
	if err != nil {
		return nil, err
	}
	r.state = State{Began: began, Next: max(config.First, 1), Last: end, Records: count, Generation: generation}
	return r, r.note(ctx)
}

// resume takes up what an interrupted replay has noted.
func (r *Replay) resume(ctx context.Context, generation string) error {
	if r.config.What == "" || r.config.Restart {
		return nil
	}
	var noted State
	found, err := checkpoint.Load(ctx, r.store, checkpoint.ReplayKey(r.config.What), &noted)
	if err != nil || !found {
		return err
	}
	r.outdated = time.Since(noted.Noted).Abs() > mostResumed
	r.changed = !r.outdated && noted.Generation != generation
	if r.outdated || r.changed {
		return nil
	}
	r.state = noted
	r.resumed, r.base, r.upTo = true, r.state.Summary, r.state.Next-1
	_, remaining, err := r.records.Extent(ctx, r.state.Next, r.state.Last)
	r.state.Records = r.state.Read + remaining
	return err
}

// Began is when the replay began, in whichever process.
func (r *Replay) Began() time.Time { return r.state.Began }

// ForceBefore is what a forced replay replaces: rows that were last written before. It is a while before the replay began, since a
// loader beside it writes the time of its own clock: one that is behind would write rows that look as written before the replay, and an
// older record would replace them.
func (r *Replay) ForceBefore() time.Time { return r.state.Began.Add(-mostBehind) }

// Resumed reports whether another process began the replay.
func (r *Replay) Resumed() bool { return r.resumed }

// Outdated reports whether an interrupted replay begins anew, since what it had noted is too old to rely on.
func (r *Replay) Outdated() bool { return r.outdated }

// Changed reports whether an interrupted replay begins anew, since the warehouse's tables have changed.
func (r *Replay) Changed() bool { return r.changed }

// Run reads and loads until the end. The error is the context's, one of reading, or a *fault.Fatal; the summary is of what was done
// until then. When it is nil, or casts doubt on what is loaded ([IsDoubt]), the replay is forgotten.
func (r *Replay) Run(ctx context.Context, loader Loader) (Summary, error) {
	r.loader = loader
	var err error
	if r.state.Next <= r.state.Last { // in an empty stream the last is 0, which would be no bound
		err = r.records.Read(ctx, r.state.Next, r.state.Last, func(m queue.Message) error { return r.take(ctx, m) })
	}
	if err == nil {
		err = r.hurry(ctx)
	}
	settled := r.settleHand(ctx) // also after an error: what it loads is to be noted
	if err = cmp.Or(fatal(err, settled), err, settled); err == nil {
		err = r.isWhole(ctx)
	}
	if err == nil || IsDoubt(err) {
		_, forgotten := Forget(ctx, r.config.What, r.store)
		err = errors.Join(err, forgotten)
	}
	return r.state.Summary, err
}

// fatal is the first error that only a person can mend.
func fatal(errs ...error) error {
	for _, err := range errs {
		if fault.IsFatal(err) {
			return err
		}
	}
	return nil
}

// mostSkipped is how many records of other runs are read before it is noted how far the replay is.
const mostSkipped = 10_000

func (r *Replay) take(ctx context.Context, m queue.Message) error {
	r.upTo, r.since = m.Sequence, r.since+1
	r.mu.Lock()
	r.read++
	r.mu.Unlock()
	if r.config.Run == "" || m.Header[queue.HeaderRun] == r.config.Run {
		m.Pack()
		r.open = append(r.open, m)
	}
	if len(r.open) < r.config.Batch && r.since < max(mostSkipped, r.config.Batch) {
		return nil
	}
	return r.hurry(ctx)
}

// handed is a batch that the loader has.
type handed struct {
	messages []queue.Message
	next     uint64 // the first sequence behind it
	read     int    // records that were read for it, those of other runs included
	turn     chan bool
	done     chan []error
}

// load converts the batch, and loads it when it gets its turn.
func (h *handed) load(ctx context.Context, loader Loader) {
	defer close(h.done)
	load := loader.Prepare(h.messages)
	if <-h.turn {
		h.done <- load(ctx)
	}
}

// hurry gives the open batch to the loader, waits for the one before it, and then gives it its turn; after an error it has none.
func (r *Replay) hurry(ctx context.Context) error {
	if r.since == 0 {
		return nil
	}
	h := &handed{messages: r.open, next: r.upTo + 1, read: r.since, turn: make(chan bool, 1), done: make(chan []error, 1)}
	r.open, r.since = nil, 0
	go h.load(ctx, r.loader)
	if err := r.settleHand(ctx); err != nil {
		h.turn <- false
		<-h.done
		return err
	}
	h.turn <- true
	r.hand = h
	return nil
}

// settleHand waits for the batch that the loader has, if any.
func (r *Replay) settleHand(ctx context.Context) error {
	h := r.hand
	if h == nil {
		return nil
	}
	r.hand = nil
	return r.settle(ctx, h)
}

// settle waits until a batch is loaded, and notes it. When not all of it could be tried it is not noted, and the error says why.
func (r *Replay) settle(ctx context.Context, h *handed) error {
	errs := <-h.done
	if err := cmp.Or(fatal(errs...), unsettled(errs)); err != nil {
		return err
	}
	r.mu.Lock()
	r.state.Next = h.next
	r.state.Summary.Read += uint64(h.read)
	for i, err := range errs {
		if err != nil {
			r.state.refuse(h.messages[i], fault.AsPermanent(err))
		}
	}
	r.state.total(r.base, r.loader.Totals())
	r.mu.Unlock()
	return r.note(ctx)
}

// unsettled is the first error that no record is to blame for.
func unsettled(errs []error) error {
	for _, err := range errs {
		if err != nil && fault.AsPermanent(err) == nil {
			return err
		}
	}
	return nil
}

// note keeps how far the replay is. That is done also when the context has ended.
func (r *Replay) note(ctx context.Context) error {
	if r.config.What == "" {
		return nil
	}
	ctx, cancel := finishing(ctx)
	defer cancel()
	r.state.Noted = time.Now().UTC()
	return checkpoint.Save(ctx, r.store, checkpoint.ReplayKey(r.config.What), r.state)
}
