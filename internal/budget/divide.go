package budget

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"mcis/internal/queue"
)

// What is kept for members that are idle, as parts of the limits. A first request is sent whatever the rate; the
// second one's wait makes the member announce what it wants.
const (
	idleRate       = 0.005 // of one of them
	idleRates      = 0.025 // of all of them
	idlePlaces     = 8     // one place in so many is theirs at most, unless others do not want it
	trickleRate    = 0.01  // of a newcomer that is not yet visible, on top of the limits
	roomToGrow     = 1.25  // what a member uses is what it wants, and this much more
	beatsOfOneTurn = 4     // for so many beats places stay with whom they were given to
)

// divide computes the shares of all members. Whoever has the same entries gets the same shares.
func divide(members map[string]entry) map[string]Shares {
	shares := make(map[string]Shares, len(members))
	if len(members) == 0 {
		return shares
	}
	ids := slices.Sorted(maps.Keys(members))
	for _, id := range ids {
		shares[id] = Shares{}
	}
	limits := smallest(members)
	placed := map[string]bool{} // who may send something at all
	for _, c := range dividePlaces(limits, ids, members) {
		shares[c.id][c.lane] = Share{Concurrency: c.places}
		placed[c.id] = placed[c.id] || c.places > 0
	}
	if limits.Rate == 0 {
		return shares
	}
	for _, c := range divideRate(limits, ids, members, placed) {
		share := shares[c.id][c.lane]
		share.Rate = c.got
		shares[c.id][c.lane] = share
	}
	return shares
}

// smallest are the limits that all members keep: who was told more cannot know better.
func smallest(members map[string]entry) Limits {
	least := Limits{Concurrency: math.MaxInt, SyncShare: 1}
	for _, member := range members {
		l := member.Limits
		least.Rate = tighter(least.Rate, l.Rate)
		least.Concurrency = min(least.Concurrency, l.Concurrency)
		least.SyncShare = min(least.SyncShare, l.SyncShare)
	}
	return least
}

// tighter is the smaller of two rates, of which 0 is no limit.
func tighter(a, b float64) float64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// claim is what a member wants in a lane, and gets.
type claim struct {
	id     string
	lane   queue.Lane
	want   float64 // +Inf: as much as there is
	got    float64
	places int // got in whole ones
}

// divideRate counts members without a place as idle: they could not use more.
func divideRate(limits Limits, ids []string, members map[string]entry, placed map[string]bool) []*claim {
	claims, idle := claimsOf(ids, members, func(id string, d Demand) (want float64, has bool) {
		want = d.Rate*roomToGrow + limits.Rate*idleRate
		if d.WantsRate {
			want = math.Inf(1)
		}
		return want, d.active() && placed[id]
	})
	available := limits.Rate
	if len(idle) > 0 {
		reserve := limits.Rate * min(idleRate, idleRates/float64(len(idle)))
		available -= reserve * float64(len(idle))
		for _, id := range idle {
			claims = append(claims, &claim{id: id, lane: queue.Backfill, got: reserve})
		}
	}
	split(available, limits.SyncShare, claims[:len(claims)-len(idle)])
	return claims
}

func dividePlaces(limits Limits, ids []string, members map[string]entry) []*claim {
	claims, idle := claimsOf(ids, members, func(_ string, d Demand) (want float64, has bool) {
		want = float64(d.InFlight + 1)
		if d.WantsPlaces {
			want = math.Inf(1)
		}
		return want, d.active()
	})
	spare := max(0, float64(limits.Concurrency)-total(claims))
	kept := min(len(idle), max(limits.Concurrency/idlePlaces, int(spare)))
	available := limits.Concurrency - kept
	split(float64(available), limits.SyncShare, claims)
	wholes(available, turnOf(ids, members), claims)
	for _, id := range idle[:kept] {
		claims = append(claims, &claim{id: id, lane: queue.Backfill, places: 1})
	}
	return claims
}

