package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// changed puts members into a booking: names and JSON in turns.
func changed(members ...string) func(*hostiles, []byte) []byte {
	return func(_ *hostiles, raw []byte) []byte { return with(raw, members...) }
}

// manyRefs are so many references, each with a text of that length.
func manyRefs(n, length int) string {
	text := strings.Repeat("x", length)
	var refs strings.Builder
	for i := range n {
		fmt.Fprintf(&refs, `,{"id":%d,"name":%q}`, i+1, text)
	}
	return "[" + refs.String()[1:] + "]"
}

func levels(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }

const injection = "x'); DROP TABLE B;--"

// injected has SQL in every text of the booking that is no link, no date and no uuid.
func injected(_ *hostiles, raw []byte) []byte {
	var own map[string]any
	if err := json.Unmarshal(raw, &own); err != nil {
		panic(err)
	}
	var members []string
	for name, value := range own {
		text, isText := value.(string)
		if isText && text != "" && !strings.HasSuffix(strings.ToLower(name), "uuid") && name != "currencySymbol" && !strings.Contains(text, "://") && !isDate.MatchString(text) {
			members = append(members, name, `"`+injection+`"`)
		}
	}
	return with(raw, members...)
}

var isDate = regexp.MustCompile(`^\d{4}-\d\d`)

