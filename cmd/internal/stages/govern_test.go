package stages

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"mcis/cmd/internal/cli"
	"mcis/internal/health"
	"mcis/internal/leaktest"
)

// TestAProcessThatIsNotSeenIsDegraded: a NATS user that may use the streams, but not hear the fleet.
func TestAProcessThatIsNotSeenIsDegraded(t *testing.T) {
	const denied = "$JS.API.CONSUMER.CREATE.KV_mcis_fleet"
	logger := leaks.Logger(t.Name())
	conn, err := Connect(t.Context(), cli.NATS{URL: denying(t, denied+".>")}, "test", nil, logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	client, err := Client(cli.API{
		AuthURL: "http://127.0.0.1:1/login", DataURL: "http://127.0.0.1:1/booking", Subject: leaktest.APISubject, Secret: leaktest.APISecret, Concurrency: 8, Timeout: time.Second,
	}, logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	readiness := new(health.Registry)
	governor, leave := Govern(t.Context(), cli.API{Concurrency: 8, RPS: 100}, client, conn, readiness, logger)
	defer leave()
	const patience = 20 * time.Second
	for deadline := time.Now().Add(patience); len(readiness.Degraded()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the process is ready")
		}
	}
	if got := readiness.Degraded()[0]; got.Name != health.Fleet || !strings.Contains(got.Err.Error(), "one thing at a time") {
		t.Errorf("%s is degraded: %v", got.Name, got.Err)
	}
	if got := governor.State().Shares.Total(); got.Concurrency != 1 {
		t.Errorf("it asks for %d at a time", got.Concurrency)
	}
}

// denying starts a server on which the client may not publish to a subject.
func denying(t *testing.T, subject string) (address string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, JetStreamMaxStore: 1 << 50,
		Users: []*server.User{{Username: leaktest.NATSUser, Password: leaktest.NATSPassword, Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{subject}},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	const patience = 20 * time.Second
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return (&url.URL{Scheme: "nats", User: url.UserPassword(leaktest.NATSUser, leaktest.NATSPassword), Host: s.Addr().String()}).String()
}
