package loader_test

import (
	"encoding/json"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/queue"
	"mcis/internal/record"
)

// How many there are of each. Few, so that their records meet.
const bookingsOfSource, customersOfSource, companiesOfSource, refsOfSource = 3, 2, 2, 3

// Forms in which a booking says nothing of its refs; what is not negative are the refs, a bit for each.
const refsAbsent, refsNull, refsLink = -1, -2, -3

// state is the source at some time. What has no version (a customer's label, a company's name) never comes to be again as it was:
// that is the order's one condition, see docs/design.md.
type state struct {
	bookings [bookingsOfSource]struct {
		version, customer, payer int
		refs                     int
	}
	customers [customersOfSource]struct{ version, label, company int }
	companies [companiesOfSource]int // names
}

// source is the API. Its clock counts minutes, and goes on with every change.
type source struct {
	history []state // by minute
}

func newSource() *source { return &source{history: make([]state, 1)} }

func (s *source) now() int { return len(s.history) - 1 }

// change begins a new minute, in which things are different.
func (s *source) change(how func(*state)) {
	next := s.history[s.now()]
	how(&next)
	s.history = append(s.history, next)
}

// drawBooking draws the id of a booking.
func drawBooking(t *rapid.T) int { return rapid.IntRange(1, bookingsOfSource).Draw(t, "booking") }

// changeBooking draws a new version of a booking: another customer, another payer, refs that come, change and go.
func (s *source) changeBooking(t *rapid.T) {
	id := drawBooking(t)
	s.change(func(now *state) {
		b := &now.bookings[id-1]
		b.version++
		b.customer = rapid.IntRange(0, customersOfSource-1).Draw(t, "customer")
		b.payer = rapid.IntRange(0, customersOfSource-1).Draw(t, "payer")
		b.refs = rapid.IntRange(refsLink, 1<<refsOfSource-1).Draw(t, "refs")
	})
}

// changeCustomer draws a new version of a customer, or another label of the same.
func (s *source) changeCustomer(t *rapid.T) {
	id, moves := rapid.IntRange(0, customersOfSource-1).Draw(t, "customer"), rapid.Bool().Draw(t, "version moves")
	company := rapid.IntRange(0, companiesOfSource-1).Draw(t, "company")
	s.change(func(now *state) {
		c := &now.customers[id]
		if moves {
			c.version, c.company = c.version+1, company
			return
		}
		c.label++
	})
}

func (s *source) renameCompany(t *rapid.T) {
	id := rapid.IntRange(0, companiesOfSource-1).Draw(t, "company")
	s.change(func(now *state) { now.companies[id]++ })
}

// listed is a booking, by its id from 1 on, as a list page held it.
type listed struct{ booking, at int }

// isFresh reports whether the detail of a booking's customer may be as it was at a time: it is of the short form's version at
// least. The enricher asks for any other again.
func (s *source) isFresh(l listed, detail int) bool {
	customer := s.history[l.at].bookings[l.booking-1].customer
	return s.history[detail].customers[customer].version >= s.history[l.at].customers[customer].version
}

// undetailed is in place of a detail's time when it was not to be had.
const undetailed = -1

// object is one of JSON.
type object = map[string]any

func label(n int) string { return fmt.Sprintf("label %d", n) }
func terms(n int) string { return fmt.Sprintf("terms %d", n) }
func name(n int) string  { return fmt.Sprintf("name %d", n) }

// enrich is the record of a booking as the enricher makes it, with its customer's detail of a time, and what it tells.
func (s *source) enrich(l listed, detail int) (object, told) {
	then := &s.history[l.at]
	b := then.bookings[l.booking-1]
	note := fmt.Sprintf("version %d", b.version)
	company := l.booking % companiesOfSource // always the same: its name is what changes
	refs, refNames := refsOf(l.booking, b.refs, b.version)
	doc := object{
		"id": l.booking, "versionValue": b.version, "note": note,
		"company":  object{"id": company, "name": name(then.companies[company])},
		"customer": shortForm(then, b.customer), "payer": shortForm(then, b.payer),
	}
	if refs != nil {
		doc["refs"] = refs
	}
	tells := []seen{
		{table: "Booking", id: l.booking, text: fmt.Sprint(note, " customer ", b.customer), full: true, version: b.version, observed: l.at, extracted: l.at,
			says: b.refs >= 0, refs: refNames},
		{table: "Company", id: company, text: name(then.companies[company]), full: true, version: -1, observed: l.at, extracted: l.at},
		shortCustomer(then, b.payer, l.at),
	}
	if detail == undetailed {
		return doc, told{seen: append(tells, shortCustomer(then, b.customer, l.at))}
	}
	whole := s.history[detail].customers[b.customer]
	owner := name(s.history[detail].companies[whole.company])
	customer, _ := doc["customer"].(object)
	customer["versionValue"], customer["terms"] = whole.version, terms(whole.version)
	customer["company"] = object{"id": whole.company, "name": owner}
	return doc, told{seen: append(tells,
		seen{table: "Customer", id: b.customer, text: label(then.customers[b.customer].label) + " " + terms(whole.version), full: true,
			version: whole.version, observed: detail, extracted: l.at},
		seen{table: "Company", id: whole.company, text: owner, full: true, version: -1, observed: detail, extracted: l.at})}
}

// shortForm is a customer as bookings embed it.
func shortForm(then *state, id int) object {
	c := then.customers[id]
	return object{"id": id, "versionValue": c.version, "label": label(c.label)}
}

func shortCustomer(then *state, id, at int) seen {
	c := then.customers[id]
	return seen{table: "Customer", id: id, text: label(c.label) + " -", version: c.version, observed: at, extracted: at}
}

// refsOf are a booking's refs in JSON, nil when the member is absent, and by id. A ref that stays gets another name now and then.
func refsOf(booking, refs, version int) (member any, names map[int]string) {
	switch refs {
	case refsAbsent:
		return nil, nil
	case refsNull:
		return json.RawMessage("null"), nil
	case refsLink:
		return fmt.Sprintf("https://api.test/booking/%d/refs", booking), nil
	}
	list, names := []object{}, map[int]string{}
	for id := range refsOfSource {
		if refs&(1<<id) != 0 {
			names[id] = fmt.Sprintf("ref %d", version/2)
			list = append(list, object{"id": id, "name": names[id]})
		}
	}
	return list, names
}

// minute is that time of the source's clock.
func minute(n int) time.Time { return extracted.Add(time.Duration(n) * time.Minute) }

// encode is the message of a record.
func encode(t *rapid.T, doc object, l listed, detail int) queue.Message {
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := document.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	rec := &record.Record{
		Booking: booking.Identity{ID: int64(l.booking), Version: 1}, Run: "run", Window: "w", ExtractedAt: minute(l.at), EnrichedAt: minute(l.at), Document: parsed,
	}
	if detail != undetailed {
		rec.Observed = map[string]time.Time{"customer": minute(detail)}
	} else {
		rec.Missing = []string{"customer"}
	}
	data, err := record.Encode(rec)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(int64(l.booking)), Data: data}
}
