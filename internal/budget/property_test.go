package budget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/propertytest"
	"mcis/internal/queue"
)

// Whoever joins, leaves, dies, is cut off, is suspended and wakes up late, changes what it wants, or is told to slow down or to pause:
// what all take together exceeds the limits by no more than the trickle of newcomers and a tenth of what those had who are cut off;
// a brake and a pause are kept to by all who can hear of them, and no longer than they last. When all is quiet, everything is
// given out within seconds: a lane's part to the lane, and no brake is left.
func TestFleetKeepsToItsBudget(t *testing.T) {
	propertytest.Checks(t, 100, 3000)
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 25).Draw(rt, "steps")
		seed := rapid.Uint64().Draw(rt, "delays")
		limits := Limits{
			Rate: rapid.SampledFrom([]float64{0.2, 100}).Draw(rt, "rate"), Concurrency: rapid.IntRange(2, 30).Draw(rt, "places"),
			SyncShare: rapid.SampledFrom([]float64{0.2, 0.5, 0.8}).Draw(rt, "sync share"),
		}
		var problem string
		synctest.Test(t, func(*testing.T) { // nothing is drawn in the bubble: rapid's ends of a test cannot leave it
			w := &world{hub: newHub(), limits: limits, seed: seed,
				joined: map[*peer]time.Time{}, mended: map[*peer]time.Time{}, cut: map[*peer]bool{}, asleep: map[*peer]Share{}}
			for _, s := range steps {
				if w.do(s); w.problem == "" {
					w.watch(s.lasts)
				}
			}
			w.quieten()
			for _, p := range w.peers {
				p.leave()
			}
			problem = w.problem
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

type step struct {
	what    string
	who     int
	demands map[queue.Lane]Demand
	lasts   time.Duration
	brake   float64
	pause   time.Duration
}

func drawStep(t *rapid.T) step {
	return step{
		what: rapid.SampledFrom([]string{"join", "join", "join", "leave", "kill", "want", "want", "sever", "suspend", "mend", "mend",
			"refused", "refused", "recovers"}).Draw(t, "what"),
		who:     rapid.IntRange(0, 20).Draw(t, "who"),
		demands: drawDemands(t),
		lasts:   time.Duration(rapid.IntRange(0, 4000).Draw(t, "lasts")) * time.Millisecond,
		brake:   rapid.Float64Range(0.1, 0.9).Draw(t, "brake"),
		pause:   time.Duration(rapid.IntRange(0, 8000).Draw(t, "pause")) * time.Millisecond,
	}
}

// world is a fleet in which things happen.
type world struct {
	hub    *hub
	limits Limits
	seed   uint64
	peers  []*peer
	joined map[*peer]time.Time
	mended map[*peer]time.Time // who was cut off or suspended, and is not any more
	cut    map[*peer]bool      // who is
	asleep map[*peer]Share     // what those had who were suspended last: in truth they take nothing meanwhile, and begin with that

	refused time.Time // when somebody was last told to slow down or to pause
	paused  time.Time // up to when anybody was told to pause
	problem string
}

func (w *world) do(s step) {
	if s.what == "join" {
		wire := &line{hub: w.hub, delay: w.delay(), stays: len(w.joined)%2 == 0}
		p := joinBy(wire, Config{Limits: w.limits}, s.demands, quiet())
		w.peers = append(w.peers, p)
		w.joined[p] = time.Now()
	}
	if len(w.peers) == 0 {
		return
	}
	n := s.who % len(w.peers)
	p := w.peers[n]
	switch s.what {
	case "want":
		p.change(func(l *Load) { l.Demands = s.demands })
	case "sever", "suspend":
		w.cutOff(p, s.what)
	case "mend":
		w.mend(p)
	case "refused", "recovers":
		w.slow(p, s)
	case "leave", "kill":
		if s.what == "kill" {
			w.cutOff(p, "sever")
		}
		p.thaw()
		p.leave()
		delete(w.cut, p)
		delete(w.asleep, p)
		w.peers = slices.Delete(w.peers, n, n+1)
	}
}

// cutOff severs a process's line, or suspends it: then what is said meanwhile reaches it late.
func (w *world) cutOff(p *peer, how string) {
	if w.cut[p] {
		return
	}
	w.cut[p] = true
	if how == "suspend" {
		p.freeze()
		w.asleep[p] = p.total()
	} else {
		p.sever()
		delete(w.asleep, p)
	}
}

func (w *world) mend(p *peer) {
	if w.cut[p] {
		p.thaw()
		p.mend()
		delete(w.cut, p)
		w.mended[p] = time.Now()
	}
}

// slow is a 429 with its Retry-After, or the end of what followed one.
func (w *world) slow(p *peer, s step) {
	if s.what == "recovers" {
		p.change(func(l *Load) { l.Brake = 1 })
		return
	}
	until := time.Now().Add(s.pause)
	p.refuse(s.brake, until)
	w.refused = time.Now()
	if until.After(w.paused) {
		w.paused = until
	}
}

// delay makes what says how long updates take to arrive.
func (w *world) delay() func() time.Duration {
	delays := rand.New(rand.NewPCG(w.seed, uint64(len(w.joined))))
	return func() time.Duration { return time.Duration(delays.IntN(int(latest.Milliseconds()))) * time.Millisecond }
}

const (
	latest = 100 * time.Millisecond // an update takes less
	often  = 50 * time.Millisecond  // is how often the world is looked at
	again  = 5 * time.Second        // who was cut off hears the others within a beat, and finds out who left meanwhile three beats later
)

// watch lets time go by and looks at everybody.
func (w *world) watch(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end) && w.problem == ""; time.Sleep(often) {
		w.lookAtSums()
		w.lookAtBrakes()
	}
}

func (w *world) wrong(format string, args ...any) { w.problem = fmt.Sprintf(format, args...) }

func (w *world) lookAtSums() {
	var sum Share
	most := Share{Rate: w.limits.Rate, Concurrency: w.limits.Concurrency}
	for _, p := range w.peers {
		total := p.total()
		if had, slept := w.asleep[p]; slept && (w.cut[p] || time.Since(w.mended[p]) <= latest) { // its goroutines go on here
			total = Share{min(total.Rate, had.Rate), min(total.Concurrency, had.Concurrency)}
		}
		sum.Rate += total.Rate
		sum.Concurrency += total.Concurrency
		if time.Since(w.joined[p]) < 4*time.Second {
			most.Rate += trickleRate * w.limits.Rate
			most.Concurrency++
		}
		if w.cut[p] || time.Since(w.mended[p]) < again {
			most.Rate += part * w.limits.Rate
			most.Concurrency += max(1, int(part*float64(w.limits.Concurrency)))
		}
	}
	if sum.Rate > most.Rate*exact || sum.Concurrency > most.Concurrency {
		w.wrong("%d members (%d cut off) take %+v, at most %+v", len(w.peers), len(w.cut), sum, most)
	}
}

// inTouch are those who have heard of everything that was said a moment ago.
func (w *world) inTouch() []*peer {
	return slices.DeleteFunc(slices.Clone(w.peers), func(p *peer) bool {
		return w.cut[p] || time.Since(w.joined[p]) < 4*time.Second || time.Since(w.mended[p]) < 4*time.Second
	})
}

// lookAtBrakes: who is in touch is as slow as the slowest, and pauses as long as anybody must. Nobody pauses for longer but those
// who hear late what was said while they were cut off: entries hold no times.
func (w *world) lookAtBrakes() {
	const rounding, little = time.Millisecond, 0.01 // a brake that is no more than a little stronger is told with the next beat
	for _, p := range w.peers {
		if !w.mended[p].IsZero() || w.cut[p] {
			continue
		}
		if until := p.pausedBy(); until.After(w.paused.Add(latest + rounding)) {
			w.wrong("a member pauses for %s longer than anybody was told", until.Sub(w.paused))
		}
	}
	if time.Since(w.refused) < 2*latest+fewest {
		return // they may not know yet
	}
	all := w.inTouch()
	for _, slow := range all {
		load := slow.Load()
		for _, p := range all {
			if p == slow {
				continue
			}
			if got := p.obeyed().Brake; got > load.Brake+little {
				w.wrong("a member has the brake %g, another %g", got, load.Brake)
			}
			if until := time.Now().Add(load.Pause); load.Pause > 0 && p.pausedBy().Before(until.Add(-rounding)) {
				w.wrong("a member pauses %s less than another was told", until.Sub(p.pausedBy()))
			}
		}
	}
}

// soon is how long it takes to share everything out: what grows is taken a beat and a half later, and makes something else grow.
const soon = again + 5*time.Second

// quieten mends all lines, lifts all brakes, and waits until everything is given out.
func (w *world) quieten() {
	for _, p := range w.peers {
		w.mend(p)
		p.change(func(l *Load) { l.Brake = 1 })
	}
	var missing string
	for end := time.Now().Add(soon); time.Now().Before(end) && w.problem == ""; time.Sleep(often) {
		w.lookAtSums()
		if missing = w.missing(); missing == "" {
			break
		}
	}
	if missing != "" && w.problem == "" {
		w.wrong("%s after everything is quiet: %s", soon, missing)
	}
}

// missing is what is not given out, or not by the lanes' parts, and who still brakes.
func (w *world) missing() string {
	sum, hungryIn, idlers := Shares{}, map[queue.Lane]bool{}, 0
	for _, p := range w.peers {
		orders, demands := p.obeyed(), p.Load().Demands
		if orders.Brake < 1 {
			return fmt.Sprintf("a member has the brake %g", orders.Brake)
		}
		isActive := false
		for _, lane := range queue.Lanes() {
			sum[lane] = Share{sum[lane].Rate + orders.Shares[lane].Rate, sum[lane].Concurrency + orders.Shares[lane].Concurrency}
			d := demands[lane]
			hungryIn[lane] = hungryIn[lane] || d.active() && d.WantsRate && d.WantsPlaces
			isActive = isActive || d.active()
		}
		if !isActive {
			idlers++
		}
	}
	if len(w.peers) == 0 {
		return ""
	}
	total := sum.Total()
	if total.Rate*exact < w.limits.Rate || idlers < len(w.peers) && total.Concurrency < w.limits.Concurrency {
		return fmt.Sprintf("%d members have %+v of %+v", len(w.peers), total, w.limits)
	}
	available := w.limits.Rate * (1 - idleRates)
	for lane, sure := range map[queue.Lane]float64{queue.Sync: w.limits.SyncShare, queue.Backfill: 1 - w.limits.SyncShare} {
		if hungryIn[lane] && w.limits.Concurrency >= 2*len(w.peers)*idlePlaces && sum[lane].Rate*exact < available*sure {
			return fmt.Sprintf("%s has %g a second of %g", lane, sum[lane].Rate, w.limits.Rate)
		}
	}
	return ""
}
