package deadletter

import (
	"strings"
	"time"
)

// Filter says which letters are meant: those that agree with all that is set. Its zero value means all of them.
type Filter struct {
	Stage, Class, Table, Column, Run string
	Booking                          int64
	Since, Until                     time.Time // when the letter was stored: at or after the one, before the other
	Match                            string    // is in the reason, whatever its case
}

// IsEmpty reports whether all letters are meant.
func (f Filter) IsEmpty() bool { return f == Filter{} }

// Matches reports whether a letter is meant.
func (f Filter) Matches(l Letter) bool {
	return agrees(f.Stage, l.Stage) && agrees(f.Class, l.Class) && agrees(f.Table, l.Table) && agrees(f.Column, l.Column) &&
		agrees(f.Run, l.Run) && (f.Booking == 0 || f.Booking == l.Booking) &&
		!l.At.Before(f.Since) && (f.Until.IsZero() || l.At.Before(f.Until)) &&
		strings.Contains(strings.ToLower(l.Reason), strings.ToLower(f.Match))
}

// agrees compares as people write names: Booking and booking are one table.
func agrees(wanted, is string) bool { return wanted == "" || strings.EqualFold(wanted, is) }
