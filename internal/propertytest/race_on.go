//go:build race

package propertytest

const raceEnabled = true
