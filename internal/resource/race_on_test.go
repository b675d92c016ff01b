//go:build race

package resource_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
