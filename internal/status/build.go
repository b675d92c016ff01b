package status

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Build makes a report of facts. It asks nobody.
func Build(f Facts) Report {
	now := f.Gauge.Sample(f.At)
	measured := measureRates(f.Samples, now)
	r := Report{
		At:         now.At,
		Runs:       runsOf(f),
		Streams:    usages(f.Gauge),
		Dead:       letters(f.DeadLetters),
		Sync:       syncOf(f),
		Leases:     holdings(f),
		Warehouse:  f.Warehouse,
		Unreadable: f.Unreadable,
	}
	if measured.over > 0 {
		r.RatesOver = seconds(measured.over.Seconds())
	}
	r.Stages = stagesOf(f.Gauge, now, measured, remaining(r.Runs))
	r.ETA = r.Stages[len(r.Stages)-1].ETA
	return r
}

func usages(g Gauge) []Usage {
	usage := func(name string, s Stream) Usage {
		return Usage{Stream: name, Messages: s.Messages, Bytes: s.Bytes, Limit: uint64(max(0, s.MaxBytes))}
	}
	return []Usage{usage(Bookings, g.Bookings), usage(Records, g.Records), usage(Dead, g.Dead)}
}

// letters counts dead letters, the most frequent first.
func letters(bySubject map[string]uint64) Letters {
	var all Letters
	for subject, count := range bySubject {
		stage, class, _ := strings.Cut(strings.TrimPrefix(subject, queue.SubjectDead+"."), ".")
		all.By = append(all.By, LetterKind{Stage: stage, Class: class, Count: count})
		all.Total += count
	}
	slices.SortFunc(all.By, func(a, b LetterKind) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Class, b.Class))
	})
	return all
}

func holdings(f Facts) []Holding {
	var all []Holding
	for _, name := range slices.Sorted(maps.Keys(f.Leases)) {
		lease := f.Leases[name]
		all = append(all, Holding{
			Lease: name, Run: f.Runs[name].Name, Holder: lease.Holder, Since: lease.Since.UTC(), Alive: lease.Alive,
		})
	}
	return all
}

func syncOf(f Facts) Sync {
	last := f.Sync
	return Sync{
		State: syncState(last, f.Leases[checkpoint.SyncLease].Alive), Run: last.Run,
		Began: last.Began.UTC(), Ended: last.Ended.UTC(), Since: last.Since.UTC(), Next: last.Next.UTC(),
		Bookings: last.Bookings, Dead: last.Dead, Error: last.Error, Complete: f.Watermark.At.UTC(),
	}
}

func syncState(last checkpoint.Sync, alive bool) SyncState {
	switch {
	case last.Run == "":
		return SyncNever
	case last.Error != "":
		return SyncFailed
	case last.Ended.IsZero() && alive:
		return SyncActive
	case last.Ended.IsZero():
		return SyncInterrupted
	case !last.Settled:
		return SyncUnsettled
	}
	return SyncDone
}
