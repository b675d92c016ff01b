package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mcis/internal/oracletest"
	"mcis/internal/queue"
	"mcis/internal/simapi"
)

// hostile is an entry of the catalogue: something that nobody sends who means well.
type hostile struct {
	name    string
	booking func(h *hostiles, raw []byte) []byte // what stands on the list page in the place of a sound booking; nil leaves it
	answer  http.HandlerFunc                     // what the booking's visit answers; nil leaves it
	want    doom
}

// doom is what is to become of a hostile booking or message. It is loaded unless it is dead.
type doom struct {
	note   string // what the page says beside the rest
	equal  bool   // every cell is as the oracle reads the hostile JSON
	cells  cells  // of its row in Booking
	kept   kept   // of its rows in RejectedValue
	dead   string // stage and class of its dead letter
	reason string // which is a part of the letter's
	gap    string // reason and status of the gap that its visit leaves
	refs   int    // rows in BookingRefs; 0 is not looked at
}

// cells are texts by column; "NULL" is none.
type cells map[string]string

// kept are reasons by TABLE.COLUMN.
type kept map[string]string

// hostiles stands between the pipeline and the simulated API, and puts the catalogue into its answers.
type hostiles struct {
	w       *world
	cases   map[int64]hostile
	placed  map[int64][]byte // as they were listed
	answers map[string]http.HandlerFunc
	strays  atomic.Int64 // requests for what nobody should ask for
}

// hostileID is an id of a visit that the simulated API has not; one for each booking.
const hostileID = 900_000_000

// besiege puts a case in the place of each of the first bookings.
func besiege(w *world, cases []hostile) *hostiles {
	w.t.Helper()
	h := &hostiles{w: w, cases: map[int64]hostile{}, placed: map[int64][]byte{}, answers: map[string]http.HandlerFunc{}}
	ids := w.api.IDs()
	if len(ids) < 2*len(cases) {
		w.t.Fatalf("%d bookings are too few for %d cases", len(ids), len(cases))
	}
	for i, c := range cases {
		id := ids[2*i] // so that healthy ones stand on the same pages
		h.cases[id] = c
	}
	server := httptest.NewServer(h)
	w.t.Cleanup(server.Close)
	w.origin = server.URL
	w.api.SetBaseURL(server.URL)
	for id, c := range h.cases {
		h.place(id, c)
	}
	return h
}

// place makes the booking's hostile form. Its first member tells dead letters apart.
func (h *hostiles) place(id int64, c hostile) {
	raw := with(h.w.api.Booking(id))
	if c.answer != nil {
		path := fmt.Sprintf("%s/visit/%d", simapi.PathPrefix, hostileID+id)
		h.answers[path] = c.answer
		raw = with(raw, "visit", fmt.Sprintf(`{"id":%d,"uri":%q}`, hostileID+id, h.w.origin+path))
	}
	if c.booking != nil {
		raw = c.booking(h, raw)
	}
	if bytes.HasPrefix(raw, []byte("{")) {
		raw = append([]byte(`{"`+c.marker()+`":0,`), raw[1:]...)
	}
	h.placed[id] = raw
}

func (c hostile) marker() string { return "hostile " + c.name }

// with is a booking in which members have other values: names and JSON in turns. A name may come twice.
func with(raw []byte, members ...string) []byte {
	var own map[string]json.RawMessage
	if err := json.Unmarshal(raw, &own); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	out.WriteString("{")
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&out, "%q:%s,", members[i], members[i+1])
		delete(own, members[i])
	}
	for name, value := range own {
		fmt.Fprintf(&out, "%q:%s,", name, value)
	}
	return append(bytes.TrimSuffix(out.Bytes(), []byte(",")), '}')
}

func (h *hostiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch answer := h.answers[r.URL.Path]; {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == simapi.PathPrefix+"/booking":
		h.list(w, r)
	case strings.Contains(r.URL.Path, "hostile"):
		h.strays.Add(1)
		http.NotFound(w, r)
	default:
		h.w.api.ServeHTTP(w, r)
	}
}

// list is a page with the hostile bookings in it.
func (h *hostiles) list(w http.ResponseWriter, r *http.Request) {
	recorded := httptest.NewRecorder()
	h.w.api.ServeHTTP(recorded, r)
	var page map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(recorded.Body.Bytes(), &page) != nil || json.Unmarshal(page["items"], &items) != nil {
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes())
		return
	}
	w.Header().Set("Date", recorded.Header().Get("Date"))
	fmt.Fprintf(w, `{"count":%s,"numPages":%s,"pageSize":%s,"items":[`, page["count"], page["numPages"], page["pageSize"])
	for i, item := range items {
		if i > 0 {
			_, _ = io.WriteString(w, ",")
		}
		_, _ = w.Write(h.instead(item))
	}
	_, _ = io.WriteString(w, "]}")
}

