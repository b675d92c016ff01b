package main

import (
	"os"
	"testing"
)

// isFull asks for whole sizes: `make full`.
var isFull = os.Getenv("MCIS_TEST_FULL") != ""

// faultBookings is how many bookings each fault is tried on.
func faultBookings() int {
	const whole, part = 2000, 200
	if isFull {
		return whole
	}
	if raceEnabled {
		return part / 10
	}
	return part
}

// notUnderRace skips a test whose processes do what those of TestStagesAsProcesses do, which the race detector watches there.
func notUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("SKIPPED: under the race detector the same processes are watched in TestStagesAsProcesses")
	}
}

// scaled is how many bookings a test works on: a quarter unless whole sizes are asked for, and a thirtieth under the race detector,
// which is there to find races and not to prove figures.
func scaled(n int) int {
	const quarter, thirtieth = 4, 30
	switch {
	case raceEnabled:
		return n / thirtieth
	case isFull:
		return n
	}
	return n / quarter
}
