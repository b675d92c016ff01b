package simapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func FuzzEncode(f *testing.F) {
	for _, words := range append(append([]string{"", "\x00\x1f\x7f"}, unluckyWords...), sentences...) {
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, words string) {
		if !utf8.ValidString(words) {
			t.Skip("texts here are valid UTF-8")
		}
		for name, encoded := range map[string][]byte{"plain": appendString(nil, words), "escaped": appendEscaped(nil, words)} {
			var got string
			if err := json.Unmarshal(encoded, &got); err != nil || got != words {
				t.Errorf("%s: %q became %q by %s: %v", name, words, got, encoded, err)
			}
		}
	})
}

func FuzzParseList(f *testing.F) {
	f.Add(`{"expectedStartDateGTE":"2019-01-01T00:00:00Z","pageSize":"50"}`, "pageSize=3&page=2")
	f.Add(`{"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"lastModifiedDate","data":"2025-03-06"}]}}`, "page=-1")
	f.Add(`{"pageSize":1e9}`, "%zz")
	f.Fuzz(func(t *testing.T, body, address string) {
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.URL.RawQuery = address
		req, err := parseList(r, 100)
		if err == nil && (req.size < 1 || req.size > 100 || req.number < 1 || (req.number-1)*req.size < 0) {
			t.Errorf("page %d of size %d", req.number, req.size)
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add("/booking/840001")
	f.Add("/referenceCode/2100016")
	f.Add("/customer/64001/address/")
	f.Add("//-1/")
	s, err := New(Config{Bookings: 20})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if body := s.Resource(path); body != nil && !json.Valid(body) {
			t.Errorf("%s answers %.100s", path, body)
		}
	})
}

func TestStartsNeverFall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, maxBookings).Draw(rt, "bookings")
		w := newWorld(Config{Bookings: n, Seed: rapid.Uint64().Draw(rt, "seed"), From: time.Unix(0, 0), To: time.Unix(200_000_000, 0)})
		i := rapid.IntRange(0, n-1).Draw(rt, "i")
		this, next := w.start(i), w.start(min(i+1, n-1))
		if this > next || this < 0 || next >= 200_000_000 {
			rt.Errorf("booking %d of %d starts at %d, the next at %d", i, n, this, next)
		}
	})
}

func TestChanceKeepsItsShare(t *testing.T) {
	s, err := New(Config{Bookings: 20})
	if err != nil {
		t.Fatal(err)
	}
	c := (*invented)(s).composer(nil, "")
	for _, percent := range []int{0, 2, 50, 95, 100} {
		hits := 0
		for i := range 1000 {
			scope := c.scope(kindCustomer, i)
			scope.enter(&compiled{hash: 7})
			if scope.chance(percent) {
				hits++
			}
		}
		if hits < 10*percent-5 || hits > 10*percent+5 {
			t.Errorf("%d of 1000 at %d per cent", hits, percent)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	s, err := New(Config{Bookings: 50_000, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	const size = 50
	page, bytes := make([]byte, 0, 4<<20), 0
	for n := 0; b.Loop(); n++ {
		_, item := (*invented)(s).list(query{to: 1 << 40}, "https://api.test:443"+PathPrefix)
		page = page[:0]
		for place := range size {
			page = item(page, (n*size+place)%50_000)
		}
		bytes += len(page)
	}
	b.SetBytes(int64(bytes / b.N))
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "bookings/s")
	b.ReportMetric(float64(bytes)/float64(b.N*size), "bytes/booking")
}