// hostileBookings are what a list page may hold in the place of a booking.
func hostileBookings() []hostile {
	return []hostile{
		{name: "a member that stands twice", booking: changed("finalNotes", `"a"`, "finalNotes", `"b"`), want: doom{dead: "producer key", reason: "duplicate object member name"}},
		{name: "an id that stands twice", booking: changed("id", "7", "id", "8"), want: doom{dead: "producer key", reason: "duplicate object member name"}},
		{name: "a member that stands twice deep inside", booking: changed("client", `{"a":{"x":1,"x":2}}`), want: doom{dead: "producer key", reason: "duplicate object member name"}},
		{name: "a text that is not UTF-8", booking: changed("finalNotes", "\"\xff\xfe\""), want: doom{dead: "producer key", reason: "invalid UTF-8"}},
		{name: "half a surrogate pair", booking: changed("finalNotes", `"\ud800"`), want: doom{dead: "producer key", reason: "surrogate"}},
		{name: "NUL, escaped", booking: changed("finalNotes", `"a\u0000b"`), want: doom{equal: true, note: "NUL stays in the text"}},
		{name: "NUL as it is, which JSON forbids", booking: changed("finalNotes", "\"a\x00b\""), want: doom{cells: cells{"hex(final_notes)": "610062"}, note: "read as if it were escaped"}},
		{name: "a line feed as it is, which JSON forbids", booking: changed("finalNotes", "\"a\nb\""), want: doom{cells: cells{"final_notes": "a\nb"}, note: "read as if it were escaped"}},
		{name: "escape codes of a terminal and forged log lines", booking: changed("finalNotes", `"\u001b[2Jx\r\nlevel=ERROR msg=\"all is lost\"\u202e"`), want: doom{equal: true}},
		{name: "escape codes in the date that messages are named by", booking: changed("lastModifiedDate", `"\u001b[2J\r\nNats-Msg-Id: 1"`), want: doom{kept: kept{"Booking.last_modified_date": "not a date"}, cells: cells{"last_modified_date": "NULL"}}},
		{name: "a date of 100,000 bytes that messages are named by", booking: changed("lastModifiedDate", `"`+strings.Repeat("2", 100_000)+`"`), want: doom{dead: "producer size", reason: "no date, and too long"}},
		{name: "escape codes and a forged log line as the id", booking: changed("id", `"\u001b[2J\r\nlevel=ERROR msg=lost"`), want: doom{dead: "producer key", reason: "booking id is"}},
		{name: "SQL in every text", booking: injected, want: doom{equal: true}},
		{name: "nested 40 levels deep", booking: changed("client", levels(40)), want: doom{dead: "enricher payload", reason: "nested too deeply"}},
		{name: "nested 9,000 levels deep", booking: changed("client", levels(9000)), want: doom{dead: "enricher payload", reason: "nested too deeply"}},
		{name: "nested 100,000 levels deep", booking: changed("client", levels(100_000)), want: doom{dead: "enricher payload", reason: "nested too deeply", note: "its page is read all the same; the letter holds the first 1,000 levels"}},
		{name: "a million refs", booking: changed("refs", manyRefs(1_000_000, 0)), want: doom{dead: "producer size", reason: "raise the server's max_payload", note: "the letter holds its first 64 KiB"}},
		{name: "100,000 refs", booking: changed("refs", manyRefs(100_000, 0)), want: doom{dead: "enricher size", reason: "more than 200000 values"}},
		{name: "30,000 refs", booking: changed("refs", manyRefs(30_000, 10)), want: doom{refs: 30_000}},
		{name: "7 MB, which are more as a record", booking: changed("refs", manyRefs(50_000, 125)), want: doom{dead: "enricher size", reason: "the server takes 8388608"}},
		{name: "a name of 4 MB around 150,000 values", booking: changed(strings.Repeat("n", 4<<20), "[1"+strings.Repeat(",1", 150_000)+"]"), want: doom{dead: "enricher size", reason: "more than 67108864 bytes with the paths"}},
		{name: "6,000 members", booking: changed("client", members(6000)), want: doom{dead: "enricher size", reason: "more than 5000 members"}},
		{name: "numbers out of every range", booking: changed("teamSize", "99999999999999999999999999", "expectedDurationHrs", "1e400", "averageRating", "-1e999999999", "numJobs", "2147483648"),
			want: doom{kept: kept{"Booking.team_size": "out of range", "Booking.expected_duration_hrs": "out of range", "Booking.average_rating": "out of range", "Booking.num_jobs": "out of range"}}},
		{name: "a number of 100,000 digits", booking: changed("teamSize", strings.Repeat("9", 100_000), "numJobs", "1"+strings.Repeat("0", 100_000)+"e-100000"),
			want: doom{cells: cells{"num_jobs": "1"}, kept: kept{"Booking.team_size": "out of range"}}},
		{name: "numbers at the ends of their ranges", booking: changed("teamSize", "-2147483648", "expectedDurationHrs", "999.99", "numJobs", "2.147483647e9"), want: doom{cells: cells{"team_size": "-2147483648", "num_jobs": "2147483647"}}},
		{name: "dates of the years 1 and 9999", booking: changed("openDate", `"0001-01-01T00:00:00Z"`, "bookingDate", `"9999-12-31T23:59:59.999999Z"`), want: doom{equal: true}},
		{name: "dates of the years 0 and 10000, and none", booking: changed("openDate", `"0000-12-31T00:00:00Z"`, "bookingDate", `"10000-01-01T00:00:00Z"`, "actualStartDate", `"2024-02-30T00:00:00Z"`, "actualEndDate", `"9999-12-31T23:59:59-01:00"`),
			want: doom{kept: kept{"Booking.open_date": "not a date", "Booking.booking_date": "not a date", "Booking.actual_start_date": "not a date", "Booking.actual_end_date": "not a date"}}},
		{name: "an id out of range", booking: changed("id", "99999999999999999999"), want: doom{dead: "producer key", reason: "expected a whole number above 0"}},
		{name: "an id that no column holds", booking: changed("id", "99999999999"), want: doom{dead: "loader key"}},
		{name: "an id of a million digits", booking: changed("id", "1"+strings.Repeat("0", 1_000_000)), want: doom{dead: "producer key", reason: "booking id is"}},
		{name: "an array", booking: func(*hostiles, []byte) []byte { return []byte(`["hostile an array"]`) }, want: doom{dead: "producer key", reason: "not a booking"}},
		{name: "a text", booking: func(*hostiles, []byte) []byte { return []byte(`"hostile a text"`) }, want: doom{dead: "producer key", reason: "not a booking"}},
		{name: "a link to another host", booking: link("https://hostile.example/ii/api/v2/visit/1"), want: doom{gap: "foreign 0"}},
		{name: "a link that only looks like the API's host", booking: link("ORIGIN@hostile.example/visit/1"), want: doom{gap: "foreign 0"}},
		{name: "a link of another scheme", booking: link("file:///etc/passwd?hostile"), want: doom{gap: "foreign 0"}},
		{name: "a link with two slashes", booking: link("//hostile.example/visit/1"), want: doom{gap: "foreign 0"}},
		{name: "a link that climbs to a resource that is none", booking: link("ORIGIN/ii/api/v2/../../../etc/passwd"), want: doom{gap: "refused 404"}},
		{name: "a link of 100,000 bytes", booking: link("ORIGIN/" + strings.Repeat("hostile", 15_000)), want: doom{gap: "foreign 0", kept: kept{"Visit.uri": "cut"}}},
		{name: "a link that is no text", booking: changed("visit", `{"id":5,"uri":{"$gt":""}}`), want: doom{gap: "no link 0", kept: kept{"Visit.uri": "an object"}}},
	}
}

