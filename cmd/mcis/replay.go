package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// replayCommand loads a part of RECORDS again.
type replayCommand struct {
	stages.LoaderSettings `embed:""`
	First                 uint64  `name:"first" help:"First stream sequence."`
	Last                  uint64  `name:"last" help:"Last stream sequence; the last one when the replay begins by default."`
	Since                 cli.Day `name:"since" help:"Only records published at or after this time."`
	Until                 cli.Day `name:"until" help:"Only records published before this time."`
	Listed                string  `name:"run" help:"Only records of this run." placeholder:"RUN"`
	Booking               int64   `name:"booking" help:"Only records of this booking." placeholder:"ID"`
}

// Run reads the records in their order, beside a running loader, and loads them. A record that is older than what the
// warehouse holds changes nothing.
func (c *replayCommand) Run(ctx context.Context, streams cli.Streams) error {
	return c.With(ctx, "replay", cli.HTTP{}, streams, func(l *loader.Loader, conn *stream.Conn, _ *slog.Logger) error {
		r := &replay{loader: l, batch: c.Loading.Batch, run: c.Listed}
		if err := r.all(ctx, conn, c.span()); err != nil {
			return cli.Unfinished(ctx, err, "run the same command again, what is loaded stays as it is")
		}
		return r.report(streams)
	})
}

func (c *replayCommand) span() stream.Span {
	span := stream.Span{First: c.First, Last: c.Last, Since: c.Since.Time, Until: c.Until.Time}
	if c.Booking > 0 {
		span.Subject = queue.RecordSubject(c.Booking)
	}
	return span
}

// replay is a replay under way.
type replay struct {
	loader *loader.Loader
	run    string
	batch  int
	open   []queue.Message
	read   int
	failed []error
}

func (r *replay) all(ctx context.Context, conn *stream.Conn, span stream.Span) error {
	err := conn.Read(ctx, stream.Records, span, func(message queue.Message) error {
		if r.run != "" && message.Header[queue.HeaderRun] != r.run {
			return nil
		}
		r.open = append(r.open, message)
		if len(r.open) < r.batch {
			return nil
		}
		return r.load(ctx)
	})
	return errors.Join(err, r.load(ctx))
}

func (r *replay) load(ctx context.Context) error {
	if len(r.open) == 0 {
		return nil
	}
	var fatal error
	for i, err := range r.loader.Handle(ctx, r.open) {
		switch {
		case fault.IsFatal(err):
			fatal = err
		case err != nil:
			r.failed = append(r.failed, fmt.Errorf("record %d of %s: %w", r.open[i].Sequence, r.open[i].Subject, err))
		}
	}
	r.read += len(r.open)
	r.open = r.open[:0]
	return cmp.Or(fatal, ctx.Err())
}

func (r *replay) report(streams cli.Streams) error {
	totals := r.loader.Totals()
	var changed, same int
	for _, counts := range totals.Tables {
		changed += counts.Inserted + counts.Updated + counts.Deleted
		same += counts.Unchanged + counts.Older
	}
	fmt.Fprintf(streams.Out, "records read %s, loaded %s; rows changed %s, as they were %s\n",
		grouped(r.read), grouped(totals.Bookings), grouped(changed), grouped(same))
	if len(r.failed) > 0 {
		return errors.Join(append([]error{cli.ErrRejects}, r.failed...)...)
	}
	return nil
}
