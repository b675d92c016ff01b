package warehouse

import "strings"

// Conflict is something that an additive migration cannot mend.
type Conflict struct {
	Table, Column string // Column is empty when the table as a whole is meant
	Problem       string
	// Statements mend it when they are run by hand; empty when there is no short way.
	Statements []string
}

// String says what is wrong where, and what to run by hand.
func (c Conflict) String() string {
	place := "table " + c.Table
	if c.Column != "" {
		place = "column " + c.Table + "." + c.Column
	}
	if len(c.Statements) == 0 {
		return place + ": " + c.Problem
	}
	return place + ": " + c.Problem + "; stop the loaders, make a backup and run by hand: " +
		strings.Join(c.Statements, "; ")
}

// IncompatibleError lists what a migration refused to touch. The database is as it was.
type IncompatibleError struct{ Conflicts []Conflict }

// Error names every conflict and what to run by hand.
func (e *IncompatibleError) Error() string {
	lines := make([]string, len(e.Conflicts))
	for i, conflict := range e.Conflicts {
		lines[i] = conflict.String()
	}
	return "the tables cannot take what the mapping says:\n" + strings.Join(lines, "\n")
}
