package budget

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"
)

// The defaults of [Config]'s zero values.
const (
	DefaultBeat = time.Second
	leastBeat   = 10 * time.Millisecond
	beatsToDie  = 3
)

// Config says what a process brings to the fleet and how it keeps in touch. All members should have the same.
type Config struct {
	Limits Limits
	ID     string        // of this process in the fleet; a random one when empty, which is best: no other may have it
	Beat   time.Duration // how often it announces itself; 0 is 1 s, 10 ms is the least
	Expiry time.Duration // who is silent for so long is dead; 0 is 3 beats
	Settle time.Duration // more than an announcement takes to reach all; 0 is a quarter of a beat

	// Away is told when the process does not see itself among the others, and so keeps to less than its share: what that is, and
	// why. When it sees itself again, and the others know, it is told nil. It must not call the governor. Optional.
	Away func(error)
}

func (cfg Config) withDefaults() Config {
	cfg.Limits = cfg.Limits.withDefaults()
	cfg.ID = cmp.Or(cfg.ID, rand.Text())
	cfg.Beat = max(cmp.Or(cfg.Beat, DefaultBeat), leastBeat)
	cfg.Expiry = cmp.Or(cfg.Expiry, beatsToDie*cfg.Beat)
	cfg.Settle = cmp.Or(cfg.Settle, cfg.Beat/4)
	if cfg.Away == nil {
		cfg.Away = func(error) {}
	}
	return cfg
}

// Governor keeps a process's client to its share of the fleet's budget. Make it with [New].
type Governor struct {
	cfg      Config
	presence Presence
	client   Client
	log      *slog.Logger

	mu     sync.Mutex
	table  *table
	own    standing
	growth *growth
	told   told
	state  State
}

// State is how a process stands in its fleet, for people and metrics.
type State struct {
	Members int    // that are alive, this process among them; 0 before it has seen itself
	Shares  Shares // that the client keeps to, before any brake
	Brake   float64
	Away    bool // the presence is, and with it what is known of the others
}

// New returns a governor, and has the client trickle until [Governor.Run] has found out who else is there.
func New(cfg Config, presence Presence, client Client, log *slog.Logger) *Governor {
	cfg = cfg.withDefaults()
	begin := trickle(cfg.Limits)
	client.Obey(Orders{Shares: begin, Brake: 1})
	return &Governor{
		cfg: cfg, presence: presence, client: client, log: log,
		table: newTable(cfg.Expiry), growth: newGrowth(begin),
		own:   standing{sent: map[uint64]time.Time{}, deaf: true},
		state: State{Shares: begin, Brake: 1},
	}
}

// Run takes part in the fleet until ctx ends, then leaves it: the client trickles from then on, so that ctx should end after
// the last work. It returns nil; a presence that is away is logged, and no reason to end.
func (g *Governor) Run(ctx context.Context) error {
	g.mu.Lock()
	g.own.began = time.Now()
	g.mu.Unlock()
	var tasks sync.WaitGroup
	tasks.Go(func() { g.listen(ctx) })
	tasks.Go(func() { g.settle(ctx) })
	tasks.Go(func() { g.beat(ctx) })
	tasks.Wait()
	g.leave(ctx)
	return nil
}

// State says how the process stands now.
func (g *Governor) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// listen hears of the others until ctx ends.
func (g *Governor) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := g.presence.Watch(ctx, g.hear, g.deafen)
		g.deafen()
		g.mu.Lock()
		g.told.failed("watch", err)
		g.mu.Unlock()
		rest(ctx, g.cfg.Beat)
	}
}

// deafen takes note that the others are not heard until hear is called again.
func (g *Governor) deafen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.own.deaf = true
}

// leave is done also though ctx has ended. Who cannot leave is dead to the others soon.
func (g *Governor) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.cfg.Expiry)
	defer cancel()
	g.client.Obey(Orders{Shares: trickle(g.cfg.Limits), Brake: 1})
	if err := g.presence.Leave(ctx, g.cfg.ID); err != nil {
		g.log.Warn("not left the API's budget, others wait until this process counts as dead",
			"expiry_ms", g.cfg.Expiry.Milliseconds(), "error", err)
	}
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
