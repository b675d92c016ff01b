package budget

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/queue"
)

var usual = Limits{Rate: 100, Concurrency: 16}

// peer is a process in a test's bubble.
type peer struct {
	*client
	*line
	governor *Governor
	stop     context.CancelFunc
	ended    chan struct{}
}

func join(h *hub, cfg Config, demands map[queue.Lane]Demand, log *slog.Logger) *peer {
	p := &peer{client: newClient(demands), line: &line{hub: h}, ended: make(chan struct{})}
	p.governor = New(cfg, p.line, p.client, log)
	p.run()
	return p
}

func (p *peer) run() {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() {
		defer close(p.ended)
		_ = p.governor.Run(ctx)
	}()
}

// leave ends the process in order.
func (p *peer) leave() {
	p.stop()
	<-p.ended
}

// kill ends it without a word.
func (p *peer) kill() {
	p.sever()
	p.leave()
}

func (p *peer) total() Share { return p.obeyed().Shares.Total() }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// has checks the shares of all lanes together.
func (p *peer) has(t *testing.T, what string, rate float64, places int) {
	t.Helper()
	if got := p.total(); math.Abs(got.Rate-rate) > 0.01 || got.Concurrency != places {
		t.Errorf("%s: %+v, expected %g a second and %d places", what, got, rate, places)
	}
}

func TestAloneAProcessHasEverythingSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := join(newHub(), Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		synctest.Wait()
		a.has(t, "at first", 1, 1)
		time.Sleep(800 * time.Millisecond)
		a.has(t, "when it found itself alone", 100, 16)
		if s := a.governor.State(); s.Members != 1 || s.Away || s.Brake != 1 || s.Shares.Total() != a.total() {
			t.Errorf("state is %+v", s)
		}
	})
}

func TestJoiningAndLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		time.Sleep(3 * time.Second)
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		time.Sleep(1900 * time.Millisecond)
		if got := b.total(); got.Rate > 1 || got.Concurrency != 1 {
			t.Errorf("a newcomer takes %+v before its second beat", got)
		}
		a.has(t, "while there is a newcomer", 99.5, 15)
		time.Sleep(1100 * time.Millisecond)
		a.has(t, "two", 50, 8)
		b.has(t, "two", 50, 8)
		b.leave()
		b.has(t, "who has left", 1, 1)
		time.Sleep(600 * time.Millisecond)
		a.has(t, "alone again", 100, 16)
	})
}

func TestDeadMembersShareIsGivenToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		time.Sleep(5 * time.Second)
		a.has(t, "two", 50, 8)
		b.kill()
		time.Sleep(1900 * time.Millisecond)
		a.has(t, "while it may be alive", 50, 8)
		time.Sleep(1900 * time.Millisecond)
		a.has(t, "when it is dead", 100, 16)
	})
}

func TestBrakeAndPauseOfOneHoldForAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(5100 * time.Millisecond)
		a.change(func(l *Load) { l.Brake, l.Pause = 0.5, 30*time.Second })
		synctest.Wait()
		if got := b.obeyed(); got.Brake != 0.5 || got.Pause != 30*time.Second {
			t.Errorf("the other has %+v, expected a brake of 0.5 and a pause of 30s", got)
		}
		if got := a.obeyed(); got.Brake != 1 || got.Pause != 0 {
			t.Errorf("what one met itself came back to it: %+v", got)
		}
		a.change(func(l *Load) { l.Brake, l.Pause = 1, 0 })
		time.Sleep(1500 * time.Millisecond)
		if got := b.obeyed(); got.Brake != 1 || got.Pause > 0 {
			t.Errorf("the other still has %+v", got)
		}
	})
}

func TestDemandIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		b := join(h, Config{Limits: usual}, nil, quiet())
		defer b.leave()
		time.Sleep(5100 * time.Millisecond)
		b.has(t, "idle", 0.5, 1)
		b.change(func(l *Load) { l.Demands = inSync(hungry) })
		synctest.Wait()
		a.has(t, "who makes room", 50, 8)
		time.Sleep(1500 * time.Millisecond)
		b.has(t, "who has begun", 50, 8)
	})
}

