package stages

import (
	"cmp"
	"errors"
	"math"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/producer"
)

// DefaultWindow is the length of windows when --window does not say.
const DefaultWindow = "1mo"

// Paging are the settings of whatever asks for list pages.
type Paging struct {
	From     cli.Day       `name:"from" env:"LIST_FROM" default:"2019-01-01" help:"Earliest expected start date of the bookings to list."`
	PageSize int           `name:"page-size" env:"PAGE_SIZE" default:"50" help:"Bookings a list page."`
	Pages    int           `name:"pages" env:"PAGES" default:"4" help:"List pages asked for at once, over all windows; API_CONCURRENCY and API_RPS bound them too."`
	Windows  int           `name:"windows" env:"LIST_WINDOWS" default:"16" help:"Windows listed side by side."`
	Attempts int           `name:"attempts" env:"LIST_ATTEMPTS" default:"5" help:"How often a window is listed whose list moves meanwhile, before it is reported as unsettled."`
	Patience time.Duration `name:"patience" env:"LIST_PATIENCE" default:"0" help:"How long the API may be away before the command ends with exit code 3; 0 is for ever, and 10m of a sync that runs once."`
}

// Period are the settings of what lists a period.
type Period struct {
	To     cli.Day `name:"to" env:"LIST_TO" help:"First expected start date not to list, or now; by default about a year from now, since bookings are made ahead."`
	Window string  `name:"window" env:"LIST_WINDOW" default:"1mo" help:"Length of the windows that the period is listed in: 1mo, 2w, 7d."`
}

// Publishing are the settings of what publishes what it lists.
type Publishing struct {
	MostBacklog uint64        `name:"most-backlog" env:"MOST_BACKLOG" default:"20000" help:"Listing pauses while more bookings than this wait to be enriched."`
	Lease       time.Duration `name:"lease" env:"LEASE" default:"15s" help:"How long after a producer's last sign of life another one takes its work over."`
}

// Listing are the settings of a backfill.
type Listing struct {
	Paging     `embed:""`
	Period     `embed:""`
	Publishing `embed:""`
	Order      string `name:"order" env:"LIST_ORDER" default:"oldest" enum:"oldest,newest" help:"Which window is listed first: oldest, newest."`
	Restart    bool   `name:"restart" help:"List everything again, even what an interrupted run has listed."`
}

// Names of a To that moves from day to day while the period stays the same.
const (
	untilHorizon = "horizon"
	untilNow     = "now"
)

// Backfill is the period to list. The error says which setting is wrong.
func (l *Listing) Backfill() (producer.Backfill, error) {
	backfill, err := l.Since(l.From)
	backfill.NewestFirst, backfill.Restart = l.Order == "newest", l.Restart
	return backfill, errors.Join(err, l.Paging.Check(), l.Publishing.Check())
}

// Since is the period from a date on. The error says which setting is wrong.
func (p *Period) Since(from cli.Day) (producer.Backfill, error) {
	step, err := booking.ParseStep(p.Window)
	if err != nil {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_WINDOW", Problem: "is \"" + p.Window + "\"", Expected: "a length such as 1mo, 2w or 7d"}
	}
	to, until := p.To.Time, ""
	switch {
	case p.To.IsZero():
		to, until = aYearAhead(time.Now().UTC()), untilHorizon
	case p.To.Now:
		until = untilNow
	}
	if !from.Before(to) {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_FROM", Problem: "is not before LIST_TO", Expected: "an earlier date"}
	}
	return producer.Backfill{From: from.Time, To: to, Until: until, Step: step}, nil
}

// Check says which setting is wrong.
func (p *Paging) Check() error {
	return errors.Join(cli.Positive("PAGE_SIZE", p.PageSize), cli.Positive("PAGES", p.Pages), cli.Positive("LIST_WINDOWS", p.Windows),
		cli.Positive("LIST_ATTEMPTS", p.Attempts), cli.NotNegative("LIST_PATIENCE", p.Patience))
}

// Check says which setting is wrong.
func (p *Publishing) Check() error {
	const shortest = 100 * time.Millisecond // signs of life come three times as often, over the network
	var lease error
	if p.Lease < shortest {
		lease = &cli.ConfigError{Name: "LEASE", Problem: "is " + p.Lease.String(), Expected: "15s or so, at least " + shortest.String()}
	}
	return errors.Join(cli.Positive("MOST_BACKLOG", int(min(p.MostBacklog, math.MaxInt))), lease)
}

// Config is how windows are listed.
func (p Paging) Config() listing.Config {
	return listing.Config{PageSize: p.PageSize, Pages: p.Pages, Windows: p.Windows, Attempts: p.Attempts, Patience: p.Patience}
}

// oncePatience is how long a sync that runs once, by a scheduler that wants to hear of it, waits for the API.
const oncePatience = 10 * time.Minute

// Once are the settings of a sync that runs once.
func (p Paging) Once() Paging {
	p.Patience = cmp.Or(p.Patience, oncePatience)
	return p
}

// aYearAhead is the first day of a month about a year from now.
func aYearAhead(now time.Time) time.Time {
	const months = 13
	return time.Date(now.Year(), now.Month()+months, 1, 0, 0, 0, 0, time.UTC)
}
