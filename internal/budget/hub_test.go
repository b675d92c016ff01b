package budget

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"mcis/internal/queue"
)

// hub is a presence in memory, which delivers late and can be cut off.
type hub struct {
	mu      sync.Mutex
	values  map[string][]byte
	watches map[*watch]bool
}

func newHub() *hub { return &hub{values: map[string][]byte{}, watches: map[*watch]bool{}} }

type update struct {
	id    string
	value []byte
	made  time.Time
}

type watch struct {
	news chan struct{}
	line []update // the hub's lock guards it
}

func (h *hub) put(id string, value []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.values[id] = value; value == nil {
		delete(h.values, id)
	}
	for w := range h.watches {
		w.add(update{id, value, time.Now()})
	}
}

func (w *watch) add(u update) {
	w.line = append(w.line, u)
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (h *hub) watch() *watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &watch{news: make(chan struct{}, 1)}
	for _, id := range slices.Sorted(maps.Keys(h.values)) {
		w.add(update{id, h.values[id], time.Now()})
	}
	h.watches[w] = true
	return w
}

func (h *hub) take(w *watch) []update {
	h.mu.Lock()
	defer h.mu.Unlock()
	line := w.line
	w.line = nil
	return line
}

// line is a process's connection to the hub.
type line struct {
	hub   *hub
	delay func() time.Duration // of each delivery; nil is none
	mu    sync.Mutex
	mute  bool          // nothing is heard through it, without a word
	stays bool          // Watch outlives a cut, and tells of it
	held  chan struct{} // closed when it delivers again, nil while it does
	cut   chan struct{} // closed when the connection is cut, nil while it is not
	awake chan struct{} // closed when its process is no longer suspended, nil while it is not
}

var errCut = errors.New("the line is cut")

// down is closed while the line is cut.
func (l *line) down() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut == nil {
		l.cut = make(chan struct{})
	}
	return l.cut
}

func (l *line) sever() { close(l.down()) }

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = nil
}

// muffle makes that nothing is heard through the line, or that it is again.
func (l *line) muffle(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mute = is
}

func (l *line) isMuffled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mute
}

// hold makes that the line delivers nothing until release, and then everything in its order.
func (l *line) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = make(chan struct{})
}

func (l *line) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.held)
	l.held = nil
}

func (l *line) holdsBack() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// freeze suspends the process, as far as others see it: it says nothing, and hears what is said when it is awake again. The process
// itself goes on: no goroutine of a bubble can be held up while its time goes by.
func (l *line) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = make(chan struct{})
}

func (l *line) thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.awake != nil {
		close(l.awake)
		l.awake = nil
	}
}

// suspended is closed when the process is awake; nil while it is not suspended.
func (l *line) suspended() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.awake
}

func (l *line) Announce(ctx context.Context, id string, value []byte) error {
	if l.suspended() != nil {
		rest(ctx, unanswered)
		return errCut
	}
	select {
	case <-l.down():
		rest(ctx, unanswered)
		return errCut
	default:
		l.hub.put(id, value)
		return nil
	}
}

// unanswered is how long a request on a cut line takes to fail. It is shorter than the governor waits: context.WithTimeout that ends
// in a bubble crashes the race detector now and then (golang/go#78156).
const unanswered = 900 * time.Millisecond

func (l *line) Leave(_ context.Context, id string) error {
	select {
	case <-l.down():
		return errCut
	default:
		l.hub.put(id, nil)
		return nil
	}
}

func (l *line) Watch(ctx context.Context, heard func(id string, value []byte), lost func()) error {
	for {
		err := l.pass(ctx, heard)
		if !l.stays || ctx.Err() != nil {
			return err
		}
		lost()
		rest(ctx, unanswered)
	}
}

// pass is Watch until the line is cut.
func (l *line) pass(ctx context.Context, heard func(id string, value []byte)) error {
	w := l.hub.watch()
	defer func() {
		l.hub.mu.Lock()
		defer l.hub.mu.Unlock()
		delete(l.hub.watches, w)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.down():
			return errCut
		case <-w.news:
		}
		for _, u := range l.hub.take(w) {
			if l.delay != nil {
				time.Sleep(time.Until(u.made.Add(l.delay())))
			}
			if awake := l.suspended(); awake != nil {
				<-awake
			}
			if held := l.holdsBack(); held != nil {
				<-held
			}
			if !l.isMuffled() {
				heard(u.id, u.value)
			}
		}
	}
}

// client is a client that does nothing but want and obey.
type client struct {
	news chan struct{}

	mu     sync.Mutex
	load   Load
	until  time.Time // when the pause ends that the API asked this process for
	orders Orders
	paused time.Time // up to when others' pauses hold
}

func newClient(demands map[queue.Lane]Demand) *client {
	return &client{news: make(chan struct{}, 1), load: Load{Demands: demands, Brake: 1}}
}

func (c *client) Load() Load {
	c.mu.Lock()
	defer c.mu.Unlock()
	load := c.load
	if !c.until.IsZero() {
		load.Pause = max(0, time.Until(c.until))
	}
	return load
}

func (c *client) Changed() <-chan struct{} { return c.news }

func (c *client) Obey(orders Orders) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orders = orders
	if until := time.Now().Add(orders.Pause); orders.Pause > 0 && until.After(c.paused) {
		c.paused = until
	}
}

// pausedBy is up to when this process pauses, for itself or for others.
func (c *client) pausedBy() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.After(c.paused) {
		return c.until
	}
	return c.paused
}

// refuse has the API complain: the process slows down, and pauses up to a time, or longer if it was to anyway.
func (c *client) refuse(brake float64, until time.Time) {
	c.change(func(l *Load) {
		l.Brake = min(l.Brake, brake)
		if until.After(c.until) {
			c.until = until
		}
	})
}

func (c *client) obeyed() Orders {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.orders
}

// change changes the load, and says so.
func (c *client) change(change func(*Load)) {
	c.mu.Lock()
	change(&c.load)
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default:
	}
}
