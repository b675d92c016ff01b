//go:build race

package sqlite_test

// raceEnabled says that everything takes several times as long.
const raceEnabled = true
