package rows

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What counts first, and that more of it is newer.
func TestStampOrder(t *testing.T) {
	plain := Stamp{Full: true, Version: 3, ObservedAt: observed, ExtractedAt: extracted, Hash: 5}
	ascending := []Stamp{
		{Full: false, Version: 9, ObservedAt: observed.Add(1e9), ExtractedAt: extracted.Add(1e9), Hash: 9},
		{Full: true, Version: -1, ObservedAt: observed.Add(1e9), ExtractedAt: extracted.Add(1e9), Hash: 9},
		{Full: true, Version: -1, ObservedAt: observed.Add(1e9 + 1e3), ExtractedAt: extracted, Hash: 0}, // the detail alone tells
		{Full: true, Version: 3, ObservedAt: observed.Add(1e9), ExtractedAt: extracted.Add(-time.Microsecond), Hash: 9},
		{Full: true, Version: 3, ObservedAt: observed.Add(-time.Microsecond), ExtractedAt: extracted, Hash: 9},
		{Full: true, Version: 3, ObservedAt: observed, ExtractedAt: extracted, Hash: 4},
		plain,
		{Full: true, Version: 3, ObservedAt: observed.Add(time.Microsecond), ExtractedAt: extracted, Hash: 0},
		{Full: true, Version: 3, ObservedAt: observed.Add(-1e9), ExtractedAt: extracted.Add(time.Microsecond), Hash: 0},
		{Full: true, Version: 4, ObservedAt: observed.Add(-1e9), ExtractedAt: extracted.Add(-1e9), Hash: -9},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := a.Compare(b); got != cmp.Compare(i, j) {
				t.Errorf("%d compares with %d as %d", i, j, got)
			}
		}
	}
}

// The same observation under another mapping takes the stored row's place whatever the hashes, and only that.
func TestSupersedes(t *testing.T) {
	stored := Stamp{Full: true, Version: 3, ObservedAt: observed, ExtractedAt: extracted, Hash: 5, Mapping: 1}
	changed := func(change func(s *Stamp)) Stamp {
		s := stored
		change(&s)
		return s
	}
	tests := []struct {
		name  string
		stamp Stamp
		want  bool
	}{
		{"the same", stored, false},
		{"a lower hash", changed(func(s *Stamp) { s.Hash = 4 }), false},
		{"a higher hash", changed(func(s *Stamp) { s.Hash = 6 }), true},
		{"another mapping", changed(func(s *Stamp) { s.Mapping = 2 }), true},
		{"another mapping, a lower hash", changed(func(s *Stamp) { s.Mapping, s.Hash = 2, 4 }), true},
		{"another mapping, a lower number", changed(func(s *Stamp) { s.Mapping, s.Hash = -1, 4 }), true},
		{"another mapping, nanoseconds earlier", changed(func(s *Stamp) { s.Mapping, s.ObservedAt = 2, observed.Add(1) }), true},
		{"another mapping, observed earlier", changed(func(s *Stamp) { s.Mapping, s.ObservedAt = 2, observed.Add(-1e3) }), false},
		{"another mapping, extracted earlier", changed(func(s *Stamp) { s.Mapping, s.ExtractedAt = 2, extracted.Add(-1e3) }), false},
		{"another mapping, an older version", changed(func(s *Stamp) { s.Mapping, s.Version = 2, 2 }), false},
		{"another mapping, a short form", changed(func(s *Stamp) { s.Mapping, s.Full, s.Version = 2, false, 9 }), false},
		{"observed later", changed(func(s *Stamp) { s.Hash, s.ObservedAt = 4, observed.Add(1e3) }), true},
	}
	for _, test := range tests {
		if got := test.stamp.Supersedes(stored); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// When an entity was seen does not make another state of it; everything else does.
func TestSameState(t *testing.T) {
	stamp := Stamp{Full: true, Version: 3, ObservedAt: observed, ExtractedAt: extracted, Hash: 5, Mapping: 1}
	later := stamp
	later.ObservedAt, later.ExtractedAt = observed.Add(1e9), extracted.Add(1e9)
	if !later.SameState(stamp) {
		t.Error("later is another state")
	}
	for name, change := range map[string]func(s *Stamp){
		"form": func(s *Stamp) { s.Full = false }, "version": func(s *Stamp) { s.Version = 4 },
		"content": func(s *Stamp) { s.Hash = 6 }, "mapping": func(s *Stamp) { s.Mapping = 2 },
	} {
		other := stamp
		if change(&other); other.SameState(stamp) {
			t.Errorf("another %s is the same state", name)
		}
	}
}

// Under one mapping, Supersedes and Compare are of one mind: what a batch keeps is what the warehouse would.
func TestSupersedesAgreesWithCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyStamp().Draw(t, "a"), anyStamp().Draw(t, "b")
		if a.Supersedes(b) != (a.Compare(b) > 0) {
			t.Fatalf("supersedes: %v, compared as %d", a.Supersedes(b), a.Compare(b))
		}
	})
}

func TestStampsCompareToTheMicrosecond(t *testing.T) {
	at := func(ns time.Duration) Stamp {
		return Stamp{ObservedAt: observed.Add(ns), ExtractedAt: extracted.Add(ns)}
	}
	if got := at(0).Compare(at(999)); got != 0 {
		t.Errorf("nanoseconds make %d", got)
	}
	if got := at(999).Compare(at(1000)); got >= 0 {
		t.Errorf("a microsecond makes %d", got)
	}
	elsewhere := at(0)
	elsewhere.ObservedAt = elsewhere.ObservedAt.In(time.FixedZone("", 3600))
	if got := at(0).Compare(elsewhere); got != 0 {
		t.Errorf("a time zone makes %d", got)
	}
}

func anyStamp() *rapid.Generator[Stamp] {
	return rapid.Custom(func(t *rapid.T) Stamp {
		near := func(label string) time.Time {
			return observed.Add(time.Duration(rapid.IntRange(-1500, 1500).Draw(t, label)))
		}
		return Stamp{
			Full: rapid.Bool().Draw(t, "full"), Version: rapid.Int64Range(-1, 1).Draw(t, "version"),
			ObservedAt: near("observed"), ExtractedAt: near("extracted"),
			Hash: rapid.SampledFrom([]int64{-1 << 63, 0, 1<<63 - 1}).Draw(t, "hash"),
		}
	})
}

// same says whether a warehouse, which keeps microseconds, could tell two stamps apart.
func same(a, b Stamp) bool {
	return a.Full == b.Full && a.Version == b.Version && a.Hash == b.Hash &&
		a.ObservedAt.UnixMicro() == b.ObservedAt.UnixMicro() && a.ExtractedAt.UnixMicro() == b.ExtractedAt.UnixMicro()
}

func TestStampsAreTotallyOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyStamp().Draw(t, "a"), anyStamp().Draw(t, "b"), anyStamp().Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("not antisymmetric: %d and %d", a.Compare(b), b.Compare(a))
		}
		if (a.Compare(b) == 0) != same(a, b) {
			t.Fatalf("stamps that are the same: %v, compared as %d", same(a, b), a.Compare(b))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatal("not transitive")
		}
	})
}

// In whatever order observations arrive, the newest is the same.
func TestTheNewestStampDoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stamps := rapid.SliceOfN(anyStamp(), 1, 6).Draw(t, "stamps")
		newest := slices.MaxFunc(stamps, Stamp.Compare)
		other := slices.MaxFunc(rapid.Permutation(stamps).Draw(t, "order"), Stamp.Compare)
		if !same(newest, other) {
			t.Fatalf("%+v and %+v", newest, other)
		}
	})
}
