//go:build race

package simapi_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
