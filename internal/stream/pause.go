package stream

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// pause is what the log was told of a consumer that an operator has paused: that is no fault, and nobody but the operator
// can tell how long it is wanted.
type pause struct {
	mu   sync.Mutex
	told time.Time // until when, as it was said last; zero while the consumer is not paused
}

// news reports whether the log must be told of a pause until then: it has begun, or was given another end.
func (p *pause) news(until time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	isNews := !until.IsZero() && !until.Equal(p.told)
	p.told = until
	return isNews
}

// pausedUntil is when the server will end the consumer's pause by itself, or zero when it is not paused.
func pausedUntil(info *jetstream.ConsumerInfo) time.Time {
	if !info.Paused || info.Config.PauseUntil == nil {
		return time.Time{}
	}
	return info.Config.PauseUntil.UTC()
}

func (r *consuming) tellPause(info *jetstream.ConsumerInfo) {
	if until := pausedUntil(info); r.pause.news(until) {
		r.log.Warn("consumer is paused by an operator, nothing is taken from it before that ends",
			"consumer", r.cons.Name, "until", until, "resume", "nats consumer resume "+r.cons.Stream+" "+r.cons.Name)
	}
}
