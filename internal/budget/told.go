package budget

import (
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

func (t *told) away(log *slog.Logger, is bool, silence time.Duration) {
	if is == t.isAway {
		return
	}
	t.isAway = is
	if !is {
		log.Info("the presence of other processes is known again, the API's budget is shared as usual")
		return
	}
	log.Warn("the presence of other processes is not known, keeping to a tenth of the last share of the API's budget",
		"silent_ms", silence.Milliseconds(), "doing", t.doing, "error", t.trouble)
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
