package main

import "os"

// faultBookings is how many bookings each fault is tried on: MCIS_TEST_FULL=1 makes it a whole demo.
func faultBookings() int {
	const whole, part = 2000, 200
	if os.Getenv("MCIS_TEST_FULL") != "" {
		return whole
	}
	return scaled(part)
}

// scaled is how many bookings a test works on: a tenth under the race detector, which is there to find races and not
// to prove figures.
func scaled(n int) int {
	const share = 10
	if raceEnabled {
		return n / share
	}
	return n
}
