package archive

import (
	"context"
	"strings"
	"time"

	"mcis/internal/queue"
)

// index says between which sequences of RECORDS the records of each window stand. It is read from the records' headers, once, as far as is
// needed, and takes memory for each window and not for each record.
type index struct {
	position uint64 // the last sequence that was read
	spans    map[windowID]*span
}

// windowID is a window as the headers of its records name it.
type windowID struct{ run, window string }

func windowOf(m queue.Message) windowID {
	return windowID{m.Header[queue.HeaderRun], m.Header[queue.HeaderWindow]}
}

// span is where records stand.
type span struct {
	first, last uint64
	count       int
}

func (s *span) add(sequence uint64) {
	if s.count == 0 {
		s.first = sequence
	}
	s.last = sequence
	s.count++
}

// extend reads the headers of the records up to a sequence.
func (x *index) extend(ctx context.Context, records Records, last uint64) error {
	_, end, err := records.Bounds(ctx)
	if err != nil {
		return err
	}
	if x.spans == nil || end < x.position { // RECORDS was made anew, and counts from 1 again
		x.position, x.spans = 0, make(map[windowID]*span)
	}
	if last = min(last, end); last <= x.position {
		return nil
	}
	err = records.Headers(ctx, x.position+1, last, func(m queue.Message, _ time.Time) error {
		x.position = m.Sequence
		x.add(m)
		return nil
	})
	if err == nil {
		x.position = last
	}
	return err
}

func (x *index) add(m queue.Message) {
	if isImported(m) {
		return
	}
	id := windowOf(m)
	s := x.spans[id]
	if s == nil {
		s = new(span)
		x.spans[windowID{strings.Clone(id.run), strings.Clone(id.window)}] = s
	}
	s.add(m.Sequence)
}

// isImported reports a record that came from an archive: it is not archived once more.
func isImported(m queue.Message) bool { return m.Header[queue.HeaderImported] != "" }
