package natsserver

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// TestDeployedServerIsAsDurable reads the configuration that is shipped for a server of its own.
func TestDeployedServerIsAsDurable(t *testing.T) {
	t.Setenv("MCIS_NATS_USER", "mcis")
	t.Setenv("MCIS_NATS_PASSWORD", "sesame")
	options, err := server.ProcessConfigFile("../../../deploy/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !options.JetStream || !options.SyncAlways {
		t.Errorf("JetStream is %t, sync always %t, expected both", options.JetStream, options.SyncAlways)
	}
	if options.MaxPayload < defaultMaxPayload {
		t.Errorf("max_payload is %d, the embedded server takes %d", options.MaxPayload, defaultMaxPayload)
	}
	if options.Username != "mcis" || options.Password != "sesame" {
		t.Error("user and password are not those of the environment")
	}
}
