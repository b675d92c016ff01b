package budget

import (
	"testing"

	"go.uber.org/goleak"

	"mcis/internal/leaktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, client and governor that a test makes.
var leaks = leaktest.Planted()
