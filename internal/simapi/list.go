package simapi

import (
	"net/http"
	"strconv"
)

// source is where documents come from: the invented world or the captures. Bases are the start of all URIs, path
// prefix included.
type source interface {
	// list returns how many bookings a query names and a function that appends the one at a place, from 0.
	list(q query, base string) (count int, item func(b []byte, place int) []byte)
	// single appends what a path answers, of a collection the wanted part, or returns the status that it refuses with.
	single(b []byte, path, base string, part paging) ([]byte, int)
}

func (s *Server) source() source {
	if s.captured != nil {
		return s.captured
	}
	return (*invented)(s)
}

// page is one page of a list, as it is written.
type page struct {
	base        string // the list's own address
	size        int
	number      int
	count       int // as reported
	first, last int // places of its items, last exclusive
}

// list answers a page of the list of bookings.
func (s *Server) list(r *http.Request) answer {
	req, err := parseList(r, s.cfg.MaxPageSize)
	if err != nil {
		return failure(http.StatusBadRequest, err.Error())
	}
	base := s.baseFor(r)
	count, item := s.source().list(req.query, base)
	first := min((req.number-1)*req.size, count)
	p := page{
		base: base + "/booking", size: req.size, number: req.number, count: count,
		first: first, last: min(first+req.size, count),
	}
	s.disturb(&p, count)
	b := p.appendHead(buffer(), s.cfg.Now().Unix())
	for place := p.first; place < p.last; place++ {
		b = item(b, place)
		b = append(b, ',')
	}
	return answer{status: http.StatusOK, body: closeItems(b), pooled: true}
}

// disturb applies the faults of listings: the page may be shifted by one booking, as when one in front of it was just
// removed or created (half the time the count says so too), and the count may be one too high.
func (s *Server) disturb(p *page, count int) {
	f := s.faults.Load()
	if p.number > 1 && s.chances.hit(f.Drift) {
		shift := 1 - 2*s.chances.intN(2)
		p.first = min(p.first+shift, count)
		p.last = min(p.first+p.size, count)
		p.count -= shift * s.chances.intN(2)
	}
	if s.chances.hit(f.WrongCount) {
		p.count++
	}
}

func (p page) pages() int { return (p.count + p.size - 1) / p.size }

// appendHead writes the envelope up to the items.
func (p page) appendHead(b []byte, now int64) []byte {
	b = appendInt(append(b, `{"pageSize":`...), int64(p.size))
	b = appendTime(append(b, `,"lastRefresh":`...), now)
	b = appendInt(append(b, `,"count":`...), int64(p.count))
	b = appendInt(append(b, `,"numPages":`...), int64(p.pages()))
	for _, link := range []struct {
		name string
		page int
	}{{"uri", p.number}, {"next", p.number + 1}, {"previous", p.number - 1}, {"first", 1}, {"last", max(p.pages(), 1)}} {
		b = append(append(append(b, `,"`...), link.name...), `":`...)
		if link.page < 1 || link.name == "next" && link.page > p.pages() {
			b = append(b, "null"...)
			continue
		}
		b = append(append(append(b, '"'), p.base...), "?pageSize="...)
		b = append(strconv.AppendInt(b, int64(p.size), 10), "&page="...)
		b = append(strconv.AppendInt(b, int64(link.page), 10), '"')
	}
	return append(b, `,"items":[`...)
}

// closeItems ends the envelope, in place of the last item's comma where there is one.
func closeItems(b []byte) []byte {
	if last := len(b) - 1; b[last] == ',' {
		b = b[:last]
	}
	return append(b, ']', '}')
}