func (h *hostiles) instead(item []byte) []byte {
	var booking struct{ ID int64 }
	if err := json.Unmarshal(item, &booking); err == nil && h.placed[booking.ID] != nil {
		return h.placed[booking.ID]
	}
	return item
}

// check compares what became of each case with what should. The healthy bookings are complete.
func (h *hostiles) check() {
	h.w.t.Helper()
	var sound [][]byte
	for _, id := range h.w.api.IDs() {
		if c, isHostile := h.cases[id]; !isHostile {
			sound = append(sound, h.w.api.Booking(id))
		} else if c.want.equal {
			sound = append(sound, h.placed[id])
		}
	}
	held := oracletest.Read(h.w.t.Context(), h.w.t, h.w.open())
	compare(h.w.t, oracletest.Expect(h.w.t, sound, h.w.detail), held, func(string, string) bool { return false })
	letters := h.w.deadLetters()
	for _, id := range slices.Sorted(maps.Keys(h.cases)) {
		c := h.cases[id]
		h.w.t.Run(c.name, func(t *testing.T) {
			w := *h.w
			w.t = t
			letter := letterOf(letters, func(m queue.Message) bool {
				return bytes.Contains(m.Data, []byte(c.marker())) || strings.HasPrefix(m.Header[queue.HeaderMessageID], fmt.Sprintf("%d/", id))
			})
			if w.isFate(letter, c.want); c.want.dead == "" {
				w.isLoaded(id, c.want)
			}
		})
	}
	if n := h.strays.Load(); n > 0 {
		h.w.t.Errorf("%d requests followed a link that nobody should", n)
	}
}

func letterOf(letters []queue.Message, is func(queue.Message) bool) *queue.Message {
	if i := slices.IndexFunc(letters, is); i >= 0 {
		return &letters[i]
	}
	return nil
}

// isFate compares a dead letter, nil for none, with what is expected.
func (w *world) isFate(letter *queue.Message, want doom) {
	w.t.Helper()
	switch {
	case letter == nil && want.dead != "":
		w.t.Errorf("there is no dead letter, expected one of %s", want.dead)
	case letter != nil:
		stage, reason := letter.Header[queue.HeaderStage]+" "+letter.Header[queue.HeaderClass], letter.Header[queue.HeaderReason]
		if stage != want.dead || !strings.Contains(reason, want.reason) {
			w.t.Errorf("dead letter of %s, %.300q, expected %q, %q", stage, reason, want.dead, want.reason)
		}
		if strings.ContainsFunc(reason, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			w.t.Errorf("control characters stand in the reason %q", reason)
		}
	}
}

// isLoaded compares what the warehouse holds of a booking.
func (w *world) isLoaded(id int64, want doom) {
	w.t.Helper()
	for column, text := range want.cells {
		if got := w.text(fmt.Sprintf("SELECT coalesce(CAST(%s AS TEXT), 'NULL') FROM Booking WHERE booking_id = %d", column, id)); got != text {
			w.t.Errorf("%s is %.100q, expected %.100q", column, got, text)
		}
	}
	if !w.ids("SELECT booking_id FROM Booking")[id] {
		w.t.Error("it is not loaded")
	}
	where := fmt.Sprintf("WHERE booking_id = %d", id)
	got := kept{}
	for _, row := range w.texts("SELECT table_name || '.' || column_name || '=' || reason FROM RejectedValue " + where) {
		name, reason, _ := strings.Cut(row, "=")
		got[name] = reason
	}
	for name, reason := range want.kept {
		if !strings.Contains(got[name], reason) {
			w.t.Errorf("RejectedValue has %v, expected %s: %s", got, name, reason)
		}
	}
	if len(got) != len(want.kept) {
		w.t.Errorf("RejectedValue has %v, expected %v", got, want.kept)
	}
	if gaps := strings.Join(w.texts("SELECT reason || ' ' || status FROM EnrichmentGap "+where+" AND relation = 'visit'"), ","); gaps != want.gap {
		w.t.Errorf("gap of the visit is %q, expected %q", gaps, want.gap)
	}
	if n := len(w.texts("SELECT ref_id FROM BookingRefs " + where)); want.refs > 0 && n != want.refs {
		w.t.Errorf("%d refs, expected %d", n, want.refs)
	}
}

func (w *world) texts(query string) (texts []string) {
	w.t.Helper()
	rows, err := w.open().Query(query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			w.t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return texts
}

func (w *world) text(query string) string {
	w.t.Helper()
	return strings.Join(w.texts(query), ",")
}
