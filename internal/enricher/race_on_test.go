//go:build race

package enricher_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
