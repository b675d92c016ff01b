package stages

import (
	"os"
	"testing"

	"mcis/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaks.Around(m).Run()) }

// leaks looks for secrets in the log of every server, connection, client and stage that a test makes.
var leaks = leaktest.Planted()
