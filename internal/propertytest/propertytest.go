// Package propertytest says how often property tests try: seldom in every run of the tests, often when whole sizes are asked for.
package propertytest

import (
	"flag"
	"os"
	"strconv"
	"testing"

	_ "pgregory.net/rapid" // whose flag is set
)

// Checks has a test's rapid.Check try usual times, or whole times with MCIS_TEST_FULL=1. Under the race detector, which makes
// everything several times as slow, it is a quarter of that. What the command line says with -rapid.checks holds in any case. No
// other test may run beside it.
func Checks(t testing.TB, usual, whole int) {
	t.Helper()
	const name = "rapid.checks"
	isSet := false
	flag.Visit(func(f *flag.Flag) { isSet = isSet || f.Name == name })
	if isSet {
		return
	}
	times := usual
	if os.Getenv("MCIS_TEST_FULL") != "" {
		times = whole
	}
	if raceEnabled {
		times = max(1, times/4)
	}
	before := flag.Lookup(name).Value.String()
	set(t, name, strconv.Itoa(times))
	t.Cleanup(func() { set(t, name, before) })
}

// set sets a flag without having it count as given on the command line: flag.Visit would see it.
func set(t testing.TB, name, value string) {
	t.Helper()
	if err := flag.Lookup(name).Value.Set(value); err != nil {
		t.Fatal(err)
	}
}
