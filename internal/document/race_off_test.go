//go:build !race

package document_test

// raceEnabled says that everything takes several times as long, and that pools forget on purpose.
const raceEnabled = false