// What dead processes left behind counts until it has expired, but neither brakes nor pauses.
func TestLeftoversExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		for _, id := range []string{"dead", "dead too"} {
			value, err := newEntry(77, usual.withDefaults(), Load{Demands: inBackfill(hungry), Brake: 0.1, Pause: time.Minute}).encode()
			if err != nil {
				t.Fatal(err)
			}
			h.put(id, value)
		}
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		time.Sleep(2900 * time.Millisecond)
		if got := a.obeyed(); got.Shares.Total().Rate > 34 || got.Brake != 1 || got.Pause > 0 {
			t.Errorf("orders are %+v while three may be alive", got)
		}
		time.Sleep(2 * time.Second)
		a.has(t, "alone", 100, 16)
		h.put("dead", h.values["dead"]) // as a watch that begins anew tells it
		time.Sleep(2 * time.Second)
		a.has(t, "after an old entry was heard again", 100, 16)
	})
}

func TestUnreadableEntriesAreIgnoredAndToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, log := newHub(), &lines{}
		a := join(h, Config{Limits: usual}, inBackfill(hungry), log.logger())
		defer a.leave()
		for _, foreign := range []string{"", "{", "[]", `{"format":2,"brake":1,"limits":{"rate":1,"concurrency":1}}`, "\xff"} {
			h.put("stranger", []byte(foreign))
			h.put("stranger", nil)
			time.Sleep(500 * time.Millisecond)
		}
		a.has(t, "with strangers", 100, 16)
		if n := log.count("is not understood"); n != 1 {
			t.Errorf("%d lines tell of it:\n%s", n, &log.text)
		}
	})
}

func TestDifferentLimitsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, log := newHub(), &lines{}
		a := join(h, Config{Limits: usual}, inBackfill(hungry), log.logger())
		defer a.leave()
		b := join(h, Config{Limits: Limits{Rate: 10, Concurrency: 100}}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(5 * time.Second)
		a.has(t, "with the smaller rate", 5, 8)
		b.has(t, "with the smaller number", 5, 8)
		if n := log.count("different limits"); n != 1 {
			t.Errorf("%d lines tell of it:\n%s", n, &log.text)
		}
	})
}

func TestPresenceGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, log := newHub(), &lines{}
		a := join(h, Config{Limits: usual}, inBackfill(hungry), log.logger())
		defer a.leave()
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(6 * time.Second)
		a.sever()
		b.sever()
		time.Sleep(1400 * time.Millisecond)
		a.has(t, "for a short while", 50, 8)
		time.Sleep(time.Minute)
		a.has(t, "for long", 5, 1) // 8 places and a tenth: one is kept
		if !a.governor.State().Away || log.count("keeping to a tenth") != 1 || log.count("line is cut") != 1 {
			t.Errorf("state is %+v, the log:\n%s", a.governor.State(), &log.text)
		}
		h.mu.Lock()
		clear(h.values) // a bucket in memory does not survive
		h.mu.Unlock()
		a.mend()
		b.mend()
		time.Sleep(4 * time.Second)
		a.has(t, "together again", 50, 8)
		b.has(t, "together again", 50, 8)
		if log.count("is known again") != 1 {
			t.Errorf("the log:\n%s", &log.text)
		}
	})
}

func TestPresenceIsNeverThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lines{}
		a := &peer{client: newClient(inBackfill(hungry)), line: &line{hub: newHub()}, ended: make(chan struct{})}
		a.sever()
		told := make(chan error, 10)
		a.governor = New(Config{Limits: usual, Away: func(err error) { told <- err }}, a.line, a.client, log.logger())
		a.run()
		time.Sleep(time.Minute)
		a.has(t, "trickles", 1, 1)
		if log.count("level=WARN") != 1 || log.count("never saw itself among them, and must be allowed") != 1 {
			t.Errorf("the log:\n%s", &log.text)
		}
		if err := <-told; len(told) > 0 || !strings.Contains(err.Error(), "one thing at a time") || !strings.Contains(err.Error(), "line is cut") {
			t.Errorf("it was told %v, and %d times more", err, len(told))
		}
		a.mend()
		time.Sleep(4 * time.Second)
		a.has(t, "when it sees itself", 100, 16)
		if err := <-told; err != nil || len(told) > 0 {
			t.Errorf("it was told %v, and %d times more", err, len(told))
		}
		a.sever()
		time.Sleep(4 * time.Second)
		if err := <-told; len(told) > 0 || !strings.Contains(err.Error(), "a tenth of the last share") {
			t.Errorf("it was told %v, and %d times more", err, len(told))
		}
		a.leave()
		if log.count("not left") != 1 {
			t.Errorf("the log:\n%s", &log.text)
		}
	})
}

