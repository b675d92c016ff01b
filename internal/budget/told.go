package budget

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// told is what the log was told already: states are logged when they begin and end, not at every beat.
type told struct {
	trouble    error // with the presence, the latest
	doing      string
	isAway     bool
	complained bool
	differ     bool
}

// failed keeps an error of the presence for the line that says what follows from it, should it last.
func (t *told) failed(doing string, err error) {
	if err != nil {
		t.trouble, t.doing = err, doing
	}
}

// What a process keeps to while it does not see itself.
var (
	errCutOff    = errors.New("the presence of other processes is not known, keeping to a tenth of the last share of the API's budget")
	errNeverSeen = errors.New("the presence of other processes is not known, asking the API for one thing at a time: " +
		"this process never saw itself among them, and must be allowed to announce itself and to hear the others")
)

// away tells that the presence is away or known again, and how the process stands then: nil when all is well.
func (t *told) away(log *slog.Logger, is, everSeen bool, silence time.Duration) (news bool, state error) {
	if is == t.isAway {
		return false, nil
	}
	t.isAway = is
	if !is {
		log.Info("the presence of other processes is known again, the API's budget is shared as usual")
		return true, nil
	}
	if state = errNeverSeen; everSeen {
		state = errCutOff
	}
	log.Warn(state.Error(), "silent_ms", silence.Milliseconds(), "doing", t.doing, "error", t.trouble)
	if t.trouble != nil {
		state = fmt.Errorf("%w (%s: %w)", state, t.doing, t.trouble)
	}
	return true, state
}

// complain tells of the first entry that is not understood.
func (t *told) complain(log *slog.Logger, id string, err error) {
	if !t.complained {
		t.complained = true
		log.Warn("a presence entry is not understood and ignored, its process is not counted", "id", id, "error", err)
	}
}

// limits tells that members were not given the same, once each time that it begins.
func (t *told) limits(log *slog.Logger, own, all Limits) {
	differ := own != all
	if differ && !t.differ {
		log.Warn("processes have different limits of the API, the smallest hold for all",
			"own_rate", own.Rate, "rate", all.Rate, "own_concurrency", own.Concurrency, "concurrency", all.Concurrency,
			"own_sync_share", own.SyncShare, "sync_share", all.SyncShare)
	}
	t.differ = differ
}
