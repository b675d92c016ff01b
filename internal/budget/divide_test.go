package budget

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mcis/internal/queue"
)

var (
	hungry = Demand{Rate: 10, InFlight: 4, Waiting: 9, WantsRate: true, WantsPlaces: true}
	idle   = Demand{}
)

// fleet makes members that have the same limits, named by letters.
func fleet(limits Limits, lanes ...map[queue.Lane]Demand) map[string]entry {
	members := map[string]entry{}
	for i, demands := range lanes {
		members[string(rune('a'+i))] = entry{Format: format, Limits: limits.withDefaults(), Brake: 1, Lanes: demands}
	}
	return members
}

func inBackfill(d Demand) map[queue.Lane]Demand { return map[queue.Lane]Demand{queue.Backfill: d} }
func inSync(d Demand) map[queue.Lane]Demand     { return map[queue.Lane]Demand{queue.Sync: d} }
func inBoth(b, s Demand) map[queue.Lane]Demand {
	return map[queue.Lane]Demand{queue.Backfill: b, queue.Sync: s}
}

func TestDivide(t *testing.T) {
	limits := Limits{Rate: 100, Concurrency: 16}
	for name, test := range map[string]struct {
		members map[string]entry
		want    map[string]Shares
	}{
		"nobody": {nil, map[string]Shares{}},
		"alone and idle": {fleet(limits, nil), map[string]Shares{
			"a": {queue.Backfill: {100, 16}}}},
		"alone and hungry": {fleet(limits, inBackfill(hungry)), map[string]Shares{
			"a": {queue.Backfill: {100, 16}}}},
		"two lanes": {fleet(limits, inBoth(hungry, hungry)), map[string]Shares{
			"a": {queue.Backfill: {50, 8}, queue.Sync: {50, 8}}}},
		"four that are hungry": {fleet(limits, inBackfill(hungry), inBackfill(hungry), inBackfill(hungry), inBackfill(hungry)), map[string]Shares{
			"a": {queue.Backfill: {25, 4}}, "b": {queue.Backfill: {25, 4}}, "c": {queue.Backfill: {25, 4}}, "d": {queue.Backfill: {25, 4}}}},
		"one is idle": {fleet(limits, inBackfill(hungry), inBackfill(hungry), inBackfill(idle)), map[string]Shares{
			"a": {queue.Backfill: {49.75, 7}}, "b": {queue.Backfill: {49.75, 8}}, "c": {queue.Backfill: {0.5, 1}}}},
		"one wants little": {fleet(limits, inBackfill(hungry), inBackfill(Demand{Rate: 8, InFlight: 1})), map[string]Shares{
			"a": {queue.Backfill: {89.5, 14}}, "b": {queue.Backfill: {10.5, 2}}}},
		"sync elsewhere": {fleet(limits, inBackfill(hungry), inBackfill(hungry), inSync(hungry)), map[string]Shares{
			"a": {queue.Backfill: {25, 4}}, "b": {queue.Backfill: {25, 4}}, "c": {queue.Sync: {50, 8}}}},
		"sync wants little": {fleet(limits, inBackfill(hungry), inSync(Demand{Rate: 2, InFlight: 1})), map[string]Shares{
			"a": {queue.Backfill: {97, 14}}, "b": {queue.Sync: {3, 2}}}},
		"what nobody wants is for those who are at work": {fleet(limits, inBackfill(Demand{Rate: 8, InFlight: 1}), inBackfill(Demand{Rate: 24, InFlight: 3}), nil), map[string]Shares{
			"a": {queue.Backfill: {10.5 + 29.25, 6}}, "b": {queue.Backfill: {30.5 + 29.25, 9}}, "c": {queue.Backfill: {0.5, 1}}}},
		"no limit of the rate": {fleet(Limits{Concurrency: 3}, inBackfill(hungry), inBackfill(hungry)), map[string]Shares{
			"a": {queue.Backfill: {0, 1}}, "b": {queue.Backfill: {0, 2}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, divide(test.members), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSmallestLimitsHoldForAll(t *testing.T) {
	members := fleet(Limits{Rate: 100, Concurrency: 16}, inBackfill(hungry), inBackfill(hungry), inBackfill(hungry))
	other := members["b"]
	other.Limits = Limits{Rate: 30, Concurrency: 64, SyncShare: 0.2}
	members["b"] = other
	other.Limits = Limits{Rate: 0, Concurrency: 6, SyncShare: 0.5}
	members["c"] = other
	if got, want := smallest(members), (Limits{Rate: 30, Concurrency: 6, SyncShare: 0.2}); got != want {
		t.Errorf("limits are %+v, expected %+v", got, want)
	}
	for id, shares := range divide(members) {
		if got := shares[queue.Backfill]; math.Abs(got.Rate-10) > 1e-9 || got.Concurrency != 2 {
			t.Errorf("%s gets %+v", id, got)
		}
	}
}

// drawFleet draws any fleet at all.
func drawFleet(t *rapid.T, most int) map[string]entry {
	limits := Limits{
		Rate:        rapid.SampledFrom([]float64{0, 0.01, 0.5, 1, 7.3, 100, 5000}).Draw(t, "rate"),
		Concurrency: rapid.IntRange(1, 40).Draw(t, "concurrency"),
		SyncShare:   rapid.SampledFrom([]float64{0, 0.1, 0.25, 0.5, 0.9}).Draw(t, "sync share"),
	}
	lanes := rapid.SliceOfN(rapid.Custom(drawDemands), 1, most).Draw(t, "members")
	members := fleet(limits, lanes...)
	for _, id := range slices.Sorted(maps.Keys(members)) {
		member := members[id]
		member.Beat = uint64(rapid.IntRange(0, 1000).Draw(t, "beat of "+id))
		members[id] = member
	}
	return members
}

// limited are the members with other limits.
func limited(members map[string]entry, change func(*Limits)) map[string]entry {
	changed := maps.Clone(members)
	for id, member := range changed {
		change(&member.Limits)
		changed[id] = member
	}
	return changed
}

// plenty is so many places that nobody is without one.
func plenty(l *Limits) { l.Concurrency += 1000 }

func drawDemands(t *rapid.T) map[queue.Lane]Demand {
	demands := map[queue.Lane]Demand{}
	for _, lane := range queue.Lanes() {
		if rapid.Bool().Draw(t, "idle") {
			continue
		}
		demands[lane] = Demand{
			Rate:        rapid.Float64Range(0, 200).Draw(t, "rate"),
			InFlight:    rapid.IntRange(0, 20).Draw(t, "in flight"),
			Waiting:     rapid.IntRange(0, 50).Draw(t, "waiting"),
			WantsRate:   rapid.Bool().Draw(t, "wants rate"),
			WantsPlaces: rapid.Bool().Draw(t, "wants places"),
		}
	}
	return demands
}

// sums adds the shares up, by lane.
func sums(shares map[string]Shares) Shares {
	sum := Shares{}
	for _, id := range slices.Sorted(maps.Keys(shares)) {
		for lane, share := range shares[id] {
			sum[lane] = Share{sum[lane].Rate + share.Rate, sum[lane].Concurrency + share.Concurrency}
		}
	}
	return sum
}

const exact = 1 + 1e-9 // errors of rounding

func TestDivideKeepsToTheLimitsAndWastesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawFleet(t, 12)
		limits := smallest(members)
		sum := sums(divide(members)).Total()
		if sum.Rate > limits.Rate*exact || sum.Rate*exact < limits.Rate {
			t.Fatalf("%g a second of %g are given out", sum.Rate, limits.Rate)
		}
		if sum.Concurrency > limits.Concurrency {
			t.Fatalf("%d places of %d are given out", sum.Concurrency, limits.Concurrency)
		}
		working := slices.ContainsFunc(slices.Collect(maps.Values(members)), entry.active)
		if working && sum.Concurrency != limits.Concurrency {
			t.Fatalf("%d places of %d are given out", sum.Concurrency, limits.Concurrency)
		}
	})
}

func TestNobodyStarves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawFleet(t, 12)
		limits := smallest(members)
		places := map[string]int{}
		claims := float64(2 * len(members))
		seldom := claims / (float64(limits.Concurrency) * min(limits.SyncShare, 1-limits.SyncShare)) // turns between two
		for turn := range uint64(3*seldom) + 3 {
			for id, shares := range divide(turned(members, turn)) {
				if limits.Rate > 0 && !(shares.Total().Rate > 0) {
					t.Fatalf("%s may send nothing: %+v", id, shares)
				}
				for lane, demand := range members[id].Lanes {
					share := shares[lane]
					if demand.active() && shares.Total().Concurrency > 0 && limits.Rate > 0 && !(share.Rate > 0) {
						t.Fatalf("%s has places and no rate in %s: %+v", id, lane, shares)
					}
					places[id+string(lane)] += share.Concurrency
				}
			}
		}
		for id, member := range members {
			for lane, demand := range member.Lanes {
				if demand.active() && places[id+string(lane)] == 0 {
					t.Fatalf("%s never has a place in %s", id, lane)
				}
			}
		}
	})
}