func members(n int) string {
	var object strings.Builder
	for i := range n {
		fmt.Fprintf(&object, `,"m%d":1`, i)
	}
	return "{" + object.String()[1:] + "}"
}

// link is a booking whose visit is linked to like that.
func link(uri string) func(*hostiles, []byte) []byte {
	return func(h *hostiles, raw []byte) []byte {
		text, err := json.Marshal(strings.ReplaceAll(uri, "ORIGIN", h.w.origin))
		if err != nil {
			panic(err)
		}
		return with(raw, "visit", fmt.Sprintf(`{"id":%d,"uri":%s}`, hostileID, text))
	}
}

// hostileAnswers are what a related resource may answer: each the visit of its booking.
func hostileAnswers() []hostile {
	unusable := doom{gap: "unusable 0"}
	return []hostile{
		{name: "an endless body", answer: endless(" "), want: unusable},
		{name: "endless JSON, compressed", answer: compressed(endless(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},`)), want: unusable},
		{name: "a body that announces 1 TB", answer: announced, want: unusable},
		{name: "12 MB of JSON", answer: answers(`{"id":VISIT,"notes":"` + strings.Repeat("x", 12<<20) + `"}`), want: unusable},
		{name: "a resource nested 100,000 levels deep", answer: answers(`{"id":VISIT,"a":` + levels(100_000) + `}`), want: unusable},
		{name: "a resource with a member that stands twice", answer: answers(`{"id":VISIT,"id":2}`), want: unusable},
		{name: "a resource that is not UTF-8", answer: answers("{\"id\":VISIT,\"a\":\"\xff\"}"), want: unusable},
		{name: "an array in the place of a resource", answer: answers(`[{"id":VISIT}]`), want: unusable},
		{name: "another resource", answer: answers(`{"id":1}`), want: doom{gap: "another id 0"}},
		{name: "a page of HTML", answer: statusOf(http.StatusForbidden, "<script>alert(1)</script>"), want: doom{gap: "refused 403"}},
		{name: "a redirect to another origin", answer: redirect("https://hostile.example/"), want: doom{gap: "refused 307"}},
		{name: "a redirect to itself", answer: redirect(""), want: doom{gap: "refused 307"}},
		{name: "a status that is none", answer: statusOf(299, ""), want: doom{gap: "refused 299"}},
		{name: "a name with NUL as it is", answer: answers("{\"id\":VISIT,\"createdBy\":\"a\x00b\"}"), want: doom{cells: cells{"(SELECT hex(created_by) FROM Visit WHERE Visit.visit_id = Booking.visit_id)": "610062"}, note: "read as if it were escaped"}},
	}
}

// answers is a text, in which VISIT is the id that was asked for.
func answers(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		_, _ = io.WriteString(w, strings.Replace(body, "VISIT", id, 1))
	}
}

func endless(text string) http.HandlerFunc {
	chunk := []byte(strings.Repeat(text, 1000))
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "[")
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

// zipped compresses what is written.
type zipped struct {
	http.ResponseWriter
	zip *gzip.Writer
}

func (z zipped) Write(p []byte) (int, error) { return z.zip.Write(p) }

func compressed(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		handler(zipped{w, zip}, r)
	}
}

// announced says a length that nobody should make room for.
func announced(w http.ResponseWriter, r *http.Request) {
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = out.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n{")
	_ = out.Flush()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, _ = io.Copy(io.Discard, conn) // until the client hangs up
}

func statusOf(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to+r.URL.Path, http.StatusTemporaryRedirect)
	}
}
