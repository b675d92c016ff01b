package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/deadletter"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// dlqCommand works on dead letters.
type dlqCommand struct {
	List  dlqListCommand  `cmd:"" help:"Dead letters by what they have in common: stage, class, table, column, reason."`
	Show  dlqShowCommand  `cmd:"" help:"All that is known of dead letters, and their documents, which hold personal data."`
	Retry dlqRetryCommand `cmd:"" help:"Send what was dead-lettered on its way again, and remove the letters once that is stored."`
	Drop  dlqDropCommand  `cmd:"" help:"Remove dead letters for good; asks before."`
}

// deadLetterQueue are the settings of where the letters are.
type deadLetterQueue struct {
	NATS cli.NATS `embed:""`
	Log  cli.Log  `embed:""`
}

// with connects, lets work use the connection, and cleans up. It makes no streams: where there are none there are no letters.
func (q *deadLetterQueue) with(ctx context.Context, streams cli.Streams, work func(letters letters) error) error {
	if err := q.NATS.Required(); err != nil {
		return err
	}
	logger, closeLog, err := q.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	conn, err := stages.ConnectAsIs(ctx, q.NATS, "dlq", nil, logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = work(letters{conn, logger})
	if errors.Is(err, stream.ErrNoStream) {
		return &fault.Unreachable{What: "NATS", Err: errors.New("there is no stream DEAD yet: the first stage to start makes it")}
	}
	return err
}

// chosen says which letters are meant.
type chosen struct {
	Stage   string  `name:"stage" help:"Only letters of this stage: producer, enricher, loader." placeholder:"STAGE"`
	Class   string  `name:"class" help:"Only letters of this class: payload, size, key, value, constraint, exhausted, panic." placeholder:"CLASS"`
	Table   string  `name:"table" help:"Only letters that blame this table." placeholder:"TABLE"`
	Column  string  `name:"column" help:"Only letters that blame this column." placeholder:"COLUMN"`
	Booking int64   `name:"booking" help:"Only letters of this booking." placeholder:"ID"`
	Run     string  `name:"run" help:"Only letters of bookings that this run listed." placeholder:"RUN"`
	Since   cli.Day `name:"since" help:"Only letters stored at or after this time."`
	Until   cli.Day `name:"until" help:"Only letters stored before this time."`
	Match   string  `name:"match" help:"Only letters with this text in their reason." placeholder:"TEXT"`
}

func (c *chosen) filter() deadletter.Filter {
	return deadletter.Filter{
		Stage: c.Stage, Class: c.Class, Table: c.Table, Column: c.Column, Run: c.Run, Booking: c.Booking,
		Since: c.Since.Time, Until: c.Until.Time, Match: c.Match,
	}
}

// several says which letters a command that changes something is for: nothing must not mean everything.
type several struct {
	Sequences []uint64 `arg:"" optional:"" name:"seq" help:"Sequences of letters, as list --each prints them."`
	All       bool     `name:"all" help:"All letters."`
	chosen    `embed:""`
}

// check says what is wrong with the choice.
func (s *several) check() error {
	ways := 0
	for _, used := range []bool{len(s.Sequences) > 0, s.All, !s.filter().IsEmpty()} {
		if used {
			ways++
		}
	}
	if ways == 1 {
		return nil
	}
	return &cli.ConfigError{Name: "letters", Problem: [...]string{"are not chosen", "", "are chosen in two ways", "are chosen in three ways"}[ways],
		Expected: "sequences, or filters such as --class value, or --all"}
}

// letters is the stream DEAD.
type letters struct {
	conn   *stream.Conn
	logger *slog.Logger
}

// end is the sequence of the letter that was stored last.
func (l letters) end(ctx context.Context) (uint64, error) {
	stat, err := l.conn.Stat(ctx, stream.Dead)
	return stat.Last, err
}

// read visits the letters that a filter means, up to a sequence, in their order.
func (l letters) read(ctx context.Context, filter deadletter.Filter, last uint64, visit func(deadletter.Letter) error) error {
	if last == 0 {
		return nil
	}
	span := stream.Span{Last: last, Since: filter.Since, Until: filter.Until}
	return l.conn.ReadStored(ctx, stream.Dead, span, func(m queue.Message, at time.Time) error {
		if letter := deadletter.Of(m, at); filter.Matches(letter) {
			return visit(letter)
		}
		return nil
	})
}

// choose visits the letters that are meant, up to a sequence. missing is told of sequences without a letter.
func (l letters) choose(ctx context.Context, s *several, last uint64, visit func(deadletter.Letter) error, missing func(sequence uint64)) error {
	if len(s.Sequences) == 0 {
		return l.read(ctx, s.filter(), last, visit)
	}
	for _, sequence := range s.Sequences {
		letter, found, err := l.get(ctx, sequence)
		switch {
		case err != nil:
			return err
		case !found:
			missing(sequence)
			continue
		}
		if err := visit(letter); err != nil {
			return err
		}
	}
	return nil
}

func (l letters) get(ctx context.Context, sequence uint64) (deadletter.Letter, bool, error) {
	m, at, found, err := l.conn.Get(ctx, stream.Dead, sequence)
	return deadletter.Of(m, at), found, err
}

// noLetter is what is said of a sequence without one.
const noLetter = "there is no such letter (any more)"

// Get returns a message of a stream: letters are a deadletter.Queue.
func (l letters) Get(ctx context.Context, name string, sequence uint64) (queue.Message, bool, error) {
	m, _, found, err := l.conn.Get(ctx, name, sequence)
	if errors.Is(err, stream.ErrNoStream) {
		return m, false, nil
	}
	return m, found, err
}

// Publish stores messages.
func (l letters) Publish(ctx context.Context, messages []queue.Message) error {
	return l.conn.Publish(ctx, messages)
}

// Remove removes a letter.
func (l letters) Remove(ctx context.Context, sequence uint64) error {
	return l.conn.Delete(ctx, stream.Dead, sequence)
}

// sequencesOf names letters of which only some are known.
func sequencesOf(sequences []uint64, count int) string {
	text := ""
	for i, sequence := range sequences {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(sequence)
	}
	if count > len(sequences) {
		text += ", …"
	}
	return text
}
