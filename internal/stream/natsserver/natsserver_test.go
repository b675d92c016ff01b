package natsserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"mcis/internal/leaktest"
	"mcis/internal/stream/natsserver"
	"mcis/internal/stream/streamtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server that a test makes.
var leaks = leaktest.Planted()

var quiet = leaks.Logger("server")

func start(t *testing.T, cfg natsserver.Config) *natsserver.Server {
	t.Helper()
	cfg.Logger = quiet
	s, err := natsserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStreamsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	for round := range uint64(3) {
		s := start(t, natsserver.Config{StoreDir: dir})
		nc, err := nats.Connect("", nats.InProcessServer(s))
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
			t.Fatal(err)
		}
		ack, err := js.Publish(t.Context(), "s", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if ack.Sequence != round+1 {
			t.Errorf("sequence %d in round %d", ack.Sequence, round)
		}
		if got := nc.MaxPayload(); got != 8<<20 {
			t.Errorf("max payload %d", got)
		}
		nc.Close()
		s.Shutdown()
	}
}

func TestFolderIsForOneServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	first := start(t, natsserver.Config{StoreDir: dir})
	if _, err := natsserver.Start(natsserver.Config{StoreDir: dir, Logger: quiet}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second server: got %v", err)
	}
	first.Shutdown()
	start(t, natsserver.Config{StoreDir: dir}).Shutdown()
}

func TestStartFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := start(t, natsserver.Config{StoreDir: t.TempDir(), Port: -1})
	defer taken.Shutdown()
	tests := map[string]natsserver.Config{
		"no folder":        {},
		"folder is a file": {StoreDir: file},
		"port is taken":    {StoreDir: t.TempDir(), Port: streamtest.PortOf(t, taken)},
	}
	for name, cfg := range tests {
		cfg.Logger = quiet
		if s, err := natsserver.Start(cfg); err == nil {
			s.Shutdown()
			t.Errorf("%s: started", name)
		}
	}
}

func TestListensOnlyWhenAsked(t *testing.T) {
	silent := start(t, natsserver.Config{StoreDir: t.TempDir()})
	defer silent.Shutdown()
	if got := silent.ClientURL(); got != "" {
		t.Errorf("listens on %s", got)
	}
	open := start(t, natsserver.Config{StoreDir: t.TempDir(), Port: -1, User: leaktest.NATSUser, Password: leaktest.NATSPassword})
	defer open.Shutdown()
	leaks.Look("its URL", open.ClientURL())
	if nc, err := nats.Connect(open.ClientURL()); err == nil {
		nc.Close()
		t.Error("connected without the password")
	}
	nc, err := nats.Connect(open.ClientURL(), nats.UserInfo(leaktest.NATSUser, leaktest.NATSPassword))
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}
