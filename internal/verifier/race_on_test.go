//go:build race

package verifier_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
