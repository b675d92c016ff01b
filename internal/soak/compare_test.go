//go:build unix

package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/oracletest"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// mostShown is how many differences are listed.
const mostShown = 40

// compare compares what came of it with the source.
func (s *site) compare() {
	s.t.Helper()
	live := s.source.live()
	s.goodLoaded(live)
	s.badDead()
	s.gapsAreTrue(live)
	if s.source.known != nil {
		s.everyCell(live)
	}
	s.orderlyEnds()
	s.quietly()
}

// goodLoaded makes sure that the warehouse has every booking that the source has, in its last version, and none that it never had.
func (s *site) goodLoaded(live map[int64][]byte) {
	s.t.Helper()
	held := s.held()
	for id, raw := range live {
		var booking struct{ VersionValue int64 }
		if err := json.Unmarshal(raw, &booking); err != nil {
			s.t.Fatal(err)
		}
		if version, isHeld := held[id]; !isHeld || version != booking.VersionValue {
			s.t.Errorf("booking %d: version %d in the warehouse (held: %t), expected %d", id, version, isHeld, booking.VersionValue)
		}
	}
	for id := range held {
		_, isLive := live[id]
		if _, wasDeleted := s.source.deleted[id]; !isLive && !wasDeleted {
			s.t.Errorf("booking %d is one too many", id)
		}
	}
	s.tally.live, s.tally.held = len(live), len(held)
}

// held are the versions of the bookings that the warehouse holds.
func (s *site) held() map[int64]int64 {
	s.t.Helper()
	held := make(map[int64]int64)
	s.rows(`SELECT booking_id, version_value FROM "Booking"`, func(scan func(...any)) {
		var id, version int64
		scan(&id, &version)
		held[id] = version
	})
	return held
}

// rows reads what a query gives.
func (s *site) rows(query string, row func(scan func(...any))) {
	s.t.Helper()
	found, err := s.warehouse.db.QueryContext(s.t.Context(), query)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		row(func(into ...any) {
			if err := found.Scan(into...); err != nil {
				s.t.Fatal(err)
			}
		})
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
}

var ownURI = regexp.MustCompile(`/booking/(\d+)"`)

// badDead makes sure that every booking that cannot be loaded has a dead letter, and nothing else has one.
func (s *site) badDead() {
	s.t.Helper()
	dead := make(map[int64]bool)
	s.letters(func(m jetstream.Msg) {
		s.tally.letters++
		uri := ownURI.FindSubmatch(m.Data())
		if uri == nil {
			s.t.Errorf("a dead letter of no booking: %v", m.Headers())
			return
		}
		id, err := strconv.ParseInt(string(uri[1]), 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		dead[id] = true
		if !s.source.bad[id] {
			s.t.Errorf("booking %d is sound, and dead: %s %v", id, m.Subject(), m.Headers())
		}
	})
	for _, id := range s.source.api.IDs() {
		if s.source.bad[id] && !dead[id] {
			s.t.Errorf("booking %d (%+v) is nowhere", id, s.source.api.Defect(id))
		}
	}
	s.tally.dead = len(dead)
}

// letters are all dead letters.
func (s *site) letters(each func(jetstream.Msg)) {
	s.t.Helper()
	const atOnce = 100
	consumer, err := s.js.OrderedConsumer(s.t.Context(), stream.Dead, jetstream.OrderedConsumerConfig{})
	if err != nil {
		s.t.Fatal(err)
	}
	for {
		batch, err := consumer.FetchNoWait(atOnce)
		if err != nil {
			s.t.Fatal(err)
		}
		n := 0
		for m := range batch.Messages() {
			each(m)
			n++
		}
		if batch.Error() != nil {
			s.t.Fatal(batch.Error())
		}
		if n == 0 {
			return
		}
	}
}

// gapsAreTrue makes sure that the warehouse says of every detail that the API refuses for good that it lacks it, and of no other.
func (s *site) gapsAreTrue(live map[int64][]byte) {
	s.t.Helper()
	want, got := make(map[string]bool), make(map[string]bool)
	for id, raw := range live {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			s.t.Fatal(err)
		}
		for name, member := range members {
			var related struct{ URI string }
			if json.Unmarshal(member, &related) != nil { // no object
				continue
			}
			path, isOwn := s.source.path(related.URI)
			if status := s.source.api.Refusal(path); isOwn && status != 0 && oracletest.IsDetailed(name) {
				want[fmt.Sprintf("booking %d: %s %d refused", id, name, status)] = true
			}
		}
	}
	s.rows(`SELECT booking_id, relation, status, reason FROM "EnrichmentGap"`, func(scan func(...any)) {
		var id, status int64
		var relation, reason string
		scan(&id, &relation, &status, &reason)
		if live[id] != nil {
			got[fmt.Sprintf("booking %d: %s %d %s", id, relation, status, reason)] = true
		}
	})
	for gap := range want {
		if !got[gap] {
			s.t.Errorf("no gap of %s", gap)
		}
	}
	for gap := range got {
		if !want[gap] {
			s.t.Errorf("a gap too many: %s", gap)
		}
	}
	s.tally.gaps = len(got)
}

// everyCell compares all tables with what the source says, cell by cell.
func (s *site) everyCell(live map[int64][]byte) {
	s.t.Helper()
	expected := oracletest.Changing{
		Live: slices.Collect(maps.Values(live)), Deleted: s.source.deleted, Held: s.held(), Detail: s.source.detail, Since: s.source.began,
	}
	want, unseen := expected.Expect(s.t)
	got := oracletest.Read(s.t.Context(), s.t, s.warehouse.db)
	for _, difference := range oracletest.Differences(want, got, mostShown, func(table, key string) bool {
		return s.tooMany(live, table, key)
	}) {
		s.t.Error(difference)
	}
	for _, rows := range want {
		s.tally.rows += len(rows)
	}
	s.tally.cells, s.tally.unseen = want.Cells(), unseen
}

// tooMany says whether a row that is not expected should not be there. What deleted bookings gave stays, and so do related resources that
// no booking refers to any more.
func (s *site) tooMany(live map[int64][]byte, table, key string) bool {
	if booking, _, isChild := strings.Cut(key, "/"); isChild {
		id, err := strconv.ParseInt(booking, 10, 64)
		if _, isLive := live[id]; err != nil || isLive {
			return true
		}
	}
	return !s.source.known[table][key]
}

// orderlyEnds makes sure that no process ended by itself for another reason than that something was unreachable, and that none crashed.
func (s *site) orderlyEnds() {
	s.t.Helper()
	for _, k := range s.keepers {
		for code, times := range k.exits {
			mayEnd := k == s.producer && (code == exitRejects || code == exitFailed || code == exitDone) || code == exitDone && times == 1
			if code != exitUnreachable && !mayEnd {
				s.t.Errorf("%s ended %d times with exit code %d", k.name, times, code)
			}
		}
	}
	s.eachLog(func(name, text string) {
		for _, sign := range []string{"\npanic: ", "\nfatal error: ", "goroutine 1 ["} {
			if strings.Contains(text, sign) {
				s.t.Errorf("%s crashed: its log has %q", name, sign)
			}
		}
		s.tally.add("waits for a full stream", strings.Count(text, `"msg":"waiting: stream is full"`))
	})
}

// answers counts those of the API: all, and those that were no use.
func answers(stats simapi.Stats) (all, faults int64) {
	for _, classes := range stats.ByResource {
		faults += classes["429"] + classes["5xx"] + classes["cut"]
	}
	return stats.Total, faults
}
