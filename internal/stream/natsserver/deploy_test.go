package natsserver

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"mcis/internal/leaktest"
	"mcis/internal/stream"
)

// TestDeployedServerIsAsDurable reads the configuration that is shipped for a server of its own.
func TestDeployedServerIsAsDurable(t *testing.T) {
	options := deployed(t)
	if !options.JetStream || !options.SyncAlways {
		t.Errorf("JetStream is %t, sync always %t, expected both", options.JetStream, options.SyncAlways)
	}
	if options.MaxPayload < maxPayload {
		t.Errorf("max_payload is %d, the embedded server takes %d", options.MaxPayload, maxPayload)
	}
	if options.Username != "mcis" || options.Password != "sesame" {
		t.Error("user and password are not those of the environment")
	}
}

// TestDeployedServerHasRoomForTheDefaults creates all streams under the deployed limit, which reserves their bytes
// without writing them.
func TestDeployedServerHasRoomForTheDefaults(t *testing.T) {
	quiet := leaktest.Planted().Logger(t.Name())
	s, err := Start(Config{StoreDir: t.TempDir(), MaxStore: deployed(t).JetStreamMaxStore, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	conn, err := stream.Connect(t.Context(), stream.Config{InProcess: s, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Error(err)
	}
}

func deployed(t *testing.T) *server.Options {
	t.Helper()
	t.Setenv("MCIS_NATS_USER", "mcis")
	t.Setenv("MCIS_NATS_PASSWORD", "sesame")
	options, err := server.ProcessConfigFile("../../../deploy/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	return options
}
