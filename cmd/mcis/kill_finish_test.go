package main

import (
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/loader"
	"mcis/internal/stream"
)

// finish lets a last loader load what is left.
func (k *killing) finish() {
	k.t.Helper()
	const patience = 15 * time.Minute
	if k.consumer().NumPending == 0 {
		k.t.Error("the kills were not spread over the load: nothing new was left after the last one")
	}
	l := k.live()
	hurry := k.plan.hurried
	k.poll(patience, func() bool {
		info := k.consumer()
		if hurry && info.NumPending == 0 && l.said().batches > 0 {
			k.shortenAckWait(info.Config)
			hurry = false
		}
		return info.NumPending == 0 && info.NumAckPending == 0
	})
	k.done = time.Now()
	if status := l.end(syscall.SIGTERM); status.ExitStatus() != 0 {
		k.t.Errorf("the last loader did not end in order: %s", l.command.ProcessState)
	}
	k.note(l.said())
}

func (k *killing) note(s told) {
	k.loaded += s.bookings
	for _, trouble := range s.troubles {
		k.troubles[trouble]++
	}
}

// shortenAckWait makes the server deliver the messages of the dead again soon.
func (k *killing) shortenAckWait(config jetstream.ConsumerConfig) {
	k.t.Helper()
	config.AckWait = 2 * time.Second
	if _, err := k.js.UpdateConsumer(k.t.Context(), stream.Records, config); err != nil {
		k.t.Fatalf("shorten the time that consumer %s has for an ack: %v", loader.Stage, err)
	}
}

// report says what was hit, and what would be wrong with it.
func (k *killing) report() {
	k.t.Helper()
	k.t.Logf("%d loaders killed with messages in hand after their first batch, %d while they started, %d between; %d messages in hand altogether; "+
		"%d bookings loaded for %d; at most %s until a new loader had loaded its first batch; %s altogether",
		k.hits, k.startUps, k.others, k.inHand, k.loaded, k.plan.bookings, k.slowest.Round(time.Millisecond), k.done.Sub(k.began).Round(time.Second))
	if k.startUps == 0 {
		k.t.Error("no loader was killed while it started")
	}
	const soon = 25 * time.Second // a loader waits 30 s for a lock: one that a dead session had kept would show
	if k.slowest > soon {
		k.t.Errorf("a new loader took %s to load its first batch", k.slowest)
	}
	for trouble, times := range k.troubles {
		k.t.Logf("%d times in the log: %s", times, trouble)
	}
}
