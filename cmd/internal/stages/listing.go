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

// Listing are the settings of whatever lists bookings.
type Listing struct {
	From        cli.Day       `name:"from" env:"LIST_FROM" default:"2019-01-01" help:"Earliest expected start date of the bookings to list."`
	To          cli.Day       `name:"to" env:"LIST_TO" help:"First expected start date not to list, or now; by default about a year from now, since bookings are made ahead."`
	Window      string        `name:"window" env:"LIST_WINDOW" default:"1mo" help:"Length of the windows that the period is listed in: 1mo, 2w, 7d."`
	PageSize    int           `name:"page-size" env:"PAGE_SIZE" default:"50" help:"Bookings a list page."`
	Pages       int           `name:"pages" env:"PAGES" default:"4" help:"List pages asked for at once, over all windows; API_CONCURRENCY and API_RPS bound them too."`
	Windows     int           `name:"windows" env:"LIST_WINDOWS" default:"16" help:"Windows listed side by side."`
	Order       string        `name:"order" env:"LIST_ORDER" default:"oldest" enum:"oldest,newest" help:"Which window is listed first: oldest, newest."`
	Attempts    int           `name:"attempts" env:"LIST_ATTEMPTS" default:"5" help:"How often a window is listed whose list moves meanwhile, before it is reported as unsettled."`
	Patience    time.Duration `name:"patience" env:"LIST_PATIENCE" default:"0" help:"How long the API may be away before the command ends with exit code 3; 0 is for ever, and 10m of a sync that runs once."`
	MostBacklog uint64        `name:"most-backlog" env:"MOST_BACKLOG" default:"20000" help:"Listing pauses while more bookings than this wait to be enriched."`
	Lease       time.Duration `name:"lease" env:"LEASE" default:"15s" help:"How long after a producer's last sign of life another one takes its run over."`
	Restart     bool          `name:"restart" help:"List everything again, even what an interrupted run has listed."`
}

// Names of a To that moves from day to day while the period stays the same.
const (
	untilHorizon = "horizon"
	untilNow     = "now"
)

// Backfill is the period to list. The error says which setting is wrong.
func (l *Listing) Backfill() (producer.Backfill, error) {
	step, err := booking.ParseStep(l.Window)
	if err != nil {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_WINDOW", Problem: "is \"" + l.Window + "\"", Expected: "a length such as 1mo, 2w or 7d"}
	}
	to, until := l.To.Time, ""
	switch {
	case l.To.IsZero():
		to, until = aYearAhead(time.Now().UTC()), untilHorizon
	case l.To.Now:
		until = untilNow
	}
	if !l.From.Before(to) {
		return producer.Backfill{}, &cli.ConfigError{Name: "LIST_FROM", Problem: "is not before LIST_TO", Expected: "an earlier date"}
	}
	return producer.Backfill{From: l.From.Time, To: to, Until: until, Step: step, NewestFirst: l.Order == "newest", Restart: l.Restart}, l.check()
}

func (l *Listing) check() error {
	const shortest = 100 * time.Millisecond // signs of life come three times as often, over the network
	var lease error
	if l.Lease < shortest {
		lease = &cli.ConfigError{Name: "LEASE", Problem: "is " + l.Lease.String(), Expected: "15s or so, at least " + shortest.String()}
	}
	return errors.Join(cli.Positive("MOST_BACKLOG", int(min(l.MostBacklog, math.MaxInt))), cli.Positive("PAGE_SIZE", l.PageSize), cli.Positive("PAGES", l.Pages), cli.Positive("LIST_WINDOWS", l.Windows),
		cli.Positive("LIST_ATTEMPTS", l.Attempts), cli.NotNegative("LIST_PATIENCE", l.Patience), lease)
}

// Config is how windows are listed.
func (l Listing) Config() listing.Config {
	return listing.Config{PageSize: l.PageSize, Pages: l.Pages, Windows: l.Windows, Attempts: l.Attempts, Patience: l.Patience}
}

// oncePatience is how long a sync that runs once, by a scheduler that wants to hear of it, waits for the API.
const oncePatience = 10 * time.Minute

// Once are the settings of a sync that runs once.
func (l Listing) Once() Listing {
	l.Patience = cmp.Or(l.Patience, oncePatience)
	return l
}

// aYearAhead is the first day of a month about a year from now.
func aYearAhead(now time.Time) time.Time {
	const months = 13
	return time.Date(now.Year(), now.Month()+months, 1, 0, 0, 0, 0, time.UTC)
}
