package budget

import (
	"context"
	"maps"
	"time"

	"mcis/internal/queue"
)

const (
	looksPerBeat = 4                     // how often it is looked whether something must be told or has settled
	fewest       = 50 * time.Millisecond // between announcements of one process
	longestEcho  = 10                    // times the expiry, that an own announcement may take to come back
)

// beat announces what the client wants, every beat and whenever that must not wait, until ctx ends.
func (g *Governor) beat(ctx context.Context) {
	look := time.NewTicker(g.cfg.Beat / looksPerBeat)
	defer look.Stop()
	for {
		if load := g.client.Load(); g.mustTell(load) {
			g.announce(ctx, load)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-g.client.Changed():
			rest(ctx, min(g.soonest(), g.cfg.Beat/looksPerBeat)) // or it would wait for the next look
		}
	}
}

// soonest is how long nothing may be announced, not even what is urgent.
func (g *Governor) soonest() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fewest - time.Since(g.own.tried)
}

// settle looks what has changed by the time alone, until ctx ends: who died, what has settled. It waits for nobody.
func (g *Governor) settle(ctx context.Context) {
	look := time.NewTicker(g.cfg.Beat / looksPerBeat)
	defer look.Stop()
	for {
		g.mu.Lock()
		g.keep(time.Now())
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

func (g *Governor) mustTell(load Load) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	since := time.Since(g.own.tried)
	if g.own.tried.IsZero() || since >= g.cfg.Beat-g.cfg.Beat/(2*looksPerBeat) { // a tick may come a little early
		return true
	}
	return since >= fewest && isUrgent(g.own.told, load, since)
}

// isUrgent reports whether a load has news that others must hear before the next beat: that the API complained, or that this
// process begins to want more than it has.
func isUrgent(told, load Load, since time.Duration) bool {
	const slack = 100 * time.Millisecond
	if load.Pause > max(0, told.Pause-since)+slack || load.Brake < told.Brake-0.01 {
		return true
	}
	for _, lane := range queue.Lanes() {
		before, now := told.Demands[lane], load.Demands[lane]
		if now.WantsRate && !before.WantsRate || now.WantsPlaces && !before.WantsPlaces {
			return true
		}
	}
	return false
}

// announce writes the entry, and waits for that no longer than until the next one is due.
func (g *Governor) announce(ctx context.Context, load Load) {
	g.mu.Lock()
	g.own.beat++
	g.own.tried = time.Now()
	maps.DeleteFunc(g.own.sent, func(_ uint64, made time.Time) bool { return g.own.tried.Sub(made) > longestEcho*g.cfg.Expiry })
	g.own.sent[g.own.beat] = g.own.tried
	said := load
	if g.isNew(g.own.tried) { // it could not take what the others would leave to it
		said.Demands = nil
	}
	e := newEntry(g.own.beat, g.cfg.Limits, said)
	e.Deaf = g.own.deaf
	if e.Away = g.isLost(g.own.tried); e.Away {
		g.own.awayBeat = e.Beat
	}
	value, err := e.encode()
	g.mu.Unlock()
	if err == nil {
		limited, cancel := context.WithTimeout(ctx, g.cfg.Beat)
		defer cancel()
		err = g.presence.Announce(limited, g.cfg.ID, value)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.told.failed("announce", err)
		return
	}
	g.own.told = said
}

// standing is what a process knows of its own entry.
type standing struct {
	began time.Time
	beat  uint64               // of the latest announcement
	tried time.Time            // when that was made
	told  Load                 // what was announced last
	sent  map[uint64]time.Time // announcements that did not come back yet

	deaf bool // others are not heard at present

	echoes int       // announcements that came back
	first  time.Time // when the first of them did
	echo   time.Time // when the latest of them was made: then at the latest, everybody could hear everybody
	shares Shares    // that were kept to while that was so

	regains bool // less than that is kept to, since the process was cut off

	back     uint64 // the latest announcement that came back
	awayBeat uint64 // the latest one that told the others not to count this process; 0: none did
}

// echoed takes note that an own entry came back. What is heard a second time, as a watch that begins anew tells it, is no echo.
func (s *standing) echoed(beat uint64, now time.Time) (news bool) {
	made, news := s.sent[beat]
	if !news {
		return false
	}
	for b := range s.sent {
		if b <= beat {
			delete(s.sent, b)
		}
	}
	if s.echoes++; s.echoes == 1 {
		s.first = now
	}
	s.echo, s.back = made, beat
	return true
}

// silence is how long the process has not seen an entry of its own: for so long at least may it be dead to others.
func (s *standing) silence(now time.Time) time.Duration {
	switch {
	case s.began.IsZero():
		return 0
	case s.echoes == 0:
		return now.Sub(s.began)
	}
	return now.Sub(s.echo)
}

// brake is what was last announced.
func (s *standing) brake() float64 {
	if s.told.Brake == 0 {
		return 1
	}
	return s.told.Brake
}
