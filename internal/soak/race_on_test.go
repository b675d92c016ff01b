//go:build race && unix

package soak

const raceEnabled = true
