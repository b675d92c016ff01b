package budget

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/queue"
)

// format is the version of [entry]. Entries of another are not understood.
const format = 1

// entry is what a process announces. It holds durations and never times, since clocks differ.
type entry struct {
	Format  int                   `json:"format"`
	Beat    uint64                `json:"beat"` // announcements of this process so far: no two entries are equal
	Limits  Limits                `json:"limits"`
	Brake   float64               `json:"brake"`
	PauseMS int64                 `json:"pause_ms"`
	Lanes   map[queue.Lane]Demand `json:"lanes"`
	Deaf    bool                  `json:"deaf,omitzero"` // it was announced without hearing the others
	Away    bool                  `json:"away,omitzero"` // its process keeps to a tenth of its share, since it may be dead to the others
}

func newEntry(beat uint64, limits Limits, load Load) entry {
	return entry{Format: format, Beat: beat, Limits: limits, Brake: load.Brake,
		PauseMS: load.Pause.Milliseconds(), Lanes: load.Demands}
}

func (e entry) encode() ([]byte, error) { return json.Marshal(e, json.Deterministic(true)) }

func (e entry) pause() time.Duration { return time.Duration(e.PauseMS) * time.Millisecond }

func (e entry) active() bool {
	for _, lane := range queue.Lanes() {
		if e.Lanes[lane].active() {
			return true
		}
	}
	return false
}

// mostPause is more than any process asks others to pause for.
const mostPause = time.Hour

// decode reads an entry. Anybody may have written it: what it says must make sense.
func decode(value []byte) (entry, error) {
	var e entry
	if err := json.Unmarshal(value, &e); err != nil {
		return entry{}, fmt.Errorf("entry is not readable: %w", err)
	}
	switch {
	case e.Format != format:
		return entry{}, fmt.Errorf("entry has format %d, expected %d", e.Format, format)
	case !(e.Brake > 0 && e.Brake <= 1):
		return entry{}, fmt.Errorf("brake is %g, expected more than 0 and at most 1", e.Brake)
	case e.PauseMS < 0 || e.PauseMS > mostPause.Milliseconds():
		return entry{}, fmt.Errorf("pause is %d ms, expected 0 to an hour", e.PauseMS)
	case !isAmount(e.Limits.Rate) || e.Limits.Concurrency < 1:
		return entry{}, errors.New("limits make no sense")
	}
	for lane, demand := range e.Lanes {
		if !isAmount(demand.Rate) || demand.InFlight < 0 || demand.Waiting < 0 {
			return entry{}, fmt.Errorf("demand of lane %q makes no sense", lane)
		}
	}
	e.Limits = e.Limits.withDefaults()
	return e, nil
}

func isAmount(f float64) bool { return f >= 0 && f <= math.MaxInt32 }