// claimsOf returns the claims of all lanes that have one, in an order that all members agree on, and who has none. In a fleet
// where nobody has one, everybody has: to be ready to begin.
func claimsOf(ids []string, members map[string]entry, of func(string, Demand) (want float64, has bool)) (claims []*claim, idle []string) {
	claiming := map[string]bool{}
	for _, lane := range queue.Lanes() {
		for _, id := range ids {
			if want, has := of(id, members[id].Lanes[lane]); has {
				claims = append(claims, &claim{id: id, lane: lane, want: want})
				claiming[id] = true
			}
		}
	}
	for _, id := range ids {
		if !claiming[id] {
			idle = append(idle, id)
		}
	}
	if len(claims) > 0 {
		return claims, idle
	}
	for _, id := range idle {
		claims = append(claims, &claim{id: id, lane: queue.Backfill})
	}
	return claims, nil
}

func total(claims []*claim) float64 {
	var sum float64
	for _, c := range claims {
		sum += c.want
	}
	return sum
}

// split gives an amount to the claims. Each lane is sure of its part and may have what the other one leaves; what all of
// them leave is given out evenly, so that whoever begins to want more has it already.
func split(amount, syncShare float64, claims []*claim) {
	of := func(lane queue.Lane) []*claim {
		return slices.DeleteFunc(slices.Clone(claims), func(c *claim) bool { return c.lane != lane })
	}
	backfill, sync := of(queue.Backfill), of(queue.Sync)
	forSync := min(total(sync), max(syncShare*amount, amount-total(backfill)))
	forBackfill := min(total(backfill), amount-forSync)
	fill(forSync, sync)
	fill(forBackfill, backfill)
	extra := (amount - forSync - forBackfill) / float64(len(claims))
	for _, c := range claims {
		c.got += extra
	}
}

// fill is max-min fair: nobody gets more than he wants, and who gets less than that gets as much as any other.
func fill(amount float64, claims []*claim) {
	ascending := slices.SortedStableFunc(slices.Values(claims), func(a, b *claim) int { return cmp.Compare(a.want, b.want) })
	for i, c := range ascending {
		c.got = min(c.want, amount/float64(len(ascending)-i))
		amount -= c.got
	}
}

// wholes makes the parts whole places, of which there are so many in all. Each claim gets its part rounded up or down. When
// that leaves one with nothing, who is rounded up goes by turns, each as often as his part says (systematic sampling).
func wholes(places int, turn uint64, claims []*claim) {
	const tiny = 1e-6 // more than errors of rounding add up to
	sum := tiny
	if slices.ContainsFunc(claims, func(c *claim) bool { return c.got < 1-tiny }) {
		sum += offset(turn) * (1 - 2*tiny)
	}
	given := 0
	for _, c := range claims {
		sum += c.got
		upTo := min(int(sum), places)
		c.places, given = upTo-given, upTo
	}
}

// offset goes through 0..1 evenly, whatever number of turns one looks at: multiples of the golden section.
func offset(turn uint64) float64 {
	const golden = 0.6180339887498949
	_, fraction := math.Modf(float64(turn%(1<<32)) * golden)
	return fraction
}

// turnOf counts the turns by the beats of the member that is first in order: everybody sees the same.
func turnOf(ids []string, members map[string]entry) uint64 {
	return members[ids[0]].Beat / beatsOfOneTurn
}

// trickle is the share of a member that the others may not yet see. It is not taken from theirs.
func trickle(limits Limits) Shares {
	return Shares{queue.Backfill: {Rate: limits.Rate * trickleRate, Concurrency: 1}}
}

// scaled is a part of the shares. Who had a place keeps one.
func (s Shares) scaled(part float64) Shares {
	total := s.Total()
	return s.shrunk(Share{
		Rate:        total.Rate * part,
		Concurrency: max(min(total.Concurrency, 1), int(float64(total.Concurrency)*part)),
	})
}

// atMost are the shares, together no more than a bound.
func (s Shares) atMost(bound Share) Shares {
	total := s.Total()
	return s.shrunk(Share{
		Rate:        tighter(total.Rate, bound.Rate),
		Concurrency: min(total.Concurrency, bound.Concurrency),
	})
}
