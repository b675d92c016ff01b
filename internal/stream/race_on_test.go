//go:build race

package stream_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
