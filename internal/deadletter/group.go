package deadletter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// mostGroups bounds how many groups are kept; what belongs to none of them is counted as others, a group for each stage and class.
	mostGroups = 1000
	// mostSequences is how many letters of a group are named.
	mostSequences = 5
	// Others is the message of letters whose own group is one too many.
	Others = "(others)"
)

// Group is letters with the same stage, class, table, column and kind of reason.
type Group struct {
	Stage     string    `json:"stage"`
	Class     string    `json:"class"`
	Table     string    `json:"table,omitempty"`
	Column    string    `json:"column,omitempty"`
	Message   string    `json:"message"` // their reason, see Kind
	Count     int       `json:"count"`
	First     time.Time `json:"first"` // when they were stored
	Last      time.Time `json:"last"`
	Sample    Sample    `json:"sample"`
	Sequences []uint64  `json:"sequences"` // of the first few
}

// Sample is one letter of a group.
type Sample struct {
	Sequence uint64 `json:"sequence"`
	Booking  int64  `json:"booking_id,omitempty"`
	Reason   string `json:"reason"`
}

// key is what the letters of a group have in common.
type key struct{ stage, class, table, column, message string }

// Groups are letters by group. The memory that they take does not grow with the number of letters. Its zero value is empty.
type Groups struct {
	total  int
	groups map[key]*Group
}

// Add counts a letter.
func (g *Groups) Add(l Letter) {
	if g.groups == nil {
		g.groups = make(map[key]*Group)
	}
	g.total++
	group := g.of(key{l.Stage, l.Class, l.Table, l.Column, Kind(l.Reason)}, l)
	group.Count++
	group.First, group.Last = earlier(group.First, l.At), later(group.Last, l.At)
	if len(group.Sequences) < mostSequences {
		group.Sequences = append(group.Sequences, l.Sequence)
	}
}

// of is the group of a letter, made of it when it is the first.
func (g *Groups) of(k key, l Letter) *Group {
	group := g.groups[k]
	if group == nil && len(g.groups) >= mostGroups {
		k = key{stage: l.Stage, class: l.Class, message: Others}
		group = g.groups[k]
	}
	if group != nil {
		return group
	}
	// Nothing of the letter's message must stay in memory with a few of its words.
	k = key{strings.Clone(k.stage), strings.Clone(k.class), strings.Clone(k.table), strings.Clone(k.column), strings.Clone(k.message)}
	group = &Group{
		Stage: k.stage, Class: k.class, Table: k.table, Column: k.column, Message: k.message, First: l.At, Last: l.At,
		Sample: Sample{Sequence: l.Sequence, Booking: l.Booking, Reason: strings.Clone(l.Reason)},
	}
	g.groups[k] = group
	return group
}

// Total is how many letters were added.
func (g *Groups) Total() int { return g.total }

// All are the groups, the largest first.
func (g *Groups) All() []Group {
	all := make([]Group, 0, len(g.groups))
	for group := range maps.Values(g.groups) {
		all = append(all, *group)
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Class, b.Class),
			cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return all
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
