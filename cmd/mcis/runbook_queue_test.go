package main

import (
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/cmd/internal/cli"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

func natsDown(s *site) {
	const section = "NATS is away"
	if err := s.api.SetFaults(simapi.Faults{Latency: 50 * time.Millisecond}); err != nil {
		s.t.Fatal(err)
	}
	loader, enricher := s.run("loader"), s.runWith([]string{"ENRICH_WORKERS=2"}, "enricher")
	producer := s.begin([]string{"LIST_WINDOW=1mo", "LIST_WINDOWS=1", "PAGES=1"}, "producer", "backfill") // which takes some seconds
	s.holds(stream.Records, 1)
	s.ready(loader, enricher)
	s.queue.Shutdown()
	for _, d := range []*daemon{producer, enricher, loader} {
		s.says(d, section, 0)
	}
	s.degraded(loader, "nats")
	s.serve(plantedPassword)
	for _, d := range []*daemon{producer, enricher, loader} {
		s.says(d, section, 1)
	}
	if code := producer.code(); code != cli.ExitDone {
		s.t.Errorf("the producer ended with %d\n%s", code, producer.log)
	}
	s.nothingIsLost()
}

func natsPasswordRotated(s *site) {
	const section, rotated = "NATS refuses the login", plantedPassword + "-2"
	loader, enricher := s.run("loader"), s.run("enricher")
	s.backfill()
	s.ready(loader, enricher)
	s.queue.Shutdown()
	before := s.env
	s.serve(rotated)
	s.says(loader, section, 1)
	s.says(enricher, section, 1)
	after := s.env
	s.env = before
	s.refused(nil, cli.ExitUnreachable, section, "enricher")
	s.env = after
	for _, old := range []*daemon{loader, enricher} {
		s.killed(old) // to end in order would take half a minute: they have something in hand that they cannot get rid of
	}
	s.run("loader")
	s.run("enricher")
	s.nothingIsLost()
}

func streamFull(s *site) {
	const section, few = "A stream is full", 100 << 10 // bytes: a booking or two
	s.limit(stream.Records, few)
	enricher := s.run("enricher")
	s.backfill()
	s.says(enricher, section, 0)
	s.runWith([]string{"STREAM_GIB=1"}, "loader") // which sets the limit for all
	s.says(enricher, section, 1)
	s.nothingIsLost()
}

// js is the queue as an operator's tools reach it.
func (s *site) js() jetstream.JetStream {
	s.t.Helper()
	return streamtest.Client(s.t, s.natsURL, nats.UserInfo("mcis", plantedPassword))
}

// limit is what an operator, or too small a STREAM_GIB, set.
func (s *site) limit(name string, bytes int64) {
	s.t.Helper()
	js := s.js()
	str, err := js.Stream(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	config := str.CachedInfo().Config
	config.MaxBytes = bytes
	if _, err := js.UpdateStream(s.t.Context(), config); err != nil {
		s.t.Fatal(err)
	}
}

func consumerDeleted(s *site) {
	const section = "A consumer is missing"
	loader := s.run("loader")
	s.run("enricher")
	s.backfill()
	s.drained()
	if err := s.js().DeleteConsumer(s.t.Context(), stream.Records, "loader"); err != nil {
		s.t.Fatal(err)
	}
	s.says(loader, section, 0)
	s.nothingIsLost()
}

func consumerPaused(s *site) {
	const section = "The backlog grows"
	loader := s.run("loader")
	s.run("enricher")
	loader.log.await(s.t, `\bloading\b`)
	s.until("the consumer is there", func() bool {
		_, err := s.js().Consumer(s.t.Context(), stream.Records, "loader")
		return err == nil
	})
	if _, err := s.js().PauseConsumer(s.t.Context(), stream.Records, "loader", time.Now().Add(time.Hour)); err != nil {
		s.t.Fatal(err)
	}
	s.backfill()
	s.says(loader, section, 0)
	if _, err := s.js().ResumeConsumer(s.t.Context(), stream.Records, "loader"); err != nil {
		s.t.Fatal(err)
	}
	s.nothingIsLost()
}

// deadLetters has a message that is no booking, which somebody has published by mistake.
func deadLetters(s *site) {
	const section = "There are dead letters"
	enricher := s.run("enricher")
	s.run("loader")
	s.backfill()
	if err := s.conn.Publish(s.t.Context(), []queue.Message{{Subject: queue.BookingSubject(queue.Sync, 77), ID: "stray", Data: []byte("stray")}}); err != nil {
		s.t.Fatal(err)
	}
	s.says(enricher, section, 0)
	s.ends(nil, cli.ExitDone, []string{"1 × enricher payload"}, "mcis", "dlq", "list")
	s.ends(nil, cli.ExitDone, []string{"dropped 1"}, "mcis", "dlq", "drop", "--class", "payload", "--yes")
	s.nothingIsLost()
}
