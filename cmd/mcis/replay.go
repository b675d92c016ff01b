package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/replay"
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
	DryRun                bool    `name:"dry-run" help:"Say what would be written, and write nothing."`
	Force                 bool    `name:"force" help:"Replace what the warehouse holds also where it is newer, or was edited by hand. Read docs/replay.md first."`
	Restart               bool    `name:"restart" help:"Begin anew, even where an interrupted replay could be resumed."`
}

// Run reads the records in their order, beside a running loader, and loads them. Unless it is forced, a record that is older than
// what the warehouse holds changes nothing.
func (c *replayCommand) Run(ctx context.Context, streams cli.Streams) error {
	if err := errors.Join(c.Loading.Check(), c.checkBounds()); err != nil {
		return err
	}
	terminal := cli.IsTerminal(streams.Err) && c.Log.File == ""
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	var opened closers
	defer opened.close()
	r, l, err := c.open(ctx, &opened, onlyTroubles(logger, terminal || c.DryRun))
	if err != nil {
		return err
	}
	switch {
	case r.Outdated():
		logger.Warn("an interrupted replay begins anew: it was interrupted so long ago that the warehouse may have lost since what was loaded")
	case r.Changed():
		logger.Warn(tablesHaveChanged)
	case r.Resumed():
		logger.Info("resuming an interrupted replay: --restart begins anew", "began", r.Began(), "read", r.Progress().Read, "of", r.Progress().Of)
	}
	began, stop := time.Now(), showReplay(ctx, r, terminal, streams.Err, logger)
	summary, err := r.Run(ctx, l)
	stop()
	if err != nil {
		return errors.Join(c.explain(ctx, err), reportRefused(streams.Out, summary, c.DryRun))
	}
	return c.report(streams.Out, r, summary, time.Since(began))
}

// open connects to everything and prepares the replay and its loader.
func (c *replayCommand) open(ctx context.Context, opened *closers, logger *slog.Logger) (*replay.Replay, replay.Loader, error) {
	m, err := c.Mapping.Load()
	if err != nil {
		return nil, nil, err
	}
	conn, err := stages.ConnectToReplay(ctx, c.NATS, c.DryRun, logger)
	if err != nil {
		return nil, nil, err
	}
	opened.add(conn.Close)
	readiness := new(health.Registry)
	config, err := c.config()
	if err != nil {
		return nil, nil, err
	}
	w, err := c.openWarehouse(ctx, m, config.What, conn, readiness, logger)
	if err != nil {
		return nil, nil, err
	}
	opened.add(func() { stages.CloseLogged(w, logger) })
	if !c.DryRun {
		config.Generation = func(ctx context.Context) (string, error) { return w.Generation(ctx, m) }
	}
	r, err := replay.Begin(ctx, config, stages.Records{Conn: conn, Span: c.span()}, stages.Checkpoints(conn))
	if err != nil {
		return nil, nil, err
	}
	into := stages.Into{Warehouse: w, DryRun: c.DryRun}
	if c.Force {
		into.ForceBefore, into.ForceBegan = r.ForceBefore(), r.Began()
	}
	return r, stages.ReplayLoader(c.Loading, c.Mapping, m, into, readiness, logger), nil
}

const tablesHaveChanged = "an interrupted replay begins anew: the warehouse's tables have changed since, and rows that were loaded may be gone"

// openWarehouse opens the warehouse. When its tables are not as they were left, what was noted of an interrupted replay is of no use.
func (c *replayCommand) openWarehouse(ctx context.Context, m *mapping.Mapping, what string, conn *stream.Conn, readiness *health.Registry,
	logger *slog.Logger,
) (stages.Warehouse, error) {
	if c.DryRun {
		return stages.OpenForDryRun(ctx, c.Warehouse, m)
	}
	forget := func(ctx context.Context) error {
		found, err := replay.Forget(ctx, what, stages.Checkpoints(conn))
		if found && err == nil {
			logger.Warn(tablesHaveChanged)
		}
		return err
	}
	return stages.OpenToReplay(ctx, c.Warehouse, m, forget, readiness, logger)
}

