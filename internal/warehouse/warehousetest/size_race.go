//go:build race

package warehousetest

// With the race detector everything takes many times as long, so the cases that are about much load no more than a few statements of
// SQLite take.
const (
	manyKeys     = 1000
	manyChildren = 30
)
