package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/fault"
)

const (
	// mostResumed is how long after its last note a replay may go on. A replay at work notes every batch, so this is how long nobody was at
	// work: long enough for a restart, a reboot or a forgotten password, too short for a database to be restored by a night's work unseen.
	// Who comes later loads again what is there already, which costs time alone.
	mostResumed = 6 * time.Hour
	// mostBehind is how far behind the replay's clock that of a loader may be: clocks that are set by NTP differ by far less, and a longer
	// while would be in the way of who loads, sees that it went wrong, and forces. Rows that were written so shortly before a forced
	// replay began are not forced.
	mostBehind = time.Minute
)

// IsDoubt reports whether an error casts doubt on what was loaded before: the warehouse answers, and only a person can mend what it
// says, such as that a table is missing. What a person does then may well be to make the table anew, or to restore the database. That it
// cannot be reached, or refuses the login, says nothing of what it holds.
func IsDoubt(err error) bool {
	var away *fault.Unreachable
	return fault.IsFatal(err) && !errors.As(err, &away)
}

// ErrChanged is in the chain of the error of a replay whose tables have changed while it ran: a loader beside it may have made a table anew
// between two batches, without the rows that were loaded before.
var ErrChanged = errors.New("the warehouse's tables were changed while it ran, and rows that it loaded may be gone")

// generation is that of the warehouse's tables now.
func (r *Replay) generation(ctx context.Context) (string, error) {
	if r.config.Generation == nil {
		return "", nil
	}
	return r.config.Generation(ctx)
}

// isWhole makes sure, in the end, that the tables are those that were loaded from the beginning.
func (r *Replay) isWhole(ctx context.Context) error {
	generation, err := r.generation(ctx)
	if err == nil && generation != r.state.Generation {
		err = &fault.Fatal{Err: ErrChanged}
	}
	return err
}

// Forget removes what a replay has noted, if anything: it begins anew then. That is done also when the context has ended.
func Forget(ctx context.Context, what string, store checkpoint.Store) (found bool, err error) {
	if what == "" {
		return false, nil
	}
	ctx, cancel := finishing(ctx)
	defer cancel()
	if _, found, err = store.Get(ctx, checkpoint.ReplayKey(what)); err == nil && found {
		err = store.DeleteAll(ctx, checkpoint.ReplayPrefix(what))
	}
	if err != nil {
		return found, fmt.Errorf("how far the replay is could not be forgotten, so that the next one needs --restart: %w", err)
	}
	return found, nil
}

// errSlow is the cause when a note took too long.
var errSlow = errors.New("NATS did not answer in time")

func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	const patience = 30 * time.Second
	return context.WithTimeoutCause(context.WithoutCancel(ctx), patience, errSlow)
}
