//go:build !windows

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMiB is the largest resident size that a finished process had.
func peakMiB(state *os.ProcessState) float64 {
	usage, isUsage := state.SysUsage().(*syscall.Rusage)
	if !isUsage {
		return 0
	}
	unit := 1024.0 // Linux counts KiB
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return float64(usage.Maxrss) * unit / (1 << 20)
}