func withEntry(members map[string]entry, id string, e entry) map[string]entry {
	changed := maps.Clone(members)
	changed[id] = e
	return changed
}

// turned are the members that many turns later.
func turned(members map[string]entry, turn uint64) map[string]entry {
	later := maps.Clone(members)
	for id, member := range later {
		member.Beat += turn * beatsOfOneTurn
		later[id] = member
	}
	return later
}

func TestSyncHasItsPartAndLeavesTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawFleet(t, 12)
		members = limited(members, plenty)
		limits := smallest(members)
		hungryIn := func(lane queue.Lane) bool {
			for _, member := range members {
				if d := member.Lanes[lane]; d.active() && d.WantsRate {
					return true
				}
			}
			return false
		}
		sum := sums(divide(members))
		available := limits.Rate * (1 - idleRates)
		if hungryIn(queue.Sync) && sum[queue.Sync].Rate*exact < available*limits.SyncShare {
			t.Fatalf("sync has %g of %g", sum[queue.Sync].Rate, limits.Rate)
		}
		if hungryIn(queue.Backfill) && sum[queue.Backfill].Rate*exact < available*(1-limits.SyncShare) {
			t.Fatalf("backfill has %g of %g", sum[queue.Backfill].Rate, limits.Rate)
		}
	})
}

func TestEqualsGetEqualSharesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawFleet(t, 10)
		shares := divide(members)
		if diff := cmp.Diff(shares, divide(maps.Clone(members))); diff != "" {
			t.Fatal(diff)
		}
		for a := range members {
			for b := range members {
				if !cmp.Equal(members[a].Lanes, members[b].Lanes) {
					continue
				}
				for _, lane := range queue.Lanes() {
					x, y := shares[a][lane], shares[b][lane]
					if math.Abs(x.Rate-y.Rate) > 1e-6 || x.Concurrency-y.Concurrency > 1 {
						t.Fatalf("%s and %s want the same in %s and get %+v and %+v", a, b, lane, x, y)
					}
				}
			}
		}
	})
}

// What another gains, nobody gains by it: so members that do not yet know the same together keep to the limit all the same.
func TestSharesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := limited(drawFleet(t, 8), plenty)
		before := divide(members)
		noGain := func(what string, after map[string]Shares) {
			for id := range members {
				if was, is := before[id].Total().Rate, after[id].Total().Rate; is > was*exact {
					t.Fatalf("%s: %s gains, %g became %g", what, id, was, is)
				}
			}
		}
		noGain("somebody joins", divide(withEntry(members, "z", entry{Limits: members["a"].Limits,
			Lanes: drawDemands(t)})))

		more := members["a"]
		more.Lanes = maps.Clone(more.Lanes)
		for lane, d := range more.Lanes {
			d.Rate, d.WantsRate = d.Rate*rapid.Float64Range(1, 3).Draw(t, "more"), d.WantsRate || rapid.Bool().Draw(t, "wants")
			more.Lanes[lane] = d
		}
		after := divide(withEntry(members, "a", more))
		if was, is := before["a"].Total().Rate, after["a"].Total().Rate; is*exact < was {
			t.Fatalf("who wants more gets less: %g became %g", was, is)
		}

		for id, shares := range divide(limited(members, func(l *Limits) { l.Rate *= 1.5 })) {
			if was, is := before[id].Total().Rate, shares.Total().Rate; is*exact < was {
				t.Fatalf("%s has less of a higher limit: %g became %g", id, was, is)
			}
		}
	})
}

func TestSyncHasItsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := drawFleet(t, 12)
		limits := smallest(members)
		wanted, idle := 0.0, 0
		for _, member := range members {
			if d := member.Lanes[queue.Sync]; d.WantsPlaces {
				wanted = math.Inf(1)
			} else if d.active() {
				wanted += float64(d.InFlight + 1)
			}
			if !member.active() {
				idle++
			}
		}
		available := float64(limits.Concurrency - min(idle, limits.Concurrency/idlePlaces))
		sure := math.Floor(min(wanted, available*limits.SyncShare) * (1 - 1e-9))
		if got := sums(divide(members))[queue.Sync].Concurrency; float64(got) < sure && idle < len(members) {
			t.Fatalf("sync has %d places, expected %g at least", got, sure)
		}
	})
}

func TestPlacesGoRoundInAFleetLargerThanTheLimit(t *testing.T) {
	lanes := make([]map[queue.Lane]Demand, 10)
	for i := range lanes {
		lanes[i] = inBackfill(hungry)
	}
	members := fleet(Limits{Rate: 100, Concurrency: 3}, lanes...)
	served := map[string]int{}
	const turns = 100
	for turn := range uint64(turns) {
		for id, shares := range divide(turned(members, turn)) {
			served[id] += shares.Total().Concurrency
			if total := shares.Total(); total.Concurrency > 0 && total.Rate < 30 {
				t.Fatalf("in turn %d %s has a place and may send only %g a second of 100", turn, id, total.Rate)
			}
		}
	}
	for id := range members {
		if n := served[id]; n < turns*3/10-2 || n > turns*3/10+2 {
			t.Errorf("%s had a place for %d turns of %d, expected about %d", id, n, turns, turns*3/10)
		}
	}
}

func TestScaledKeepsAPlace(t *testing.T) {
	for _, test := range []struct{ shares, want Shares }{
		{Shares{queue.Backfill: {20, 40}, queue.Sync: {10, 5}}, Shares{queue.Backfill: {2, 4}, queue.Sync: {1, 0}}},
		{Shares{queue.Sync: {1, 3}}, Shares{queue.Backfill: {}, queue.Sync: {0.1, 1}}},
		{Shares{queue.Sync: {1, 0}}, Shares{queue.Backfill: {}, queue.Sync: {0.1, 0}}},
		{Shares{queue.Backfill: {0, 8}, queue.Sync: {0, 8}}, Shares{queue.Backfill: {0, 1}, queue.Sync: {}}},
	} {
		if diff := cmp.Diff(test.want, test.shares.scaled(0.1), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Error(fmt.Sprint(test.shares), diff)
		}
	}
}

func BenchmarkDivide(b *testing.B) {
	for _, n := range []int{4, 100} {
		members := map[string]entry{}
		for i := range n {
			members[fmt.Sprint(i)] = entry{Limits: Limits{Rate: 100, Concurrency: 64}.withDefaults(), Brake: 1, Lanes: inBoth(hungry, hungry)}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				divide(members)
			}
		})
	}
}
