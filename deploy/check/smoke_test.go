package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// demoBookings is how many the simulated API invents when nobody says otherwise.
const demoBookings = 500

// The demo as `docker compose --profile demo up` starts it: every service of ours with its command and environment, in the order of
// depends_on, with a real NATS server; then three enrichers, then the end.
func TestComposeSmoke(t *testing.T) {
	s := newSite(t, "DEMO_MUTATE=0", "ARCHIVE_DIR=/archives")
	s.up()
	s.arrive(demoBookings)
	for range 2 {
		s.start(s.project.Services["enricher"])
	}
	s.await("three enrichers and a producer to share the budget", s.shared, s.running[0])
	s.wellAndMeasured()
	s.knowsWhatIsAskedOf()
	s.operate()
	for _, p := range slices.Backward(s.running) {
		s.stop(p)
	}
	s.keepsSecrets()
}

// up starts the services of the profile in the order that depends_on says. SQL Server itself is somebody else's container.
func (s *site) up() {
	s.t.Helper()
	err := s.project.ForEachService(nil, func(name string, service *types.ServiceConfig) error {
		switch {
		case name == "sqlserver" || name == "mcis":
		case name == "database":
			s.createDatabase()
		case slices.Contains(oneShots, name):
			s.oneShot(*service)
		default:
			s.start(*service)
		}
		return nil
	}, types.IncludeDependencies)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range append(slices.Clone(stages), "api", "nats") {
		if !slices.ContainsFunc(s.running, func(p *process) bool { return p.service.Name == name }) {
			s.t.Fatalf("%s was not started", name)
		}
	}
}

// arrive waits until the operator's own proof says that the warehouse has every booking that the API has.
func (s *site) arrive(bookings int) {
	s.t.Helper()
	service := s.project.Services["mcis"]
	s.await(fmt.Sprintf("%d bookings to arrive", bookings), func() error {
		verify := exec.Command(s.program("mcis"), "verify", "--json")
		verify.Dir, verify.Env = s.dir, s.environment(service, "")
		var errors bytes.Buffer
		verify.Stderr = &errors
		out, err := verify.Output()
		s.said["mcis verify --json"] += string(out) + errors.String()
		var report struct{ Listed, Same, Missing int }
		if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if err != nil || report.Listed != bookings || report.Same != bookings {
			return fmt.Errorf("%d listed, %d arrived, %d missing (%w)", report.Listed, report.Same, report.Missing, err)
		}
		return nil
	}, s.running[0])
}

// shared asks the producer with how many it shares the API's budget.
func (s *site) shared() error {
	for _, p := range s.running {
		if p.service.Name != "producer" {
			continue
		}
		const all = "mcis_fleet_members 4"
		if _, body := s.get(p, "/metrics"); !strings.Contains(body, all) {
			return fmt.Errorf("it does not say %s", all)
		}
	}
	return nil
}

// wellAndMeasured asks every stage for its pages, and runs its health check once more.
func (s *site) wellAndMeasured() {
	s.t.Helper()
	for _, p := range s.running {
		if !slices.Contains(stages, p.service.Name) {
			continue
		}
		for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "go_goroutines"} {
			if status, body := s.get(p, path); status != http.StatusOK || !strings.Contains(body, want) {
				s.t.Errorf("%s answers %s with %d: %s", p.name, path, status, body)
			}
		}
		if err := s.run(s.healthCheck(p.service, p.port), nil); err != nil {
			s.t.Errorf("%s is not healthy: %v", p.name, err)
		}
		if !strings.HasPrefix(p.log.String(), "{") {
			s.t.Errorf("%s does not log JSON: %.200s", p.name, p.log)
		}
	}
}
