package budget

import "time"

// hear takes note of an entry, and keeps to what follows from it.
func (g *Governor) hear(id string, value []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.own.deaf = false
	if value == nil {
		if id != g.cfg.ID { // what somebody else did to the own entry, the next beat mends
			g.table.remove(id)
		}
		g.keep(now)
		return
	}
	e, err := decode(value)
	if err != nil {
		g.told.complain(g.log, id, err)
		return
	}
	if id == g.cfg.ID {
		g.hearItself(e, now)
	}
	// The second echo cannot come before all that was there when the watch began.
	g.table.put(id, e, now, g.own.echoes >= 2)
	g.keep(now)
}

func (g *Governor) hearItself(e entry, now time.Time) {
	heardUpTo, silence := g.horizon(now), g.own.silence(now)
	if g.own.echoed(e.Beat, now) && silence > 2*g.cfg.Beat {
		g.table.spare(heardUpTo, now)
	}
}

// horizon is the time up to which others could be heard, had they said something. While the presence is away it stands
// still, so that nobody dies of that.
func (g *Governor) horizon(now time.Time) time.Time {
	if until := g.own.echo.Add(g.cfg.Beat * 3 / 2); until.Before(now) {
		return until
	}
	return now
}

// keep computes what is due and has the client obey. The caller holds the lock.
func (g *Governor) keep(now time.Time) {
	horizon := g.horizon(now)
	g.table.forget(horizon)
	alive := g.table.alive(horizon)
	away := g.isLost(now) || g.own.back <= g.own.awayBeat && g.own.awayBeat > 0 // the others go by what was said last
	if news, state := g.told.away(g.log, away, g.own.echoes > 0, g.own.silence(now)); news {
		g.cfg.Away(state)
	}
	due := g.due(alive, away, now)
	taken := g.growth.take(due, now, g.table.known(g.cfg.ID, horizon, now, g.cfg.Settle))
	g.remember(due, taken, away)
	orders := Orders{Shares: taken, Brake: 1}
	for id, m := range alive {
		if id != g.cfg.ID && m.fresh {
			orders.Brake = min(orders.Brake, m.entry.Brake)
			orders.Pause = max(orders.Pause, m.entry.pause()-now.Sub(m.heard))
		}
	}
	g.client.Obey(orders)
	g.state = State{Shares: taken, Brake: min(orders.Brake, g.own.brake()), Away: away}
	if g.own.echoes > 0 {
		g.state.Members = len(alive)
	}
}

// remember keeps in mind what a tenth is of, should the process be cut off. What it has not yet got back since it was cut off before
// counts, or the tenth of a tenth would be next.
func (g *Governor) remember(due, taken Shares, away bool) {
	switch total := taken.Total(); {
	case away:
		g.own.regains = true
	case g.own.regains && (unlimited(total.Rate) < unlimited(due.Total().Rate) || total.Concurrency < due.Total().Concurrency):
		g.own.shares = g.own.shares.atMost(due.Total())
	default:
		g.own.shares, g.own.regains = taken, false
	}
}

// isLost reports whether the process has not seen itself for almost as long as it takes to be dead to the others.
func (g *Governor) isLost(now time.Time) bool { return g.own.silence(now) > g.cfg.Expiry-g.cfg.Beat/2 }

// part is what a process keeps of its shares when the others may take it for dead and have shared them out.
const part = 0.1

// newBeats is for how many beats a process must be visible before it takes its share, when it is not alone.
const newBeats = 2

// due are the shares that follow from what is known.
func (g *Governor) due(alive map[string]*member, away bool, now time.Time) Shares {
	switch {
	case g.own.echoes == 0:
		return trickle(g.cfg.Limits)
	case away:
		return g.own.shares.scaled(part)
	}
	entries := make(map[string]entry, len(alive))
	for id, m := range alive {
		if id == g.cfg.ID || !m.entry.Away {
			entries[id] = m.entry
		}
	}
	g.told.limits(g.log, g.cfg.Limits, smallest(entries))
	mine := divide(entries)[g.cfg.ID]
	if g.isNew(now) {
		return mine.atMost(trickle(g.cfg.Limits).Total())
	}
	return mine
}

// isNew reports whether the process was not yet visible for long enough to count on what the others know.
func (g *Governor) isNew(now time.Time) bool {
	alone := len(g.table.alive(g.horizon(now))) == 1
	return g.own.echoes == 0 || !alone && now.Sub(g.own.first) < newBeats*g.cfg.Beat
}
