package main

import (
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

func apiDown(s *site) {
	const section = "The API is away"
	if err := s.api.SetFaults(simapi.Faults{Latency: 20 * time.Millisecond}); err != nil {
		s.t.Fatal(err)
	}
	s.run("loader")
	s.backfill()
	enricher := s.runWith([]string{"ENRICH_WORKERS=2"}, "enricher")
	s.holds(stream.Records, s.third())
	s.front.goAway()
	s.says(enricher, section, 0)
	s.degraded(enricher, "api")
	s.front.comeBack()
	s.says(enricher, section, 1)
	s.nothingIsLost()
}

// noSync has the API away when a sync is due. What the daemon would do by itself after a minute is done by hand.
func noSync(s *site) {
	const section = "No sync for a day"
	s.run("enricher")
	s.run("loader")
	s.front.goAway()
	daemon := s.runWith([]string{"LIST_PATIENCE=1s"}, "producer", "sync", "--every", "1h")
	s.says(daemon, section, 0)
	s.front.comeBack()
	s.ends(nil, cli.ExitDone, []string{"run listed"}, "producer", "sync", "--once")
	s.nothingIsLost()
}

func apiSecretRotated(s *site) {
	const section, rotated = "The API refuses the login", plantedSecret + "-2"
	if err := s.api.SetFaults(simapi.Faults{Latency: 20 * time.Millisecond}); err != nil {
		s.t.Fatal(err)
	}
	s.run("loader")
	s.backfill()
	enricher := s.runWith([]string{"ENRICH_WORKERS=2"}, "enricher")
	s.holds(stream.Records, s.third())
	s.front.answer(s.again(rotated))
	if code := enricher.code(); code != cli.ExitUnreachable {
		s.t.Errorf("the enricher ended with %d\n%s", code, enricher.log)
	}
	s.replaced(enricher)
	s.says(enricher, section, 0)
	s.refused(nil, cli.ExitUnreachable, section, "producer", "sync", "--once")
	s.env = append(s.env, "SECRET="+rotated)
	s.run("enricher")
	s.nothingIsLost()
}

// again is the same API with another secret. Tokens of before are of no use to it.
func (s *site) again(secret string) *simapi.Server {
	s.t.Helper()
	api, err := simapi.New(simapi.Config{Bookings: len(s.api.IDs()), Seed: 88, Subject: plantedSubject, Secret: secret})
	if err != nil {
		s.t.Fatal(err)
	}
	api.SetBaseURL(s.front.url)
	return api
}
