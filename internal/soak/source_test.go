//go:build unix

package soak

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mcis/internal/oracletest"
	"mcis/internal/proxytest"
	"mcis/internal/sharedtest"
	"mcis/internal/simapi"
)

// Of bookings and related resources that have something wrong with them for good.
var defects = simapi.Faults{BadBooking: 0.02, NotFound: 0.01, Forbidden: 0.01}

// faults are those, and a tenth of all answers that is no use.
func faults() simapi.Faults {
	f := defects
	f.TooMany, f.ServerError, f.Unavailable, f.CutConnection, f.TruncatedJSON, f.SlowBody = 0.02, 0.02, 0.02, 0.02, 0.01, 0.01
	f.RetryAfter, f.Logins, f.Latency, f.LatencySpread = "mixed", true, 2*time.Millisecond, 10*time.Millisecond
	f.Drift, f.WrongCount = 0.02, 0.02
	return f
}

// source is the simulated API and what was ever known of its bookings.
type source struct {
	t     *testing.T
	api   *simapi.Server
	proxy *proxytest.Proxy
	began time.Time
	start int // bookings then

	changed int64                      // when the last change was, in seconds since 1970
	known   map[string]map[string]bool // keys that any booking ever gave a table; nil without the reference
	bad     map[int64]bool             // bookings that cannot be loaded
	deleted map[int64][]byte           // others, as they were last
	mutated int
	created int
}

func newSource(t *testing.T, bookings int, seed uint64) *source {
	t.Helper()
	api, err := simapi.New(simapi.Config{Bookings: bookings, Seed: seed, Subject: subject, Secret: secret, Faults: faults()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	s := &source{
		t: t, api: api, proxy: proxytest.Start(t, strings.TrimPrefix(server.URL, "http://")), began: time.Now(), start: bookings,
		bad: map[int64]bool{}, deleted: map[int64][]byte{},
	}
	api.SetBaseURL(s.origin())
	if sharedtest.Present(t) {
		s.known = make(map[string]map[string]bool)
	}
	s.learn(api.IDs())
	return s
}

func (s *source) origin() string { return "http://" + s.proxy.Addr() }

// detail is the document that a related resource's URI answers, or nil.
func (s *source) detail(uri string) []byte {
	path, isOwn := s.path(uri)
	if !isOwn {
		return nil
	}
	return s.api.Resource(path)
}

func (s *source) path(uri string) (path string, isOwn bool) {
	return strings.CutPrefix(uri, s.origin()+simapi.PathPrefix)
}

// learn notes what bookings are and give.
func (s *source) learn(ids []int64) {
	s.t.Helper()
	var sound [][]byte
	for _, id := range ids {
		if s.api.Defect(id).Kind != simapi.DefectNone {
			s.bad[id] = true
			continue
		}
		sound = append(sound, s.api.Booking(id))
	}
	if s.known == nil {
		return
	}
	for table, rows := range oracletest.Expect(s.t, sound, s.detail) {
		if s.known[table] == nil {
			s.known[table] = make(map[string]bool)
		}
		for key := range rows {
			s.known[table][key] = true
		}
	}
}

// change lets something happen at the source. Dates are whole seconds, so two changes never share one.
func (s *source) change(kind, n int) {
	s.t.Helper()
	now := time.Now()
	if now.Unix() == s.changed {
		return
	}
	s.changed = now.Unix()
	switch {
	case kind < 7:
		ids := s.api.Mutate(2+3*n, now)
		s.mutated += len(ids)
		s.learn(ids)
	case kind < 9:
		ids := s.api.Create(1+n/2, now)
		s.created += len(ids)
		s.learn(ids)
	case len(s.deleted) < s.start/4:
		before := s.live()
		for _, id := range s.api.Delete(1) {
			if raw, isSound := before[id]; isSound {
				s.deleted[id] = raw
			}
		}
	}
}

// live are the bookings that the source has now and that can be loaded.
func (s *source) live() map[int64][]byte {
	bookings := make(map[int64][]byte)
	for _, id := range s.api.IDs() {
		if !s.bad[id] {
			bookings[id] = s.api.Booking(id)
		}
	}
	return bookings
}
