package stages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/producer"
	"mcis/internal/schedule"
)

// Syncing are the settings of a sync.
type Syncing struct {
	Every   time.Duration `name:"every" env:"SYNC_EVERY" default:"0" help:"List what changed again and again, this far apart: 15m."`
	Cron    string        `name:"cron" env:"SYNC_CRON" help:"List what changed again and again, at these times: \"0 1 * * *\" is every night at 1:00." placeholder:"EXPRESSION"`
	Relist  bool          `name:"relist" help:"List everything in the first sync, whatever was listed before."`
	Overlap time.Duration `name:"overlap" env:"SYNC_OVERLAP" default:"24h" help:"How far before the last sync a sync begins; 0 is 24h, as the filter knows days only."`
}

// From checks the date that syncs begin with.
func (s *Syncing) From(from cli.Day) error {
	if !from.Before(producer.LastStart) {
		return &cli.ConfigError{Name: "LIST_FROM", Problem: "is " + from.Format(time.DateOnly), Expected: "a date before " + producer.LastStart.Format(time.DateOnly)}
	}
	return nil
}

// Schedule is when syncs are due; nil when there is to be one only. The error says which setting is wrong.
func (s *Syncing) Schedule() (schedule.Schedule, error) {
	if err := errors.Join(cli.NotNegative("SYNC_EVERY", s.Every), cli.NotNegative("SYNC_OVERLAP", s.Overlap)); err != nil {
		return nil, err
	}
	switch {
	case s.Every > 0 && s.Cron != "":
		return nil, &cli.ConfigError{Name: "SYNC_CRON", Problem: "is set and SYNC_EVERY too", Expected: "one of them"}
	case s.Every > 0:
		return schedule.Every(s.Every), nil
	case s.Cron == "":
		return nil, nil
	}
	times, err := schedule.Cron(s.Cron)
	if err != nil {
		return nil, &cli.ConfigError{Name: "SYNC_CRON", Problem: "is not usable: " + err.Error(), Expected: "five fields such as 0 1 * * *"}
	}
	return times, nil
}

// DefaultEvery is how far apart syncs are where nothing says.
const DefaultEvery = 15 * time.Minute

// ScheduleOr is when syncs are due; every so often when no setting says.
func (s *Syncing) ScheduleOr(every time.Duration) (schedule.Schedule, error) {
	times, err := s.Schedule()
	if err == nil && times == nil {
		times = schedule.Every(every)
	}
	return times, err
}

// Sync lists what changed: once when times is nil, else whenever it is due until ctx ends. In the latter case errors are
// logged and the sync is tried again soon, unless one is fatal.
func (p *ProducerStage) Sync(ctx context.Context, from cli.Day, settings Syncing, times schedule.Schedule) error {
	changes := producer.Sync{From: from.Time, Overlap: settings.Overlap, Everything: settings.Relist}
	if times == nil {
		summary, err := p.Producer.Sync(ctx, changes)
		return cmp.Or(err, p.report(summary, err))
	}
	return schedule.Loop(ctx, times, schedule.Job{
		Name: "sync",
		Run: func(ctx context.Context) error {
			if last, found, err := p.LastSync(ctx); err == nil && found {
				changes.Due = times.Next(last)
			}
			summary, err := p.Producer.Sync(ctx, changes)
			changes.Everything = changes.Everything && err != nil
			_ = p.report(summary, err) // dead items are told and kept; they would be dead in the next sync too
			if err == nil && len(summary.Unsettled) > 0 {
				err = fmt.Errorf("the list never added up: %w", schedule.ErrIncomplete)
			}
			return err
		},
		Last: p.LastSync, Planned: p.PlanSync,
	}, schedule.Config{}, p.logger)
}
