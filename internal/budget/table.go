package budget

import "time"

// table is what was heard of the members. Its times are of the local clock.
type table struct {
	expiry  time.Duration
	members map[string]*member
}

type member struct {
	entry  entry
	heard  time.Time // when the entry came
	spared time.Time // counts for its life as if something had been heard then
	fresh  bool      // it was made after this process began to listen, so that its process was alive
	knew   time.Time // when the latest entry came that its process made while it heard the others
}

// silent is how long nothing was heard of the member at a time when something could have been.
func (m *member) silent(at time.Time) time.Duration {
	return min(at.Sub(m.heard), at.Sub(m.spared))
}

func newTable(expiry time.Duration) *table {
	return &table{expiry: expiry, members: map[string]*member{}}
}

// put keeps a member's entry. One that was heard before, as a watch that begins anew tells it, is no sign of life. fresh says
// that the entry is no leftover of somebody who may be dead.
func (t *table) put(id string, e entry, now time.Time, fresh bool) {
	known := t.members[id]
	if known != nil {
		if known.entry.Beat == e.Beat {
			return
		}
		fresh = true
	}
	m := &member{entry: e, heard: now, fresh: fresh, knew: now}
	if e.Deaf && known != nil { // who is new has nothing yet that others could count on
		m.knew = known.knew
	}
	t.members[id] = m
}

func (t *table) remove(id string) { delete(t.members, id) }

// alive are the members that have been heard of lately, when it was the given time.
func (t *table) alive(at time.Time) map[string]*member {
	alive := make(map[string]*member, len(t.members))
	for id, m := range t.members {
		if m.silent(at) < t.expiry {
			alive[id] = m
		}
	}
	return alive
}

// spare gives who was alive at a time as much time as if he had been heard now: in between nobody could be heard.
func (t *table) spare(at, now time.Time) {
	for _, m := range t.alive(at) {
		m.spared = now
	}
}

// known is up to when all who are alive have heard everything, given that who was heard had himself heard what was said
// a while earlier, unless he said that he is deaf. Nobody needs to ask himself, nor is waited for who says that he keeps to a tenth anyway.
func (t *table) known(self string, at, now time.Time, while time.Duration) time.Time {
	heard := now
	for id, m := range t.alive(at) {
		if id != self && !m.entry.Away && m.knew.Before(heard) {
			heard = m.knew
		}
	}
	return heard.Add(-while)
}

// remembered is for how many times the expiry the dead are kept, to know their last entries again.
const remembered = 100

func (t *table) forget(at time.Time) {
	for id, m := range t.members {
		if m.silent(at) > remembered*t.expiry {
			delete(t.members, id)
		}
	}
}
