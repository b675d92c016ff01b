//go:build !race

package producer_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = false
