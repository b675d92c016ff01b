package budget

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	return joinBy(&line{hub: h}, cfg, demands, log)
}

func joinBy(l *line, cfg Config, demands map[queue.Lane]Demand, log *slog.Logger) *peer {
	p := &peer{client: newClient(demands), line: l, ended: make(chan struct{})}
	p.governor = New(cfg, p.line, p.client, log)
	p.run()
	return p
}

// pair is a fleet of two that want all there is. Both leave when the test ends.
func pair(t *testing.T) (a, b *peer) {
	t.Helper()
	h := newHub()
	a = join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
	t.Cleanup(a.leave)
	b = join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
	t.Cleanup(b.leave)
	return a, b
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

func quiet() *slog.Logger { return leaks.Logger("governor") }

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
		a, b := pair(t)
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

// What is urgent waits for no more than what keeps one process from announcing all the time.
func TestBrakeRightAfterABeatIsToldSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		time.Sleep(5100 * time.Millisecond)
		a.change(func(l *Load) { l.Brake = 0.5 }) // is told at once …
		synctest.Wait()
		a.change(func(l *Load) { l.Brake, l.Pause = 0.25, 30*time.Second }) // … and this as soon as may be after it
		time.Sleep(fewest)
		synctest.Wait()
		if got := b.obeyed(); got.Brake != 0.25 || got.Pause != 30*time.Second {
			t.Errorf("%s later the other has %+v, expected a brake of 0.25 and a pause of 30s", fewest, got)
		}
	})
}

// Who announces himself while he hears nobody cannot have heard what makes another's share grow.
func TestWhoIsDeafIsNotCountedOn(t *testing.T) {
	for name, stays := range map[string]bool{"its watch ends": false, "its watch goes on": true} {
		t.Run(name, func(t *testing.T) { whoIsDeafIsNotCountedOn(t, stays) })
	}
}

func whoIsDeafIsNotCountedOn(t *testing.T, stays bool) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		b := joinBy(&line{hub: h, stays: stays}, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(5500 * time.Millisecond)
		b.change(func(l *Load) { l.Demands = nil })
		time.Sleep(700 * time.Millisecond) // it has told that
		a.has(t, "what is not yet sure", 50, 8)
		b.sever() // which its next announcement does not notice
		synctest.Wait()
		b.mend()
		time.Sleep(850 * time.Millisecond)
		a.has(t, "while the other is deaf", 50, 8)
		time.Sleep(1500 * time.Millisecond)
		a.has(t, "when he hears again", 99.5, 15)
	})
}

// Who never hears the others, as a NATS user that may write and not listen, does not hold them up for longer than a dead one.
func TestWhoStaysDeafHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		deaf := &line{hub: h}
		deaf.muffle(true)
		defer joinBy(deaf, Config{Limits: usual}, inBackfill(hungry), quiet()).leave()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		time.Sleep(8 * time.Second)
		a.has(t, "beside one who is deaf", 100, 16)
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		time.Sleep(8 * time.Second)
		a.has(t, "two who hear", 50, 8)
		b.has(t, "two who hear", 50, 8)
		b.leave()
		time.Sleep(3 * time.Second)
		a.has(t, "when one has left", 100, 16)
	})
}

// A line of which one half is dead is noticed by the echoes that do not come.
func TestWhoseLineIsHalfDeadCountsAsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, nil, quiet())
		defer a.leave()
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(5500 * time.Millisecond)
		b.muffle(true)
		time.Sleep(time.Second)
		a.change(func(l *Load) { l.Demands = inBackfill(hungry) }) // which b never hears
		time.Sleep(1400 * time.Millisecond)
		b.has(t, "a tenth", 9.95, 1)
		time.Sleep(time.Second)
		a.has(t, "when the other keeps to a tenth", 100, 16)
		b.muffle(false)
		time.Sleep(5 * time.Second)
		a.has(t, "together again", 50, 8)
		b.has(t, "together again", 50, 8)
	})
}

// Who is cut off again before he has got everything back keeps to a tenth of that, not to a tenth of the tenth.
func TestCutOffAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b := pair(t)
		time.Sleep(5500 * time.Millisecond)
		for range 3 {
			b.muffle(true)
			time.Sleep(4 * time.Second)
			b.has(t, "cut off", 5, 1)
			b.muffle(false)
			for heard := b.governor.State(); heard.Away; heard = b.governor.State() {
				time.Sleep(10 * time.Millisecond)
			}
		}
		time.Sleep(5 * time.Second)
		b.has(t, "when that is over", 50, 8)
	})
}

// What a process has told the others it keeps to, whatever it hears late of what it had said before.
func TestWhoSaidThatHeIsAwayKeepsToThat(t *testing.T) {
	for _, offset := range []time.Duration{0, 300 * time.Millisecond, 700 * time.Millisecond} {
		for stalls := time.Second; stalls < 6*time.Second; stalls += 150 * time.Millisecond {
			t.Run(fmt.Sprintf("beats %s apart, %s", offset, stalls), func(t *testing.T) { stall(t, offset, stalls) })
		}
	}
}

func stall(t *testing.T, offset, stalls time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer a.leave()
		time.Sleep(offset)
		b := join(h, Config{Limits: usual}, inBackfill(hungry), quiet())
		defer b.leave()
		time.Sleep(5050 * time.Millisecond)
		a.has(t, "two", 50, 8)
		b.hold()
		most := 0.0
		for left := stalls + 4*time.Second; left > 0; left -= often {
			if left == 4*time.Second {
				b.release()
			}
			time.Sleep(often)
			most = max(most, a.total().Rate+b.total().Rate)
		}
		if most > 110 {
			t.Errorf("%g a second in all, of 100 and a tenth", most)
		}
	})
}

// Who hears everything late, as on a slow NATS, shares as the others do.
func TestWhoHearsLateHoldsUpNobody(t *testing.T) {
	for _, delay := range []time.Duration{600 * time.Millisecond, 1100 * time.Millisecond, 1400 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			h := newHub()
			a := join(h, Config{Limits: usual}, nil, quiet())
			defer a.leave()
			b := joinBy(&line{hub: h, delay: func() time.Duration { return delay }}, Config{Limits: usual}, inBackfill(hungry), quiet())
			defer b.leave()
			time.Sleep(20 * time.Second)
			b.has(t, "who hears late, beside an idle one", 99.5, 15)
			a.change(func(l *Load) { l.Demands = inBackfill(hungry) })
			time.Sleep(5 * time.Second)
			a.has(t, "beside one who hears late", 50, 8)
			b.has(t, "who hears late", 50, 8)
		})
	}
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
