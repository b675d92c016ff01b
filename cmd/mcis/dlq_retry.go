package main

import (
	"context"
	"fmt"
	"io"

	"mcis/cmd/internal/cli"
	"mcis/internal/deadletter"
)

// dlqRetryCommand sends what was dead-lettered on its way again.
type dlqRetryCommand struct {
	deadLetterQueue `embed:""`
	several         `embed:""`
	DryRun          bool `name:"dry-run" help:"Say what would be retried, and change nothing."`
}

// Run retries the letters that are in DEAD when it begins: what dies again stays there. Letters that cannot be retried are cli.ErrRejects.
func (c *dlqRetryCommand) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.with(ctx, streams, func(l letters) error {
		last, err := l.end(ctx)
		if err != nil {
			return err
		}
		retrier := deadletter.NewRetrier(l, c.DryRun)
		add := func(letter deadletter.Letter) error { return retrier.Add(ctx, letter) }
		err = l.choose(ctx, &c.several, last, add, func(sequence uint64) { retrier.Refuse(sequence, noLetter) })
		if err == nil {
			err = retrier.Flush(ctx)
		}
		refused := c.report(streams.Out, retrier)
		switch {
		case err != nil:
			return cli.Unfinished(ctx, err, "run the same command again, what was retried is no longer in DEAD")
		case refused > 0:
			return fmt.Errorf("%s letters stay in DEAD: %w", grouped(refused), cli.ErrRejects)
		}
		return nil
	})
}

// report prints what was done, and returns how many letters were refused.
func (c *dlqRetryCommand) report(out io.Writer, retrier *deadletter.Retrier) (refused int) {
	for _, r := range retrier.Refused() {
		refused += r.Count
	}
	did := "retried"
	if c.DryRun {
		did = "would retry"
	}
	fmt.Fprintf(out, "%s %s, refused %s\n", did, grouped(retrier.Retried()), grouped(refused))
	for _, r := range retrier.Refused() {
		fmt.Fprintf(out, "  %s × %s (letter %s)\n", grouped(r.Count), cli.Printable(r.Problem), sequencesOf(r.Sequences, r.Count))
	}
	return refused
}