// Whoever joins, leaves, dies, is cut off or changes what it wants: what all take together exceeds the limits by no more than
// the trickle of newcomers and a tenth of what those had who are cut off.
func TestFleetKeepsToItsBudget(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 25).Draw(rt, "steps")
		seed := rapid.Uint64().Draw(rt, "delays")
		limits := Limits{Rate: rapid.SampledFrom([]float64{0.2, 100}).Draw(rt, "rate"), Concurrency: rapid.IntRange(2, 30).Draw(rt, "places")}
		var problem string
		synctest.Test(t, func(*testing.T) {
			w := &world{hub: newHub(), limits: limits, seed: seed,
				joined: map[*peer]time.Time{}, mended: map[*peer]time.Time{}, cut: map[*peer]bool{}}
			for _, s := range steps {
				if w.do(s); w.problem == "" {
					w.watch(s.lasts)
				}
			}
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
}

func drawStep(t *rapid.T) step {
	return step{
		what:    rapid.SampledFrom([]string{"join", "join", "join", "leave", "kill", "want", "want", "sever", "mend"}).Draw(t, "what"),
		who:     rapid.IntRange(0, 20).Draw(t, "who"),
		demands: drawDemands(t),
		lasts:   time.Duration(rapid.IntRange(0, 4000).Draw(t, "lasts")) * time.Millisecond,
	}
}

// world is a fleet in which things happen.
type world struct {
	hub    *hub
	limits Limits
	seed   uint64
	peers  []*peer
	joined map[*peer]time.Time
	mended map[*peer]time.Time
	cut    map[*peer]bool

	problem string
}

func (w *world) do(s step) {
	if s.what == "join" {
		p := &peer{client: newClient(s.demands), line: &line{hub: w.hub, delay: w.delay()}, ended: make(chan struct{})}
		p.governor = New(Config{Limits: w.limits}, p.line, p.client, quiet())
		p.run()
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
	case "sever":
		if !w.cut[p] {
			p.sever()
			w.cut[p] = true
		}
	case "mend":
		if w.cut[p] {
			p.mend()
			delete(w.cut, p)
			w.mended[p] = time.Now()
		}
	case "leave", "kill":
		if s.what == "kill" && !w.cut[p] {
			p.sever()
		}
		p.leave()
		delete(w.cut, p)
		w.peers = slices.Delete(w.peers, n, n+1)
	}
}

// delay makes what says how long updates take to arrive.
func (w *world) delay() func() time.Duration {
	delays := rand.New(rand.NewPCG(w.seed, uint64(len(w.joined))))
	return func() time.Duration { return time.Duration(delays.IntN(100)) * time.Millisecond }
}

// watch lets time go by and looks at the sums.
func (w *world) watch(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var sum Share
		most := Share{Rate: w.limits.Rate, Concurrency: w.limits.Concurrency}
		for _, p := range w.peers {
			total := p.total()
			sum.Rate += total.Rate
			sum.Concurrency += total.Concurrency
			if time.Since(w.joined[p]) < 4*time.Second {
				most.Rate += trickleRate * w.limits.Rate
				most.Concurrency++
			}
			if w.cut[p] || time.Since(w.mended[p]) < 3*time.Second {
				most.Rate += part * w.limits.Rate
				most.Concurrency += max(1, int(part*float64(w.limits.Concurrency)))
			}
		}
		if sum.Rate > most.Rate*exact || sum.Concurrency > most.Concurrency {
			w.problem = fmt.Sprintf("%d members (%d cut off) take %+v, at most %+v", len(w.peers), len(w.cut), sum, most)
			return
		}
	}
}
