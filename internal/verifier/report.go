package verifier

import (
	"cmp"
	"slices"
	"time"

	"mcis/internal/warehouse"
)

// Report is what a verification found. Its JSON form is for machines and stays as it is: fields are only added.
//
// Every booking that was listed, and every one that slipped through, is one of same, partial, missing, older and dead:
// Listed + Unlisted = Same + Partial + Missing + Older + Dead.
type Report struct {
	From  time.Time `json:"from"` // the period
	To    time.Time `json:"to"`
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended"`
	// Complete says that the verification came to its end; else what it found is of a part of the period.
	Complete bool `json:"complete"`

	Windows   int `json:"windows"`
	Unsettled int `json:"unsettled_windows"` // whose lists never added up: bookings may be missing that nobody knows of

	Listed      int `json:"listed"`   // distinct bookings and other items of the windows' pages
	Same        int `json:"same"`     // the warehouse has this version, or a newer one
	Partial     int `json:"partial"`  // the same, but the warehouse lacks details that the API did not give
	Healable    int `json:"healable"` // of the partial: the API may give later what it did not give
	Missing     int `json:"missing"`
	Older       int `json:"older"`
	Dead        int `json:"dead"`
	NotBookings int `json:"not_bookings"` // of the dead: items without a usable id
	Surplus     int `json:"surplus"`      // in the warehouse, deleted at the source, not marked when the verification began
	Marked      int `json:"marked"`       // of the surplus: marked as deleted by this verification

	// NotAsked are rows that no page listed and that the API was not asked for, since they are too many: see Request.MarkMost. Then none
	// was marked.
	NotAsked int `json:"not_asked,omitzero"`
	Unclear  int `json:"unclear"`  // in the warehouse, not listed, and the API does not say whether it has them
	Unlisted int `json:"unlisted"` // no page listed them, but the API has them when asked
	Moved    int `json:"moved"`    // of these: they start outside the period now
	Requests int `json:"requests"` // for single bookings that no page listed

	RepairRun string `json:"repair_run,omitempty"` // the run under which bookings were published again
	Repaired  int    `json:"repaired"`             // bookings that were
	TooLarge  int    `json:"too_large"`            // bookings that were not, for the queue does not take them

	DeadLookedAt     bool    `json:"dead_looked_at"`         // else what is dead counts as missing or older
	SurplusLookedFor bool    `json:"surplus_looked_for"`     // false when the mapping has no column for expectedStartDate
	GapsLookedFor    bool    `json:"gaps_looked_for"`        // else what is partial counts as same: the mapping has no table of gaps
	OnTheirWay       *uint64 `json:"on_their_way,omitempty"` // messages between listing and warehouse when the verification began

	Samples          Samples     `json:"samples"`
	UnsettledSamples []Unsettled `json:"unsettled_samples,omitempty"`

	most int // samples of each kind
}

// Unsettled is a window whose list never added up.
type Unsettled struct {
	Window string `json:"window"`
	Count  int    `json:"count"` // bookings as the API counts them
	Seen   int    `json:"seen"`  // distinct ones on its pages
}

// Samples are the first findings of each kind, by window and id.
type Samples map[Kind][]Sample

// Sample is one finding.
type Sample struct {
	ID        int64   `json:"id,omitempty"` // 0 for an item that is no booking
	Window    string  `json:"window"`
	API       *Listed `json:"api,omitempty"`       // nil when the API does not have it
	Warehouse *Stored `json:"warehouse,omitempty"` // nil when the warehouse does not have it
	Stage     string  `json:"stage,omitempty"`     // of a dead letter
	Class     string  `json:"class,omitempty"`
	Reason    string  `json:"reason,omitempty"` // of a dead letter, or why it is unclear
	Moved     bool    `json:"moved,omitempty"`  // it starts outside the period now
	Gaps      []Gap   `json:"gaps,omitempty"`   // of a partial one: what it lacks
}

// Gap is a related resource or collection that the API did not give.
type Gap struct {
	Relation string `json:"relation"`         // its place in the booking
	Status   int    `json:"status,omitempty"` // of the API's answer; 0 without one
	Reason   string `json:"reason,omitempty"`
}

// Listed is a booking's version as the API has it; -1 is none.
type Listed struct {
	Version      int64  `json:"version"`
	LastModified string `json:"last_modified"`
}

// Stored is a booking's version as the warehouse has it; -1 is none.
type Stored struct {
	Version      int64     `json:"version"`
	LastModified time.Time `json:"last_modified,omitzero"`
	ExtractedAt  time.Time `json:"extracted_at,omitzero"` // absent when another program wrote the row
	DeletedAt    time.Time `json:"deleted_at,omitzero"`   // when it was marked as deleted, though the API has it
}

// Off reports whether something is not as it should be. What is repaired counts until it is loaded, what is marked does not, and
// neither does a partial booking that lacks only what the API says that it does not give.
func (r *Report) Off() bool {
	return r.Healable+r.Missing+r.Older+r.Dead+r.Unclear+r.NotAsked+r.Unsettled > 0 || r.Surplus > r.Marked
}

// add counts a booking that was compared.
func (r *Report) add(o outcome) {
	r.count(o.kind)
	if o.repaired {
		r.Repaired++
	}
	if o.tooLarge {
		r.TooLarge++
	}
	if o.healable {
		r.Healable++
	}
}

func (r *Report) count(kind Kind) {
	switch kind {
	case same:
		r.Same++
	case Partial:
		r.Partial++
	case Missing:
		r.Missing++
	case Older:
		r.Older++
	case Dead:
		r.Dead++
	case Surplus:
		r.Surplus++
	case Unclear:
		r.Unclear++
	}
}

// add keeps a sample when it is among the first of its kind.
func (s Samples) add(kind Kind, sample Sample, most int) {
	at, _ := slices.BinarySearchFunc(s[kind], sample, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Window, b.Window), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Reason, b.Reason))
	})
	if at < most {
		kept := slices.Insert(s[kind], at, sample)
		s[kind] = kept[:min(len(kept), most)]
	}
}

// unsettled counts a window that never added up.
func (r *Report) unsettled(u Unsettled) {
	r.Unsettled++
	at, _ := slices.BinarySearchFunc(r.UnsettledSamples, u, func(a, b Unsettled) int { return cmp.Compare(a.Window, b.Window) })
	if at < r.most {
		kept := slices.Insert(r.UnsettledSamples, at, u)
		r.UnsettledSamples = kept[:min(len(kept), r.most)]
	}
}

// sample is a verdict as it is reported.
func (v verdict) sample() Sample {
	s := Sample{ID: v.ID, Window: v.window.String(), API: &Listed{v.Version, v.LastModified}, Moved: v.moved}
	if v.stored != nil {
		s.Warehouse = stored(*v.stored)
	}
	if v.letter != nil {
		s.Stage, s.Class, s.Reason = v.letter.stage, v.letter.class, v.letter.reason
	}
	if v.kind == Partial {
		for _, gap := range v.stored.Gaps {
			s.Gaps = append(s.Gaps, Gap(gap))
		}
	}
	return s
}

// sample is an answer to a question for a candidate, as it is reported.
func (a answer) sample() Sample {
	return Sample{
		ID: a.stored.ID, Window: a.window.String(), Warehouse: stored(a.stored), Reason: beginning(a.unclear, mostReason),
	}
}

func stored(state warehouse.BookingState) *Stored {
	return &Stored{state.Version, state.LastModified, state.ExtractedAt, state.DeletedAt}
}
