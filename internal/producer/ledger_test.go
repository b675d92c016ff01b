package producer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// ledger is what happened, and so what may happen: it sees requests, publications and checkpoints of all processes in their order.
type ledger struct {
	source    *catalogue
	published map[string]bool // by subject and run

	clock   atomic.Int64  // seconds, of the API
	mu      sync.Mutex    // of everything that processes do; guards what follows
	entered map[int64]int // since when a booking stands in its window, by id
	run     checkpoint.Run
	windows map[string]*standing // of the run, by window
	problem error                // the first
	past    []string             // what happened lately
}

// standing is how far a window is.
type standing struct {
	listed  bool
	attempt int
	asked   map[int]int     // when the first page of an attempt was asked for, by attempt
	noted   map[string]bool // pages that are remembered, by attempt and number
}

func newLedger(list *catalogue) *ledger {
	return &ledger{source: list, published: map[string]bool{}, entered: map[int64]int{}, windows: map[string]*standing{}}
}

// now is the time by the API's clock, and by everybody's.
func (l *ledger) now() time.Time {
	return fetched.Truncate(time.Second).Add(time.Duration(l.clock.Load()) * time.Second)
}

func (l *ledger) seconds() int { return int(l.clock.Load()) }

func (l *ledger) wrong(format string, args ...any) {
	if l.problem == nil {
		l.problem = fmt.Errorf(format+"\nbefore:\n%s", append(args, strings.Join(l.past, "\n"))...)
	}
}

// log keeps what happens, to be told when something goes wrong: what side by side is done cannot be repeated.
func (l *ledger) log(format string, args ...any) {
	const lately = 60
	l.past = append(l.past, fmt.Sprintf(format, args...))
	l.past = l.past[max(0, len(l.past)-lately):]
}

func (l *ledger) window(w booking.Window) *standing {
	name := checkpoint.WindowName(w)
	if l.windows[name] == nil {
		l.windows[name] = &standing{attempt: 1, asked: map[int]int{}, noted: map[string]bool{}}
	}
	return l.windows[name]
}

func pageName(attempt, number int) string { return fmt.Sprint(attempt, ".", number) }

// asks judges a request: nothing that is done is asked for again, and nothing that a restart was to begin anew is left from before.
func (l *ledger) asks(p *process, window booking.Window, number int) {
	w := l.window(window)
	switch {
	case p.restart && l.run.Name == p.before: // one that another has begun meanwhile will do
		l.wrong("page %d of %s is asked for by a restart, but the run is still %s", number, window, p.before)
	case l.run.Done:
		l.wrong("page %d of %s is asked for after the run's end", number, window)
	case w.listed:
		l.wrong("page %d of %s is asked for, which is listed", number, window)
	case w.noted[pageName(w.attempt, number)]:
		l.wrong("page %d of %s is asked for again in attempt %d, which was noted", number, window, w.attempt)
	}
	if _, asked := w.asked[w.attempt]; !asked {
		w.asked[w.attempt] = l.seconds()
	}
}

// notes judges a checkpoint.
func (l *ledger) notes(p *process, key string, value []byte) {
	switch {
	case strings.HasPrefix(key, checkpoint.RunPrefix):
		l.notesRun(p, decoded[checkpoint.Run](l, value))
	case key == checkpoint.WatermarkKey:
		l.mustBeListed("the watermark is set")
	case strings.HasPrefix(key, checkpoint.WindowsOf(l.run.Name)):
		l.notesWindow(decoded[checkpoint.Window](l, value))
	case strings.HasPrefix(key, checkpoint.PagesOf(l.run.Name)):
		l.notesPage(key, decoded[checkpoint.Page](l, value))
	default:
		l.wrong("%s is noted in run %s", key, l.run.Name)
	}
}

func decoded[T any](l *ledger, value []byte) (state T) {
	if err := json.Unmarshal(value, &state); err != nil {
		l.wrong("%s: %v", value, err)
	}
	return state
}

