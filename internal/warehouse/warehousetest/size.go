//go:build !race

package warehousetest

// How much the cases load that are about much: more than any statement takes, of any warehouse.
const (
	manyKeys     = 5000
	manyChildren = 130
)