// checkBounds says what is wrong with bounds between which nothing can be.
func (c *replayCommand) checkBounds() error {
	var problems []error
	if c.Last > 0 && c.First > c.Last {
		problems = append(problems, &cli.ConfigError{Name: "--first", Problem: fmt.Sprintf("is %d, behind --last %d", c.First, c.Last), Expected: "a sequence up to that of --last"})
	}
	if !c.Since.IsZero() && !c.Until.IsZero() && !c.Since.Before(c.Until.Time) {
		problems = append(problems, &cli.ConfigError{Name: "--since", Problem: fmt.Sprintf("is %s, not before --until %s",
			queue.FormatTime(c.Since.Time), queue.FormatTime(c.Until.Time)), Expected: "a time before that of --until"})
	}
	if c.Booking < 0 {
		problems = append(problems, &cli.ConfigError{Name: "--booking", Problem: fmt.Sprintf("is %d", c.Booking), Expected: "the id of a booking"})
	}
	return errors.Join(problems...)
}

// nothing says that no record is meant, by the flags that say which are.
func (c *replayCommand) nothing() string {
	var flags []string
	add := func(isSet bool, flag string, value any) {
		if isSet {
			flags = append(flags, fmt.Sprintf("%s %v", flag, value))
		}
	}
	add(c.First > 0, "--first", c.First)
	add(c.Last > 0, "--last", c.Last)
	add(!c.Since.IsZero(), "--since", queue.FormatTime(c.Since.Time))
	add(!c.Until.IsZero(), "--until", queue.FormatTime(c.Until.Time))
	add(c.Listed != "", "--run", cli.OneLine(c.Listed))
	add(c.Booking != 0, "--booking", c.Booking)
	if len(flags) == 0 {
		return "RECORDS holds nothing"
	}
	return "nothing in RECORDS fits " + strings.Join(flags, " ")
}

func (c *replayCommand) span() stream.Span {
	span := stream.Span{Since: c.Since.Time, Until: c.Until.Time}
	if c.Booking > 0 {
		span.Subject = queue.RecordSubject(c.Booking)
	}
	return span
}

// config is the replay's. What tells it from other replays is everything that decides what is loaded, but not how.
func (c *replayCommand) config() (replay.Config, error) {
	config := replay.Config{First: c.First, Last: c.Last, Run: c.Listed, Batch: c.Loading.Batch, Restart: c.Restart}
	if c.DryRun {
		return config, nil
	}
	identity, err := stages.Identity(c.LoaderSettings)
	config.What = fmt.Sprintf("sequences %d to %d, %s to %s, run %q, booking %d, force %v, %s", c.First, c.Last,
		queue.FormatTime(c.Since.Time), queue.FormatTime(c.Until.Time), c.Listed, c.Booking, c.Force, identity)
	return config, err
}

// explain says what helps when the replay did not come to its end.
func (c *replayCommand) explain(ctx context.Context, err error) error {
	if c.DryRun {
		return cli.Unfinished(ctx, err, "nothing was written")
	}
	if errors.Is(err, replay.ErrChanged) {
		return fmt.Errorf("%w: run it again, from the beginning", err)
	}
	todo := "run the same command again, it goes on where this one stopped"
	if replay.IsDoubt(err) {
		todo = "run the same command again, it replays from the beginning"
	}
	if unfinished := cli.Unfinished(ctx, err, todo); errors.Is(unfinished, cli.ErrUnfinished) {
		return unfinished
	}
	return fmt.Errorf("%w (when the cause is mended, %s)", err, todo)
}

func (c *replayCommand) report(out io.Writer, r *replay.Replay, summary replay.Summary, took time.Duration) error {
	if err := reportReplay(out, summary, took, c.DryRun); err != nil {
		return err
	}
	reportSpared(out, r, summary, c.DryRun)
	if summary.Loaded+summary.RefusedRecords() == 0 {
		fmt.Fprintln(out, c.nothing())
	}
	switch n := summary.RefusedRecords(); {
	case n > 0 && c.DryRun:
		return fmt.Errorf("%s records could not be loaded: %w", grouped(n), cli.ErrRejects)
	case n > 0:
		return fmt.Errorf("%s records could not be loaded, they stay in RECORDS: mend the cause and replay again: %w", grouped(n), cli.ErrRejects)
	default:
		return nil
	}
}