// notesRun: a run ends when all its windows are listed, and another begins only then or when that was asked for.
func (l *ledger) notesRun(p *process, run checkpoint.Run) {
	switch {
	case run.Name == l.run.Name && run.Done:
		l.mustBeListed("the run ends")
	case run.Name == l.run.Name || run.Done:
		l.wrong("run %+v follows %+v", run, l.run)
	case l.run.Name != "" && !l.run.Done && !p.restart:
		l.wrong("run %s is begun though %s is not done", run.Name, l.run.Name)
	default:
		l.windows = map[string]*standing{}
	}
	l.run = run
}

// forgets judges what is deleted: what nobody needs any more. A restart may die between that and its own run's beginning, and the earlier
// run is then listed again.
func (l *ledger) forgets(p *process, prefix string) {
	isOver := p.restart || l.run.Done
	switch prefix {
	case checkpoint.WindowsOf(l.run.Name):
		l.windows = map[string]*standing{}
	case checkpoint.PagesOf(l.run.Name):
		for _, w := range l.windows {
			clear(w.noted)
			clear(w.asked)
		}
	default:
		name, attempt, _, ok := checkpoint.SplitPageKey(l.run.Name, prefix+"1")
		w := l.windows[name]
		isOver = ok && w != nil && (w.listed || attempt < w.attempt)
	}
	if !isOver {
		l.wrong("%s is deleted in run %+v", prefix, l.run)
	}
}

func (l *ledger) mustBeListed(what string) {
	for _, window := range booking.Split(l.run.From, l.run.To, l.run.Step) {
		if !l.window(window).listed {
			l.wrong("%s before %s is listed", what, window)
		}
	}
}

// notesWindow: states and attempts only go forward, and a window that adds up holds all that was in the list from its first request on.
func (l *ledger) notesWindow(state checkpoint.Window) {
	w := l.window(state.Window())
	l.log("%d: %+v", l.seconds(), state)
	switch goesOn := state.State == checkpoint.Listing && state.Attempt == w.attempt+1; {
	case w.listed:
		l.wrong("%s is noted as %s in attempt %d after it was listed", state.Window(), state.State, state.Attempt)
	case !goesOn && (state.State != checkpoint.Listed || state.Attempt != w.attempt):
		l.wrong("%s is noted as %s in attempt %d after attempt %d", state.Window(), state.State, state.Attempt, w.attempt)
	case state.Settled && state.Bookings+state.Dead != state.Count:
		l.wrong("%s adds up to %d bookings and %d dead of %d", state.Window(), state.Bookings, state.Dead, state.Count)
	case state.Settled:
		l.mustBePublished(state.Window(), w.asked[w.attempt])
	}
	w.listed, w.attempt = state.IsListed(), state.Attempt
}

// mustBePublished looks for the bookings that have stood in a window since a time, in this run.
func (l *ledger) mustBePublished(window booking.Window, since int) {
	for _, i := range l.source.items {
		id := identify(i)
		if id == 0 || i.start.Before(window.From) || !i.start.Before(window.To) || l.entered[id] > since {
			continue
		}
		if !l.isPublished(id) {
			l.wrong("%s adds up without booking %d, which was there since %d, before the first request at %d", window, id, l.entered[id], since)
		}
	}
}

func (l *ledger) isPublished(id int64) bool {
	return l.published[queue.BookingSubject(queue.Backfill, id)+l.run.Name]
}

// notesPage: a page is noted once, of the attempt under way, and after its bookings are stored.
func (l *ledger) notesPage(key string, page checkpoint.Page) {
	name, attempt, number, ok := checkpoint.SplitPageKey(l.run.Name, key)
	w := l.windows[name]
	if !ok || w == nil || w.listed || attempt != w.attempt || w.noted[pageName(attempt, number)] {
		l.wrong("page %s is noted, the window stands at %+v", key, w)
		return
	}
	w.noted[pageName(attempt, number)] = true
	for _, id := range page.IDs {
		if !l.isPublished(id) {
			l.wrong("page %s is noted before booking %d is stored", key, id)
		}
	}
}

func (p publisher) Publish(ctx context.Context, messages []queue.Message) error {
	return p.call(ctx, func(ctx context.Context) error {
		for _, m := range messages {
			p.office.published[m.Subject+m.Header[queue.HeaderRun]] = true
		}
		return p.office.broker.Publish(ctx, messages)
	})
}
