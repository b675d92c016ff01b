package replay

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

// State is how far a replay is, as it is noted.
type State struct {
	Began   time.Time `json:"began"`
	Noted   time.Time `json:"noted"`   // when this was; zero in notes of builds that did not say
	Next    uint64    `json:"next"`    // the first sequence that may not be loaded yet
	Last    uint64    `json:"last"`    // where it ends
	Records uint64    `json:"records"` // how many there are in all
	// Generation is that of the warehouse's tables when it began.
	Generation string `json:"generation,omitempty"`
	Summary    `json:"summary"`
}

// Summary is what a replay did, or would do.
type Summary struct {
	Read      uint64                      `json:"read"`   // records, those of other runs included
	Loaded    int                         `json:"loaded"` // records
	Tables    map[string]warehouse.Counts `json:"tables,omitempty"`
	Rejected  int                         `json:"rejected,omitempty"` // values newly kept in RejectedValue
	Spared    int                         `json:"spared,omitempty"`   // rows that only [Replay.ForceBefore] has kept from being forced
	BadValues []BadValue                  `json:"bad_values,omitempty"`
	Refused   []Refused                   `json:"refused,omitempty"`
}

// Refused are the records that could not be loaded for one reason.
type Refused struct {
	Class   fault.Class `json:"class"`
	Table   string      `json:"table,omitempty"`
	Column  string      `json:"column,omitempty"`
	Records int         `json:"records"`
	// Of the first one:
	Sequence uint64 `json:"sequence"`
	Subject  string `json:"subject"`
	Error    string `json:"error"`
}

// mostGroups bounds what is noted; mostError is in bytes.
const (
	mostGroups = 100
	mostError  = 300
)

// refuse counts a record that could not be loaded.
func (s *Summary) refuse(m queue.Message, err *fault.Permanent) {
	group := slices.IndexFunc(s.Refused, func(r Refused) bool {
		return r.Class == err.Class && r.Table == err.Table && r.Column == err.Column
	})
	if group < 0 && len(s.Refused) == mostGroups {
		group = mostGroups - 1
	}
	if group >= 0 {
		s.Refused[group].Records++
		return
	}
	text := err.Err.Error()
	s.Refused = append(s.Refused, Refused{
		Class: err.Class, Table: err.Table, Column: err.Column, Records: 1,
		Sequence: m.Sequence, Subject: m.Subject, Error: strings.ToValidUTF8(text[:min(len(text), mostError)], ""),
	})
}

// RefusedRecords counts the records that could not be loaded.
func (s *Summary) RefusedRecords() (n int) {
	for _, group := range s.Refused {
		n += group.Records
	}
	return n
}

// total is what the processes before this one and this one's loader have done.
func (s *Summary) total(base Summary, now Totals) {
	sum := warehouse.Result{Bookings: base.Loaded, Rejected: base.Rejected, Spared: base.Spared}
	sum.Add(warehouse.Result{Tables: base.Tables})
	sum.Add(now.Result)
	s.Loaded, s.Rejected, s.Spared, s.Tables = sum.Bookings, sum.Rejected, sum.Spared, sum.Tables
	maps.DeleteFunc(s.Tables, func(_ string, counts warehouse.Counts) bool { return counts == warehouse.Counts{} })
	s.BadValues = addBadValues(base.BadValues, now.BadValues)
}

func addBadValues(a, b []BadValue) []BadValue {
	kinds := make(map[BadValue]int)
	for _, v := range slices.Concat(a, b) {
		kind := v
		kind.Values = 0
		kinds[kind] += v.Values
	}
	var sum []BadValue
	for kind, n := range kinds {
		kind.Values = n
		sum = append(sum, kind)
	}
	slices.SortFunc(sum, func(a, b BadValue) int {
		return cmp.Or(b.Values-a.Values, strings.Compare(a.Table, b.Table), strings.Compare(a.Column, b.Column), strings.Compare(a.Reason, b.Reason))
	})
	return sum
}
