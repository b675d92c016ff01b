package simapi

import "net/http"

// What follows tells tests the truth: without HTTP, logins, or the faults that are drawn. In captures mode there are no
// invented bookings and nothing is known.

// oracleBase is the start of URIs where neither configuration nor request names an origin.
const oracleBase = "https://simapi.test:443"

func (s *Server) ownBase() string {
	if base := *s.base.Load(); base != "" {
		return base + PathPrefix
	}
	return oracleBase + PathPrefix
}

// IDs returns the ids of all bookings that are not deleted, ascending: those of defective bookings too, whose documents
// may say another id.
func (s *Server) IDs() []int64 {
	v := s.now()
	ids := make([]int64, 0, v.bookings())
	for i := range v.bookings() {
		if v.live(i) {
			ids = append(ids, kinds[kindBooking].base+int64(i))
		}
	}
	return ids
}

// Booking returns the document of a booking as lists and its URI give it now, nil when there is none. Its URIs begin
// with the base URL, see [Server.SetBaseURL].
func (s *Server) Booking(id int64) []byte {
	c := (*invented)(s).composer(nil, s.ownBase())
	i := int(id - kinds[kindBooking].base)
	if !c.live(i) {
		return nil
	}
	c.object(kindBooking, i, detail)
	return c.buf
}

// Resource returns what a path such as "/customer/64005" answers now, of a collection ("/booking/840001/jobOffer/") all
// items on one page; nil when it answers 404 or 403.
func (s *Server) Resource(path string) []byte {
	body, status := s.source().single(nil, path, s.ownBase(), paging{})
	if status != http.StatusOK {
		return nil
	}
	return body
}

// Refusal returns the status that a path is refused with for good: 404, 403, or 0 when it is answered.
func (s *Server) Refusal(path string) int {
	if _, status := s.source().single(nil, path, s.ownBase(), paging{}); status != http.StatusOK {
		return status
	}
	return 0
}

// Defect returns what is wrong with a booking; its Kind is [DefectNone] when nothing is.
func (s *Server) Defect(id int64) Defect {
	c := (*invented)(s).composer(nil, "")
	i := int(id - kinds[kindBooking].base)
	if !c.live(i) {
		return Defect{}
	}
	return c.defect(i)
}
