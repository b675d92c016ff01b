package stages

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/producer"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// DefaultWindow is the length of windows when --window does not say.
const DefaultWindow = "1mo"

// Listing are the settings of the producer.
type Listing struct {
	From        cli.Day `name:"from" env:"LIST_FROM" default:"2019-01-01" help:"Earliest expected start date of the bookings to list."`
	To          cli.Day `name:"to" env:"LIST_TO" help:"First expected start date not to list; by default about a year from now, since bookings are made ahead."`
	Window      string  `name:"window" env:"LIST_WINDOW" default:"1mo" help:"Length of the windows that the period is listed in: 1mo, 2w, 7d."`
	PageSize    int     `name:"page-size" env:"PAGE_SIZE" default:"50" help:"Bookings a list page."`
	Pages       int     `name:"pages" env:"PAGES" default:"4" help:"Pages of a window listed side by side."`
	MostBacklog uint64  `name:"most-backlog" env:"MOST_BACKLOG" default:"20000" help:"Listing pauses while more bookings than this wait to be enriched."`
	Restart     bool    `name:"restart" help:"List everything again, even what an interrupted run has listed."`
}

// Backfill is the period to list. The error says which setting is wrong.
func (l *Listing) Backfill() (producer.Backfill, error) {
	step, err := booking.ParseStep(l.Window)
	if err != nil {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_WINDOW", Problem: "is \"" + l.Window + "\"", Expected: "a length such as 1mo, 2w or 7d"}
	}
	to := l.To.Time
	if l.To.IsZero() {
		to = aYearAhead(time.Now().UTC())
	}
	if !l.From.Before(to) {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_FROM", Problem: "is not before LIST_TO", Expected: "an earlier date"}
	}
	if err := errors.Join(cli.Positive("PAGE_SIZE", l.PageSize), cli.Positive("PAGES", l.Pages)); err != nil {
		return producer.Backfill{}, err
	}
	return producer.Backfill{From: l.From.Time, To: to, Open: l.To.IsZero(), Step: step, Restart: l.Restart}, nil
}

// aYearAhead is the first day of a month about a year from now.
func aYearAhead(now time.Time) time.Time {
	const months = 13
	return time.Date(now.Year(), now.Month()+months, 1, 0, 0, 0, 0, time.UTC)
}

// sizeReserve is what a message's headers may take of the server's limit.
const sizeReserve = 16 << 10

// Syncing are the settings of a sync.
type Syncing struct {
	Every   time.Duration `name:"every" env:"SYNC_EVERY" default:"0" help:"List what changed again and again, this far apart; 0 is once, of mcis run every 15 minutes."`
	Overlap time.Duration `name:"overlap" env:"SYNC_OVERLAP" default:"24h" help:"How far before the last sync a sync begins."`
}

// ProducerStage is the producer with its log.
type ProducerStage struct {
	*producer.Producer
	logger *slog.Logger

	mu        sync.Mutex
	unsettled []producer.Unsettled
}

// Unsettled are the windows of this process's runs that never added up.
func (p *ProducerStage) Unsettled() []producer.Unsettled {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.unsettled)
}

// NewProducerStage makes the producer.
func NewProducerStage(settings Listing, client *upstream.Client, conn *stream.Conn, logger *slog.Logger) *ProducerStage {
	return &ProducerStage{logger: logger, Producer: producer.New(producer.Config{
		PageSize: settings.PageSize, Pages: settings.Pages, MostBacklog: settings.MostBacklog,
		MostBytes: int(conn.MaxMessage()) - sizeReserve,
		Backlog: func(ctx context.Context) (uint64, error) {
			backlog, err := conn.Backlog(ctx, stream.Bookings, enricher.Stage)
			return backlog.Lag(), err
		},
	}, client, conn, checkpoints{conn.State()}, logger)}
}

// Backfill lists the period. The error is cli.ErrRejects when windows did not add up or items were no bookings.
func (p *ProducerStage) Backfill(ctx context.Context, backfill producer.Backfill) error {
	summary, err := p.Producer.Backfill(ctx, backfill)
	if err != nil {
		return err
	}
	return p.report(summary)
}

// Sync lists what changed, once or, with an interval, until ctx ends. In the latter case an error is logged and the
// next sync tries again from the same watermark, unless it is fatal.
func (p *ProducerStage) Sync(ctx context.Context, listing Listing, settings Syncing) error {
	if err := cli.NotNegative("SYNC_OVERLAP", settings.Overlap); err != nil {
		return err
	}
	changes := producer.Sync{From: listing.From.Time, Overlap: settings.Overlap}
	for {
		summary, err := p.Producer.Sync(ctx, changes)
		if err == nil {
			err = p.report(summary)
		}
		if settings.Every <= 0 || ctx.Err() != nil || fault.IsFatal(err) {
			return err
		}
		if err != nil && !errors.Is(err, cli.ErrRejects) {
			p.logger.Error("sync failed, the next one begins where it began", "error", err, "next_in", settings.Every)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(settings.Every):
		}
	}
}

func (p *ProducerStage) report(summary producer.Summary) error {
	p.logger.Info("run listed", "run", summary.Run, "windows", summary.Windows, "bookings", summary.Bookings,
		"dead", summary.Dead, "unsettled", len(summary.Unsettled))
	p.mu.Lock()
	p.unsettled = append(p.unsettled, summary.Unsettled...)
	p.mu.Unlock()
	if len(summary.Unsettled) > 0 || summary.Dead > 0 {
		return cli.ErrRejects
	}
	return nil
}

// checkpoints is the bucket of state as the producer needs it.
type checkpoints struct{ *stream.State }

// Get leaves out the revision: one producer works on a run.
func (c checkpoints) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := c.State.Get(ctx, key)
	return value, found, err
}

// Put leaves out the revision.
func (c checkpoints) Put(ctx context.Context, key string, value []byte) error {
	_, err := c.State.Put(ctx, key, value)
	return err
}
