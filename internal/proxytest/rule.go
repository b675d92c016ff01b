package proxytest

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// Rule is an action that waits for its message.
type Rule struct {
	proxy     *Proxy
	place     string // file and line of the test
	direction Direction
	match     Matcher
	action    Action
	nth       int
	every     bool
	optional  bool
	happened  chan struct{} // closed when it first fires
	released  chan struct{}
	once      sync.Once

	// Guarded by the proxy's lock.
	matches int
	spent   bool
	fired   int
	failure error // why an action could not be done, such as that the client had gone
}

// Option changes when a rule fires.
type Option func(*Rule)

// Nth lets a rule fire at its n-th matching message instead of the first.
func Nth(n int) Option { return func(r *Rule) { r.nth = n } }

// EveryTime lets a rule fire at each matching message, from the n-th on if there is an [Nth].
func EveryTime(r *Rule) { r.every = true }

// Optional is for rules that need not fire: others that never fire fail the test.
func Optional(r *Rule) { r.optional = true }

// When adds a rule: action is done to the first message in a direction that match chooses, and to no other unless options
// say so. Of several rules that want the same message the first added has it; the others count it and wait for the next.
// Rules hold for all connections, from messages on that have not yet been read. Most protocols answer in the order of
// requests, and rules rely on it: an action that waits for the answer takes the next message of the server.
func (p *Proxy) When(d Direction, match Matcher, action Action, options ...Option) *Rule {
	r := &Rule{
		proxy: p, place: "an unknown place", direction: d, match: match, action: action, nth: 1,
		happened: make(chan struct{}), released: make(chan struct{}),
	}
	if _, file, line, ok := runtime.Caller(1); ok {
		r.place = fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	for _, option := range options {
		option(r)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, r)
	return r
}

// Fired is closed when the rule has first had its effect: the connection is cut, the answer is sent, the message is held.
func (r *Rule) Fired() <-chan struct{} { return r.happened }

// Wait waits until the rule has fired and fails the test after [Patience].
func (r *Rule) Wait() {
	r.proxy.t.Helper()
	r.WaitCount(1)
}

// WaitCount waits until the rule has fired n times; see [EveryTime].
func (r *Rule) WaitCount(n int) {
	r.proxy.t.Helper()
	r.proxy.await("times fired the rule of "+r.place, n, func() (int, bool) { return r.fired, r.fired >= n })
}

// Count is how many times the rule has fired.
func (r *Rule) Count() int {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	return r.fired
}

// Release forwards what the actions [Hold] and [HoldResponse] hold, and holds nothing any more.
func (r *Rule) Release() { r.once.Do(func() { close(r.released) }) }

// Remove ends the rule. What it holds stays held until [Rule.Release].
func (r *Rule) Remove() {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.proxy.rules = slices.DeleteFunc(r.proxy.rules, func(other *Rule) bool { return other == r })
}

// due is the rule whose turn it is at a message, or nil. Matchers run without the lock: they are the tests' own.
func (p *Proxy) due(m *Message) *Rule {
	p.mu.Lock()
	rules := slices.Clone(p.rules)
	p.mu.Unlock()
	var due *Rule
	for _, r := range rules {
		if r.direction == m.Direction && r.match(m) && r.take(due == nil) {
			due = r
		}
	}
	return due
}

// take counts a match and reports whether the rule fires at it, which it may if the message is free.
func (r *Rule) take(free bool) bool {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.matches++
	if !free || r.spent || r.matches < r.nth {
		return false
	}
	r.spent = !r.every
	return true
}

// fire says that the rule has had its effect.
func (r *Rule) fire() {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.fired++
	if r.fired == 1 {
		close(r.happened)
	}
	r.proxy.announce()
}

// remark notes why an action has failed, for who asks why the rule has not fired, and returns the error.
func (r *Rule) remark(err error) error {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	if err != nil && !errors.Is(err, errCut) {
		r.failure = err
	}
	return err
}
